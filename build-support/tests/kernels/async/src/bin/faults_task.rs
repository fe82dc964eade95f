//! Panics in a task, in a function that awaits: the report tells the task and the executor.
#![no_std]
#![no_main]

use core::hint::black_box;
use unikernel_rt::prelude::*;

#[unikernel(console)]
async fn main(spawner: Spawner) {
    spawner.spawn(worker(7).unwrap());
    core::future::pending().await
}

#[task]
async fn worker(number: usize) {
    println!("{}", step(black_box(number)).await);
}

async fn step(number: usize) -> u8 {
    embassy_futures::yield_now().await;
    element(number)
}

#[inline(never)]
fn element(number: usize) -> u8 {
    black_box(&[1_u8, 2, 3][..])[number]
}
