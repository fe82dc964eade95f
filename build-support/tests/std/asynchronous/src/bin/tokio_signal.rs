//! Ends gracefully when the power button is pressed.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use unikernel_rt::unikernel;

#[unikernel(std(without = "processes"), console, clock, entropy, shutdown)]
#[tokio::main]
async fn main() {
    let mut terminated = signal(SignalKind::terminate()).expect("a handler");
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    println!("ready");
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = terminated.recv() => break,
        }
    }
    println!("asked to stop");
    tokio::time::sleep(Duration::from_millis(20)).await;
    println!("stopped");
    std::process::exit(3);
}
