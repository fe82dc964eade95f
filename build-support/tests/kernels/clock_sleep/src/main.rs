//! Reads the clock and sleeps, so many times for so long, and says when it woke.
#![no_std]
#![no_main]

use core::time::Duration;
use unikernel_rt::prelude::*;

#[unikernel(console, clock, args(times = 5, length = "1s", wall = false))]
fn main(clock: Clock, times: u32, length: Duration, wall: bool) -> Result<(), &'static str> {
    let first = clock.now();
    let second = clock.now();
    if second < first {
        return Err("the clock went back");
    }
    clock.sleep_until(Duration::ZERO);
    clock.sleep_until(first);
    clock.sleep(Duration::ZERO);
    let past = clock.now() - second;
    println!("began at {} ns", first.as_nanos());
    println!("past deadlines took {} ns", past.as_nanos());
    if wall {
        match clock.wall() {
            Ok(wall) => println!("wall clock {} s", wall.as_secs()),
            Err(error) => println!("wall clock: {error}"),
        }
    }
    let mut before = clock.now();
    for _ in 0..times {
        clock.sleep(length);
        let now = clock.now();
        println!("slept {} ns", (now - before).as_nanos());
        before = now;
    }
    Ok(())
}
