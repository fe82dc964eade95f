//! Counts the lines, words and bytes of every file on a FAT volume.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use unikernel_rt::kv::Error;
use unikernel_rt::prelude::*;

use template_name::Count;

#[unikernel(console, kv(fat, block = "disk"))]
fn main(kv: Kv) -> Result<(), Error> {
    let mut files = kv.list("");
    while let Some(entry) = files.next_entry().wait()? {
        let Count {
            lines,
            words,
            bytes,
            ..
        } = count(kv, entry.key())?;
        println!("{lines:6} {words:6} {bytes:6} {}", entry.key());
    }
    Ok(())
}

fn count(kv: Kv, key: &str) -> Result<Count, Error> {
    let mut file = kv.open(key).wait()?;
    let mut count = Count::default();
    let mut buffer = [0; 4096];
    loop {
        let length = file.read(count.bytes, &mut buffer).wait()?;
        if length == 0 {
            return Ok(count);
        }
        count.add(&buffer[..length]);
    }
}
