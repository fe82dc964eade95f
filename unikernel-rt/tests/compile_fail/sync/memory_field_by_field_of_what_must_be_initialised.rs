#![allow(unused)]

#[path = "../../../src/sync/take_once.rs"]
mod take_once;

static FLAG: take_once::TakeOnce<bool> = take_once::TakeOnce::new();

fn main() {
    FLAG.take_fields();
}
