//! Builds, checks, boots and audits unikernel images.
