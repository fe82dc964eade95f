//! A machine for an image: QEMU, its console, and what became of it.
//!
//! [`Qemu`] is the machine as a value, from which its command line follows; [`run`] starts it, carries the console both ways
//! and says how it [ended](Ending). Its control channel is QEMU's machine protocol: QEMU's own failures and a
//! kernel's success have the same exit status, and only the protocol tells them apart.

mod accelerator;
mod control;
mod error;
mod flow;
mod ovmf;
mod process;
mod qemu;
mod session;
mod signals;
mod status;
mod terminal;

pub use accelerator::Accelerator;
pub use error::Error;
pub use ovmf::{OVMF_MEMORY_BYTES, ovmf};
pub use process::run;
pub use qemu::{Boot, PROGRAM, Qemu};
pub use status::Ending;
