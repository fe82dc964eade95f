//! The user's terminal in raw mode, as the guest's input.

use std::io::{self, IsTerminal};
use std::panic;
use std::sync::{Mutex, Once, PoisonError};

use rustix::process::getpgrp;
use rustix::stdio::stdin;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};

/// The key that ends the machine: Ctrl-C, as a byte.
pub(super) const INTERRUPT: u8 = 0x03;

/// The attributes to restore. A static, so that a panic, which aborts this program and drops nothing, restores them too.
static SAVED: Mutex<Option<Termios>> = Mutex::new(None);

/// The kind of standard input.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A terminal, in raw mode until this is dropped: every key except Ctrl-C goes to the guest at once.
    Terminal(Raw),
    /// A pipe or a file, which is passed to the guest completely.
    Stream,
    /// A terminal of which this process is in the background, as in `unikernel run &`: a read would stop the process.
    Nothing,
}

impl Input {
    /// Takes standard input for the guest.
    pub(super) fn take() -> io::Result<Self> {
        if !io::stdin().is_terminal() {
            return Ok(Self::Stream);
        }
        match tcgetpgrp(stdin()) {
            Ok(foreground) if foreground != getpgrp() => Ok(Self::Nothing),
            // A terminal that is not the controlling one has no foreground group here, and a read does not stop the process.
            Ok(_) | Err(_) => Raw::enter().map(Self::Terminal),
        }
    }
}

/// A raw terminal, restored when this is dropped.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Raw(());

impl Raw {
    fn enter() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        let saved = tcgetattr(stdin())?;
        let mut raw = saved.clone();
        // Like QEMU's serial terminal: unbuffered, no echo, no signals. Output processing stays on, so that the lines of a
        // guest, which may end with a line feed alone, begin at the left.
        raw.input_modes -= InputModes::IGNBRK
            | InputModes::BRKINT
            | InputModes::PARMRK
            | InputModes::ISTRIP
            | InputModes::INLCR
            | InputModes::IGNCR
            | InputModes::ICRNL
            | InputModes::IXON;
        raw.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        *SAVED.lock().unwrap_or_else(PoisonError::into_inner) = Some(saved);
        HOOK.call_once(|| {
            let next = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                restore();
                next(info);
            }));
        });
        let entered = Self(());
        tcsetattr(stdin(), OptionalActions::Now, &raw)?;
        Ok(entered)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    // A lock that is held belongs to this very thread, on its way into or out of raw mode: the hook must not wait for it.
    if let Ok(mut saved) = SAVED.try_lock()
        && let Some(attributes) = saved.take()
    {
        // An error means that the terminal is gone, and is ignored.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &attributes);
    }
}
