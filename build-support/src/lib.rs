//! Builds, checks, boots and audits unikernel images.

mod link;

pub use link::link;
