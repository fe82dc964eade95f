#![allow(unused)]

#[path = "../../../src/sync/take_once.rs"]
mod take_once;

fn main() {
    let memory = take_once::TakeOnce::<u8>::new();
    memory.take();
}
