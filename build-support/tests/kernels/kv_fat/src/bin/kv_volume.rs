//! Lists a FAT volume, and reads one file of it piece by piece.
#![no_std]
#![no_main]

use unikernel_rt::kv::Error;
use unikernel_rt::prelude::*;

#[unikernel(console, kv(fat, scsi, block = "data"), args(key = "a"))]
fn main(kv: Kv, key: &'static str) -> Result<(), Error> {
    let mut list = kv.list("");
    while let Some(entry) = list.next_entry().wait()? {
        println!("{} {}", entry.key(), entry.size());
    }
    assert!(kv.get(key) == Err(Error::NotEmbedded));

    let mut file = kv.open(key).wait()?;
    let mut buffer = [0; 8192];
    let (mut offset, mut hash) = (0, 0xcbf2_9ce4_8422_2325_u64); // FNV-1a
    loop {
        let length = file.read(offset, &mut buffer).wait()?;
        if length == 0 {
            break;
        }
        offset += length as u64;
        for byte in &buffer[..length] {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    println!("{key} has {offset} bytes with the hash {hash:016x}");
    Ok(())
}
