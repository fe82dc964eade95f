//! Draws random numbers on a machine that may have no other source than the jitter of its clock.
#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[unikernel(console, entropy(jitter))]
fn main(mut entropy: Entropy) {
    for _ in 0..4 {
        println!("{:016x}{:016x}", entropy.next_u64(), entropy.next_u64());
    }
}
