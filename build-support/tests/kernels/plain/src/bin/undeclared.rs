//! Uses the console without declaring it: the audit must report it.
//!
//! No application has a way there; this one goes behind the attribute's back.
#![no_std]
#![no_main]

use unikernel_rt::__private::console::{Serial, Sink};
use unikernel_rt::prelude::*;

#[unikernel]
fn main() {
    // Through a pointer that the compiler knows nothing of, so that the function is there and not inlined.
    let write: fn(&[u8]) = core::hint::black_box(<Serial as Sink>::write);
    write(b"not declared\n");
}
