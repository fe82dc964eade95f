#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel]
fn main(spawner: u8) {
    let _ = spawner;
}
