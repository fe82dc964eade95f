//! Runs two tasks that pass a number back and forth, without a clock and without a console; the number is the status.
#![no_std]
#![no_main]

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use unikernel_rt::prelude::*;

static THERE: Channel<CriticalSectionRawMutex, u8, 1> = Channel::new();
static BACK: Channel<CriticalSectionRawMutex, u8, 1> = Channel::new();

#[unikernel]
async fn main(spawner: Spawner) -> ExitCode {
    spawner.spawn(other().unwrap());
    let mut number = 0;
    for _ in 0..30 {
        THERE.send(number).await;
        number = BACK.receive().await;
    }
    ExitCode::new(number)
}

#[task]
async fn other() {
    loop {
        BACK.send(THERE.receive().await + 1).await;
    }
}
