//! Files as a host does not have them: read-only trees, a full `/tmp`, `/dev`.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::thread;

use unikernel_rt::unikernel;

#[unikernel(std, console, kv(dir = "site"), tmp(size = "64KiB"), block(name = "data"))]
fn main() -> io::Result<()> {
    let error = |outcome: io::Result<()>| outcome.expect_err("it is refused").kind();
    println!("{:?}", error(fs::write("site/new.txt", "text")));
    println!("{:?}", error(fs::write("site/index.html", "text")));
    println!("{:?}", error(fs::remove_file("site/index.html")));
    println!("{:?}", error(fs::write("/new.txt", "text")));
    println!("{:?}", error(fs::rename("/tmp", "/site/tmp")));
    println!("{:?}", error(fs::write("/tmp/large", vec![0; 65 << 10])));
    fs::write("/tmp/large", vec![1; 64 << 10])?;
    println!("{:?}", error(fs::write("/tmp/more", "x")));
    fs::remove_file("/tmp/large")?;
    fs::write("/tmp/more", "x")?;
    let mut names: Vec<_> =
        fs::read_dir("/")?.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<_, _>>()?;
    names.sort();
    println!("{names:?} {:?}", std::env::current_dir()?);
    let devices = ["/", "/site", "/tmp"].map(|path| fs::metadata(path).map(|metadata| metadata.dev()).ok());
    println!("file systems {}", BTreeSet::from(devices).len());
    disk()
}

fn disk() -> io::Result<()> {
    let mut disk = OpenOptions::new().read(true).write(true).open("/dev/data")?;
    let size = disk.seek(SeekFrom::End(0))?;
    println!("size {size}");
    println!("at the end {}", disk.write(b"x").is_err());
    // Neither the place nor the length is that of a sector, and the buffer lies on the stack.
    disk.seek(SeekFrom::Start(1000))?;
    disk.write_all(b"across two sectors, and more")?;
    disk.sync_all()?;
    let mut bytes = [0; 40];
    disk.seek(SeekFrom::Start(995))?;
    disk.read_exact(&mut bytes)?;
    println!("{:?}", String::from_utf8_lossy(&bytes[5..33]));
    // Threads that write to the same sectors lose nothing of each other's.
    let threads: Vec<_> = (0..8_u8)
        .map(|number| {
            thread::spawn(move || {
                let mut disk = OpenOptions::new().write(true).open("/dev/data").expect("it is there");
                for round in 0..8_u64 {
                    disk.seek(SeekFrom::Start(4096 + round * 64 + u64::from(number) * 8)).expect("a place");
                    disk.write_all(&[b'a' + number; 8]).expect("it is written");
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
    let mut disk = File::open("/dev/data")?;
    let mut all = vec![0; 512];
    disk.seek(SeekFrom::Start(4096))?;
    disk.read_exact(&mut all)?;
    let expected: Vec<u8> = (0..64).map(|place: u8| b'a' + place / 8).collect();
    println!("threads {}", all.chunks(64).all(|chunk| chunk == expected));
    println!("{:?}", disk.write(b"x").map_err(|error| error.raw_os_error()));
    Ok(())
}
