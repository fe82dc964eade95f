//! Builds, checks, boots and audits unikernel images.

#[cfg(feature = "tool")]
pub mod elf;
#[cfg(feature = "tool")]
pub mod iso;
mod link;
#[cfg(all(test, feature = "tool"))]
mod random;

pub use link::link;
