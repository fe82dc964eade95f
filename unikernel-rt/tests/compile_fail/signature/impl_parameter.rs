#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(args(name))]
fn main(name: impl FromArg) {
    let _ = name;
}
