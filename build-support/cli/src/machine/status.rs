//! The ending of a machine, and the exit status for it.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use unikernel_vocabulary::contract::{ports, status};

use super::control::Control;

/// The ending of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The kernel exited with this status, 0 to 127.
    Status(u8),
    /// The kernel powered the machine off without a status.
    PoweredOff,
    /// The kernel reported a failure through `pvpanic`, but no status.
    Panicked,
    /// The machine was reset: most likely a triple fault.
    Reset,
    /// This signal, or its key, ended the run.
    Interrupted(i32),
    /// QEMU was killed by a signal.
    Killed(i32),
}

impl Ending {
    /// The exit status of `unikernel run`: the kernel's, the shell's convention for a signal, or 1 if the kernel reported none.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Status(status) => status,
            Self::PoweredOff => 0,
            // The status that the runtime would have reported.
            Self::Panicked => status::PANIC,
            Self::Reset => status::FAULT,
            Self::Interrupted(signal) | Self::Killed(signal) => (128 + signal) as u8,
        }
    }

    /// A message for an ending that the kernel did not report itself.
    #[must_use]
    pub fn remark(self) -> Option<String> {
        match self {
            Self::Status(_) | Self::PoweredOff | Self::Interrupted(_) => None,
            Self::Panicked => Some("the kernel reported a failure without a status".into()),
            Self::Reset => Some("the machine reset: a fault before the kernel could report it".into()),
            Self::Killed(signal) => Some(format!("QEMU was killed by signal {signal}")),
        }
    }

    /// Interprets QEMU's exit status, once the control channel has reported that the machine ran.
    pub(super) fn read(exit: ExitStatus, control: &Control) -> Self {
        let told = control.dump.as_ref().and_then(|dump| dump.status);
        let status = exit.code().and_then(|code| told.or(ports::debug_exit_status(code as u8)));
        match (status, exit.signal()) {
            (Some(status), _) => Self::Status(status),
            (None, Some(signal)) => Self::Killed(signal),
            _ if control.panicked => Self::Panicked,
            _ if control.reset => Self::Reset,
            _ => Self::PoweredOff,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: i32, control: Control) -> Ending {
        Ending::read(ExitStatus::from_raw(raw), &control)
    }

    #[test]
    fn the_debug_exit_device_is_undone() {
        for status in 0..=127 {
            let exit = (i32::from(status) << 1 | 1) & 0xff;
            assert_eq!(read(exit << 8, Control::default()), Ending::Status(status));
            assert_eq!(Ending::Status(status).code(), status);
        }
    }

    #[test]
    fn an_end_without_a_status_is_told_by_the_control_channel() {
        assert_eq!(read(0, Control::default()), Ending::PoweredOff);
        assert_eq!(read(0, Control { panicked: true, ..Control::default() }), Ending::Panicked);
        assert_eq!(read(0, Control { reset: true, ..Control::default() }), Ending::Reset);
        assert_eq!(read(9, Control::default()), Ending::Killed(9));
    }

    #[test]
    fn exit_codes_are_those_of_a_shell() {
        assert_eq!(Ending::Interrupted(2).code(), 130);
        assert_eq!(Ending::Killed(9).code(), 137);
        assert_ne!(Ending::Reset.code(), 0);
        assert_ne!(Ending::Panicked.code(), 0);
    }
}
