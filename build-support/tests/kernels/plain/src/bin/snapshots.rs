//! Draws random numbers, one after the other, on a machine that may go on from a snapshot.
#![no_std]
#![no_main]

use core::time::Duration;
use unikernel_rt::prelude::*;

#[unikernel(console, clock, entropy(snapshots))]
fn main(clock: Clock, mut entropy: Entropy) {
    loop {
        println!("drawn: {:016x}.", entropy.next_u64());
        clock.sleep(Duration::from_millis(100));
    }
}
