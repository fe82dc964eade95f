//! Waits to be asked to stop, in each way that there is, and finishes something before it does.
#![no_std]
#![no_main]

use core::time::Duration;
use unikernel_rt::prelude::*;

#[unikernel(console, clock, shutdown, args(how = "await"))]
async fn main(clock: Clock, mut shutdown: Shutdown, how: &'static str, spawner: Spawner) -> ExitCode {
    if let Ok(task) = work(clock) {
        spawner.spawn(task);
    }
    println!("asked already: {}", shutdown.is_requested());
    println!("ready");
    match how {
        "await" => shutdown.requested().await,
        "wait" => shutdown.wait(),
        "look" => while !shutdown.is_requested() {},
        _ => return ExitCode::FAILURE,
    }
    println!("asked: {}", shutdown.is_requested());
    shutdown.requested().await; // it stays so
    clock.after(Duration::from_millis(20)).await;
    println!("finished");
    ExitCode::new(7)
}

/// Others go on meanwhile.
#[task]
async fn work(clock: Clock) {
    loop {
        clock.after(Duration::from_millis(5)).await;
    }
}
