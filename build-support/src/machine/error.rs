//! Why a machine did not run.

use std::io;

/// A fault of the host, not of the kernel.
///
/// The text says what and where; a second line that begins with `help:` says how to mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// QEMU is not installed. The last line can be pasted on Debian and what descends from it.
    #[error("`{program}` is not installed\nhelp: install it:\napt-get install qemu-system-x86", program = super::PROGRAM)]
    NoQemu,
    /// QEMU has no UEFI.
    #[error("OVMF, the UEFI firmware of QEMU's machines, is not installed\nhelp: install it:\napt-get install ovmf")]
    NoOvmf,
    /// QEMU is there, but does not start.
    #[error("cannot start `{program}`: {0}", program = super::PROGRAM)]
    Start(io::Error),
    /// QEMU ended before the machine started; the text is its own.
    #[error("QEMU does not make this machine\n{0}")]
    Machine(String),
    /// The host failed while the machine ran.
    #[error("cannot {action}: {source}")]
    Host {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}
