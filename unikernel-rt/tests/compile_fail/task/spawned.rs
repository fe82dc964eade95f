#![no_std]
#![no_main]

use unikernel_rt::prelude::*;

#[task(pool = 4)]
async fn serve(number: u8) {
    yield_now().await;
    let _ = number;
}

#[task]
fn wait(_: u8) {}

#[unikernel]
async fn main(spawner: Spawner) {
    spawner.spawn(serve(1).expect("a free task"));
    spawner.spawn(wait(2).expect("a free task"));
}
