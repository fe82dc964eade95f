//! Two tasks: one measures how late its timer fires, the other prints what it hears from the first through a channel.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::time::Duration;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use unikernel_rt::prelude::*;

use template_name::Lateness;

/// The delays, from the task that measures to the one that prints.
static DELAYS: Channel<CriticalSectionRawMutex, Duration, 4> = Channel::new();

#[unikernel(console, clock, args(timers = 5, period = "100ms"))]
async fn main(clock: Clock, timers: u32, period: Duration, spawner: Spawner) -> ExitCode {
    match measure(clock, period) {
        Ok(task) => spawner.spawn(task),
        Err(error) => {
            println!("cannot start the task: {error}");
            return ExitCode::FAILURE;
        }
    }
    let mut lateness = Lateness::default();
    for number in 1..=timers {
        let delay = DELAYS.receive().await;
        println!("timer {number} fired {} us late", delay.as_micros());
        lateness.add(delay);
    }
    println!("{lateness}");
    ExitCode::SUCCESS
}

/// Sets a timer again and again. The processor halts until it fires.
#[task]
async fn measure(clock: Clock, period: Duration) {
    loop {
        let deadline = clock.now() + period;
        clock.at(deadline).await;
        DELAYS.send(clock.now().duration_since(deadline)).await;
    }
}
