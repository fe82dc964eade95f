//! What a C library has, as far as `std` and libraries in C ask for it: one file for each family of functions.
//!
//! A kernel that declares `std` is linked with these in place of a C library, under their names in C (`no_mangle` where
//! `cfg(unikernel)` holds, which the program `unikernel` sets for an image). A family that nobody calls is not linked; a function that
//! is not here is an undefined symbol, whose name says what is missing.
//!
//! Functions check what C lets a caller pass; a pointer must be what the standard says, as `# Safety` of each says in one word.
//! Errors are `errno` of the thread. The names and numbers are those of Linux on x86-64, which `std` was compiled for.
//!
//! `descriptors` knows objects by a trait alone; who opens one, knows its kind. So a kernel without files, say, has none of them.

// One line for all: each takes what its namesake in C takes, and the caller promises what the standard asks of him.
#![allow(clippy::missing_safety_doc)]
// In tests, nothing has its name in C, and nobody calls it.
#![cfg_attr(not(unikernel), allow(dead_code, non_snake_case, non_upper_case_globals, unused_imports, unreachable_pub))]

mod bytes;
mod calendar;
pub(crate) mod clocks;
mod console;
mod descriptors;
mod environment;
mod epoll;
mod errno;
mod eventfd;
pub(crate) mod files;
mod formatting;
mod fortified;
mod futex;
mod heap;
mod keys;
mod libraries;
mod local;
mod locks;
mod math;
mod mutex;
mod numerals;
mod pages;
mod parts;
mod pipe;
mod poll;
mod printing;
mod processes;
mod pthread;
mod pthread_mutex;
mod pthread_once;
mod pthread_rwlock;
pub(crate) mod random;
mod readiness;
pub(crate) mod refused;
mod scanning;
pub(crate) mod signals;
#[cfg(any(feature = "tcp", feature = "udp"))]
pub(crate) mod sockets;
mod sorting;
pub(crate) mod start;
mod streams;
mod syscall;
mod texts;
mod unwind;
mod vectors;
