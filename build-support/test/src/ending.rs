//! How a machine ended.

use std::time::Duration;

/// How a machine ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The kernel exited with a status.
    Status,
    /// It powered the machine off without a status.
    PoweredOff,
    /// It reported a failure without a status.
    Panicked,
    /// The machine was reset: most likely a triple fault.
    Reset,
    /// QEMU was killed by a signal.
    Killed,
}

/// An ending with all that is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) ending: Ending,
    pub(crate) status: u8,
    pub(crate) qemu: Option<i32>,
    pub(crate) remark: String,
    pub(crate) after: Duration,
}
