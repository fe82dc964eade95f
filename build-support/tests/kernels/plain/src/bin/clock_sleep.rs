//! Sleeps for a given time, a given number of times; prints each wake-up time by its clock and by the processor's counter.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "it reads the processor's counter")]

use core::arch::x86_64::_rdtsc;
use core::time::Duration;
use unikernel_rt::prelude::*;

#[unikernel(console, clock, args(times = 5, length = "1s", wall = false))]
fn main(clock: Clock, times: u32, length: Duration, wall: bool) -> Result<(), &'static str> {
    let first = clock.now();
    let second = clock.now();
    if second < first {
        return Err("the clock went back");
    }
    clock.sleep_until(Instant::BOOT);
    clock.sleep_until(first);
    clock.sleep(Duration::ZERO);
    let past = clock.now() - second;
    println!("past deadlines: {} ns", past.as_nanos());
    if wall {
        show_wall(clock);
    }
    for _ in 0..times {
        let (before, ticks_before) = (clock.now(), ticks());
        clock.sleep(length);
        let (after, ticks_after) = (clock.now(), ticks());
        println!("slept: {} ns, {} ticks", (after - before).as_nanos(), ticks_after - ticks_before);
    }
    if wall {
        show_wall(clock);
    }
    Ok(())
}

fn show_wall(clock: Clock) {
    match clock.wall() {
        Ok(wall) => println!("wall clock: {} s", wall.as_secs()),
        Err(error) => println!("wall clock: {error}"),
    }
}

/// Under `-icount shift=0` the nanoseconds of QEMU's own clock.
fn ticks() -> u64 {
    // SAFETY: every processor of 64 bits has the instruction.
    unsafe { _rdtsc() }
}
