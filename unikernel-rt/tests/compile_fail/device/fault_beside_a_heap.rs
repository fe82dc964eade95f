#![no_std]
#![no_main]

extern crate alloc;

use unikernel_rt::prelude::*;

#[unikernel(heap, consol)]
fn main() {
    let _numbers = alloc::vec![1, 2, 3];
}
