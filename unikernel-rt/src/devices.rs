//! What `main` is handed: one file for each device.

pub mod clock;
pub mod console;
#[cfg(feature = "heap")]
pub(crate) mod heap;
#[cfg(feature = "log")]
pub(crate) mod log;
