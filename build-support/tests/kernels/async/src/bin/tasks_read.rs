//! Reads lines from the console while another task counts time, and prints the count after each; `quit` ends it.
#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU32, Ordering};
use embassy_time::Timer;
use embedded_io_async::Read;
use unikernel_rt::prelude::*;

static LINES: AtomicU32 = AtomicU32::new(0);

#[unikernel(console, clock, args(restless = false))]
async fn main(spawner: Spawner, mut console: Console, restless: bool) -> Result<(), &'static str> {
    spawner.spawn(ticker().unwrap());
    if restless {
        spawner.spawn(yielder().unwrap());
    }
    let mut line = [0; 64];
    loop {
        let mut length = 0;
        while !line[..length].ends_with(b"\n") {
            let room = line.len().min(length + 5);
            let Ok(count) = console.read(&mut line[length..room]).await;
            length += count;
            if count == 0 {
                return Err("the line is too long");
            }
        }
        let text = str::from_utf8(&line[..length]).map_err(|_| "not UTF-8")?.trim_end();
        println!("read `{text}`");
        LINES.fetch_add(1, Ordering::Relaxed);
        if text == "quit" {
            return Ok(());
        }
    }
}

/// Runs on while the reader waits for input.
#[task]
async fn ticker() {
    let (mut lines, mut ticks) = (0, 0);
    loop {
        Timer::after_millis(1).await;
        let now = LINES.load(Ordering::Relaxed);
        (lines, ticks) = (now, if now == lines { ticks + 1 } else { 0 });
        if ticks == 20 {
            println!("20 ticks after {lines}");
        }
    }
}

#[task]
async fn yielder() {
    loop {
        yield_now().await;
    }
}
