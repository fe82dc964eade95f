//! What `main` is handed: one file for each device.

pub mod clock;
pub mod console;
