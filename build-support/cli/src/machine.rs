//! Runs an image in a virtual machine: QEMU, its console and its exit status.
//!
//! [`Hardware`] is the hardware of a machine, derived from a declaration and a manifest. [`Qemu`] adds the boot image, and
//! generates QEMU's command line; [`run`] starts the machine, forwards the console in both directions and returns how the
//! machine [ended](Ending). Its control channel is QEMU's machine protocol: QEMU's own failures and a
//! kernel's success have the same exit status, and only the protocol tells them apart.

mod accelerator;
pub mod bridge;
mod control;
pub mod disks;
pub mod driven;
mod dump;
mod error;
pub mod export;
pub mod fat;
mod flow;
pub mod hardware;
pub mod memory;
mod newlines;
mod ovmf;
pub mod ports;
mod process;
mod qemu;
mod qmp;
mod request;
mod session;
mod signals;
mod status;
mod terminal;
mod values;
mod watch;

pub use accelerator::Accelerator;
pub use error::Error;
pub use hardware::Hardware;
pub use newlines::Newlines;
pub use ovmf::ovmf;
pub use process::run;
pub(crate) use qemu::quoted;
pub use qemu::{Boot, PROGRAM, Qemu, debug_exit};
pub use status::Ending;
pub use values::Values;
pub use watch::Watch;
