//! The words of a declaration, shared by macro, runtime and tools.
#![no_std]
#![forbid(unsafe_code)]
