//! Builds, checks, boots and audits unikernel images.

#[cfg(feature = "tool")]
pub mod audit;
#[cfg(feature = "tool")]
pub mod cargo;
#[cfg(feature = "tool")]
pub mod counts;
#[cfg(all(test, feature = "tool"))]
mod damage;
#[cfg(feature = "tool")]
pub mod elf;
#[cfg(feature = "tool")]
pub mod inspect;
#[cfg(feature = "tool")]
pub mod iso;
mod link;
#[cfg(feature = "tool")]
pub mod machine;
#[cfg(feature = "tool")]
pub mod manifest;
#[cfg(feature = "tool")]
pub mod profile;
#[cfg(feature = "tool")]
pub mod symbolize;
#[cfg(feature = "tool")]
pub mod table;

pub use link::link;
