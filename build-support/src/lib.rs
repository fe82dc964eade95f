//! Builds, checks, boots and audits unikernel images.

#[cfg(feature = "tool")]
pub mod elf;
#[cfg(feature = "tool")]
pub mod iso;
mod link;

pub use link::link;
