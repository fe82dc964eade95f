//! The protocol logic of a web server, without I/O: requests, paths, answers.
//!
//! Message syntax follows RFC 9112, semantics RFC 9110. Nothing here allocates, waits, or panics on any input.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod answer;
pub mod date;
pub mod encoding;
mod fields;
mod head;
mod host;
pub mod path;
pub mod range;
pub mod request;
mod set;
pub mod status;
mod tags;
