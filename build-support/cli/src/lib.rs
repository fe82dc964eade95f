//! Builds, checks, boots and audits unikernel images.
//!
//! [`commands`] is the program `unikernel`; the other modules are what it is made of, and what tests and benchmarks use.
#![deny(unsafe_code)]

pub mod audit;
pub mod cargo;
#[cfg(feature = "program")]
pub mod commands;
#[cfg(test)]
mod damage;
pub mod date;
pub mod disk;
pub mod driver;
pub mod elf;
pub mod inspect;
pub mod iso;
pub mod json;
pub mod machine;
pub mod manifest;
pub mod oci;
pub mod plugin;
#[cfg(feature = "program")]
pub mod profile;
pub mod sbom;
pub mod symbolize;
pub mod table;
pub mod whole_file;
pub mod whole_folder;
