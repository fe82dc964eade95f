//! Prints a greeting to the one whom the boot argument `name` names.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use unikernel_rt::prelude::*;

use template_name::Greeting;

#[unikernel(console, args(name = "world"))]
fn main(name: &'static str) {
    println!("{}", Greeting(name));
}
