#![allow(unused)]

#[path = "../../../src/sync/lock.rs"]
mod lock;

enum Number {}
impl lock::Name for Number {
    const NAME: &str = "NUMBER";
}
static NUMBER: lock::Lock<u32, Number> = lock::Lock::new(1);

fn main() {
    let number: &mut u32 = NUMBER.with(|number| number);
    *number += 1;
}
