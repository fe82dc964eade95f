//! Compares a value in two stores, FAT volumes on separate disks, once a second for ever.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::time::Duration;
use unikernel_rt::kv::Error;
use unikernel_rt::prelude::*;

#[unikernel(console, clock, kv(name = "one", fat, block = "disk1"), kv(name = "two", fat, block = "disk2"))]
fn main(clock: Clock, one: Kv, two: Kv) -> ! {
    loop {
        match is_same(one, two, "a") {
            Ok(true) => println!("YES!"),
            Ok(false) => println!("NO!"),
            Err(error) => println!("NO! NO! {error}"),
        }
        clock.sleep(Duration::from_secs(1));
    }
}

fn is_same(one: Kv, two: Kv, key: &str) -> Result<bool, Error> {
    let mut pages = [[0; 4096]; 2];
    let [first, second] = &mut pages;
    let length = one.read(key, 0, first).wait()?;
    let other_length = two.read(key, 0, second).wait()?;
    Ok(first[..length] == second[..other_length])
}
