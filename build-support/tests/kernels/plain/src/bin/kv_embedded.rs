//! Uses every operation on embedded files.
#![no_std]
#![no_main]

use embedded_io::{Read, Seek, SeekFrom};
use unikernel_rt::kv::{Error, content_type};
use unikernel_rt::prelude::*;

#[unikernel(console, kv(dir = "site"), kv(name = "other", dir = "other/"))]
fn main(kv: Kv, other: Kv) -> Result<(), Error> {
    let mut list = kv.list("");
    while let Some(entry) = list.next_entry().wait()? {
        println!("{} {} {}", entry.key(), entry.size(), content_type(entry.key()));
    }
    let mut list = kv.list("img/");
    while let Some(entry) = list.next_entry().wait()? {
        println!("in img: {}", entry.key());
    }

    let all = kv.get("/img//deep/./all.bin")?;
    assert!(all.len() == 17 * 256 && all.iter().enumerate().all(|(index, byte)| *byte == index as u8));
    let mut file = kv.open("img/deep/all.bin").wait()?;
    assert!(file.bytes().is_some_and(|bytes| core::ptr::eq(bytes, all)), "nothing is copied");

    let mut buffer = [0xaa; 300];
    assert!(file.read(4300, &mut buffer).wait()? == 52 && buffer[..52] == all[4300..] && buffer[52] == 0xaa);
    assert!(file.read(u64::MAX, &mut buffer).wait()? == 0);
    file.seek(SeekFrom::End(-10))?;
    assert!(Read::read(&mut file, &mut buffer)? == 10 && Read::read(&mut file, &mut buffer)? == 0);

    assert!(kv.get("empty")?.is_empty() && kv.size("empty").wait()? == 0 && kv.exists("empty").wait()?);
    assert!(!kv.exists("img").wait()? && !kv.exists("INDEX.HTML").wait()? && kv.get("img") == Err(Error::NotFound));
    assert!(kv.get("img/../index.html") == Err(Error::BadKey) && kv.exists("..").wait() == Err(Error::BadKey));
    assert!(other.get("index.html")? == b"other\n" && kv.get("index.html")? == b"<h1>hello</h1>\n");
    assert!(other.get("empty") == Err(Error::NotFound));
    println!("all as it should be");
    Ok(())
}
