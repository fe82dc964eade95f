//! Calls a function of a shared library.

use std::ffi::c_int;

use unikernel_rt::unikernel;

#[link(name = "answers")]
unsafe extern "C" {
    safe fn answer() -> c_int;
}

#[unikernel(std, console)]
fn main() {
    println!("{}", answer());
}
