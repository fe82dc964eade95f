//! Compares a file of a FAT volume with an embedded one, from two tasks at the same time.
#![no_std]
#![no_main]

use embedded_io_async::Read;
use unikernel_rt::kv::{Error, File};
use unikernel_rt::prelude::*;

#[unikernel(console, kv(name = "embedded", dir = "t"), kv(fat, block = "data", name = "volume"))]
async fn main(embedded: Kv, volume: Kv, spawner: Spawner) -> Result<(), Error> {
    let large = volume.open("large").await?;
    for _ in 0..2 {
        spawner.spawn(add_up(large.clone()).expect("there is room for two"));
    }
    let mut page = [0; 16];
    let length = volume.read("a", 0, &mut page).await?;
    println!("a is the same: {}", page[..length] == *embedded.get("a")?);
    println!("absent: {:?}", volume.size("absent").await);
    println!("embedded: {}", embedded.size("a").await?);
    let mut list = volume.list("");
    while let Some(entry) = list.next_entry().await? {
        println!("{} {}", entry.key(), entry.size());
    }
    core::future::pending().await
}

#[task(pool_size = 2)]
async fn add_up(mut file: File) {
    let (mut sum, mut buffer) = (0_u64, [0; 1000]);
    while let Ok(length @ 1..) = Read::read(&mut file, &mut buffer).await {
        sum += buffer[..length].iter().map(|byte| u64::from(*byte)).sum::<u64>();
    }
    println!("the sum is {sum}");
}
