//! The files of a FAT volume, or of a folder of the host: read only, they are the same.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{DirEntryExt, FileExt, MetadataExt};

use unikernel_rt::unikernel;

#[unikernel(std, console, kv(fat, block = "disk", name = "files"), args(folder = "/files"))]
fn main(folder: &'static str) -> io::Result<()> {
    std::env::set_current_dir(folder)?;
    let mut names: Vec<_> = fs::read_dir(".")?
        .map(|entry| {
            entry.and_then(|entry| Ok((entry.file_name(), entry.metadata()?.is_dir(), entry.file_type()?.is_file())))
        })
        .collect::<Result<_, _>>()?;
    names.sort();
    println!("{names:?}");
    println!("{:?} {:?}", fs::read_to_string("a")?, fs::read_to_string("folder/inner/file.txt")?);
    for path in ["folder", "folder/inner"] {
        let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
        let listed = fs::read_dir(parent)?.find(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name() == name));
        let listed = listed.ok_or(io::ErrorKind::NotFound)??;
        println!("{path} {} {}", listed.path().display(), listed.ino() == fs::metadata(path)?.ino());
    }
    let large = fs::read("large.bin")?;
    println!("{} {}", large.len(), large.iter().map(|byte| u64::from(*byte)).sum::<u64>());
    let mut file = File::open("large.bin")?;
    let metadata = file.metadata()?;
    println!("{} {} {}", metadata.len(), metadata.is_file(), metadata.is_dir());
    let mut buffer = [0; 16];
    file.read_exact_at(&mut buffer, 70_000)?;
    println!("{buffer:?}");
    println!("{} {}", file.seek(SeekFrom::End(-5))?, file.read(&mut buffer)?);
    let kind = |outcome: io::Result<()>| outcome.map_err(|error| error.kind());
    println!("{:?} {:?}", kind(File::open("none").map(drop)), kind(fs::metadata("none/none").map(drop)));
    println!("{:?} {:?}", kind(fs::read("a/x").map(drop)), fs::exists("b"));
    println!("refused {}", fs::write("a/new", "text").is_err() && fs::remove_dir("a").is_err());
    if folder == "/files" {
        let refused = [fs::write("a", "text"), fs::write("new", "text"), fs::remove_file("a"), fs::rename("a", "c")];
        assert!(refused.map(kind).iter().all(|outcome| *outcome == Err(io::ErrorKind::ReadOnlyFilesystem)));
    }
    println!("done");
    Ok(())
}
