//! Applications as cargo sees them: found, checked and built.
//!
//! Everything here goes through cargo's own interfaces (`cargo metadata`, the JSON messages of `cargo build`), so that an
//! application in a repository of its own is treated exactly like one of this workspace.
//!
//! An image is built apart from the user's own builds, in `target/unikernel`, because its build has flags of its own
//! ([`remap`]) and would otherwise throw away the user's artifacts at every change from one to the other.

mod build;
mod configuration;
mod error;
mod inventory;
mod profile;
pub mod remap;
mod toolchain;
mod workspace;

pub use build::{Built, build, build_together};
pub use error::Error;
pub use inventory::{Inventory, Origin, Package};
pub use profile::DEBUGGING;
pub use workspace::{Application, Workspace};
