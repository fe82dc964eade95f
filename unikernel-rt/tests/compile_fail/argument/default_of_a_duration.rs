#![no_std]
#![no_main]

use unikernel_rt::prelude::*;
use core::time::Duration;

#[unikernel(args(wait = 5))]
fn main(wait: Option<Duration>) {
    let _ = wait;
}
