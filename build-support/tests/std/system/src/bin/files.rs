//! What programs do with files, of which the first part is the same on the host and on a machine.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::{env, process};

use unikernel_rt::unikernel;

#[unikernel(std, console, kv(dir = "site"), tmp(size = "1MiB"))]
fn main() -> io::Result<()> {
    embedded()?;
    errors();
    in_memory()?;
    println!("done");
    Ok(())
}

fn embedded() -> io::Result<()> {
    print!("{}", fs::read_to_string("site/index.html")?);
    for line in BufReader::new(File::open("site/lines.txt")?).lines() {
        println!("line {}", line?);
    }
    let mut file = File::open("./site/../site//img/large.txt")?;
    let mut buffer = [0; 10];
    println!("large {} {}", file.metadata()?.len(), file.seek(SeekFrom::End(-4))?);
    println!("rest {} {}", file.read(&mut buffer)?, file.read(&mut buffer)?);
    println!("at {} {}", file.read_at(&mut buffer, 4990)?, file.stream_position()?);
    let mut names: Vec<_> = fs::read_dir("site")?
        .map(|entry| entry.map(|entry| (entry.file_name(), entry.file_type().map(|kind| kind.is_dir()).ok())))
        .collect::<Result<_, _>>()?;
    names.sort();
    println!("names {names:?}");
    println!("kinds {} {}", Path::new("site").is_dir(), fs::metadata("site/img/large.txt")?.is_file());
    println!("read-only {}", fs::metadata("site/lines.txt")?.len());
    Ok(())
}

fn errors() {
    let kind = |outcome: io::Result<()>| outcome.map_err(|error| error.kind());
    println!("missing {:?}", kind(File::open("site/none").map(drop)));
    println!("missing {:?}", kind(fs::metadata("none/none").map(drop)));
    println!("not a directory {:?}", kind(File::open("site/index.html/x").map(drop)));
    println!("not a directory {:?}", kind(fs::read_dir("site/index.html").map(drop)));
    println!("a directory {:?}", kind(fs::read("site").map(drop)));
    println!("empty {:?}", kind(File::open("").map(drop)));
    println!("{}", fs::read("site/none").expect_err("there is none"));
    println!("exists {:?}", fs::exists("site/none"));
}

fn in_memory() -> io::Result<()> {
    let folder = env::temp_dir().join(format!("std_files-{}", process::id()));
    fs::create_dir_all(folder.join("a/b"))?;
    let path = folder.join("a/b/notes.txt");
    fs::write(&path, "one\n")?;
    OpenOptions::new().append(true).open(&path)?.write_all(b"two\n")?;
    println!("{:?}", fs::read_to_string(&path)?);
    let file = OpenOptions::new().read(true).write(true).open(&path)?;
    file.write_all_at(b"ONE", 0)?;
    file.set_len(6)?;
    file.sync_all()?;
    println!("{:?} {}", fs::read_to_string(&path)?, file.metadata()?.len());
    let exclusive = OpenOptions::new().write(true).create_new(true).open(&path);
    println!("exclusive {:?}", exclusive.map(drop).map_err(|error| error.kind()));
    fs::rename(&path, folder.join("moved"))?;
    println!("copied {}", fs::copy(folder.join("moved"), folder.join("copy"))?);
    println!("not empty {:?}", fs::remove_dir(&folder).map_err(|error| error.kind() == ErrorKind::DirectoryNotEmpty));
    let mut names: Vec<_> =
        fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<_, _>>()?;
    names.sort();
    println!("{names:?}");
    drop(file);
    fs::remove_dir_all(&folder)?;
    println!("gone {}", !folder.exists());
    Ok(())
}
