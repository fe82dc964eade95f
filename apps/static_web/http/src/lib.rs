//! What a web server decides without a connection: requests, paths, answers.
//!
//! Messages are those of RFC 9112, their meaning that of RFC 9110. Nothing here allocates, waits or panics, whatever comes.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod answer;
pub mod path;
pub mod range;
pub mod request;
pub mod status;
