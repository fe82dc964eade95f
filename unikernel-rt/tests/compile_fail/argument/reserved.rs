#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(args(spawner = "a"))]
fn main(spawner: &str) {
    let _ = spawner;
}
