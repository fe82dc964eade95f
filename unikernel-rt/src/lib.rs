//! The runtime of a unikernel.
#![no_std]
