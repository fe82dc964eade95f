//! What a disk has after a power failure: QEMU records each write and each flush (`blklogwrites`), and this repeats some of them.
//!
//! A kill of QEMU loses no write that the guest was told of: the host has it. A disk loses what was not flushed. The record has the form of
//! Linux' `dm-log-writes`: a sector that says how long sectors are, and for each request one with its place, its length and its kind, and
//! its data.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

const SECTOR_BYTES: u64 = 512;
const MAGIC: u64 = 0x006a_7366_7773_6872;
const FLUSH: u64 = 1;

/// A recorded request.
enum Request {
    Flush,
    /// At this place of the disk.
    Write(u64, Vec<u8>),
}

/// What a disk keeps of the writes that were not flushed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unflushed {
    Lost,
    Kept,
    /// Each by a toss.
    Some(u64),
}

/// QEMU's options of a disk in `disk`, of which `log` records what happens.
pub(crate) fn options(disk: &Path, log: &Path) -> [String; 4] {
    File::create(log).expect("a file for the record");
    let (disk, log) = (disk.display(), log.display());
    let drive = format!(
        "driver=blklogwrites,node-name=data,file.driver=file,file.filename={disk},log.driver=file,log.filename={log}"
    );
    ["-blockdev".to_owned(), drive, "-device".to_owned(), "virtio-blk-pci,drive=data".to_owned()]
}

/// Does to `disk` what is recorded in `log`: all up to the last flush, and what is left of the rest. Returns how many writes that were.
pub(crate) fn repeat(log: &Path, disk: &Path, unflushed: Unflushed) -> (usize, usize) {
    let requests = read(log);
    let disk = File::options().write(true).open(disk).expect("the disk");
    let flushed = requests.iter().rposition(|request| matches!(request, Request::Flush)).unwrap_or(0);
    let mut random = fastrand::Rng::with_seed(if let Unflushed::Some(seed) = unflushed { seed } else { 0 });
    let (mut kept, mut lost) = (0, 0);
    for (number, request) in requests.iter().enumerate() {
        let Request::Write(place, bytes) = request else { continue };
        let is_kept = number < flushed
            || match unflushed {
                Unflushed::Lost => false,
                Unflushed::Kept => true,
                Unflushed::Some(_) => random.bool(),
            };
        if is_kept {
            disk.write_all_at(bytes, *place).expect("the disk is written");
            kept += 1;
        } else {
            lost += 1;
        }
    }
    (kept, lost)
}

/// The requests up to the one that the kill has torn.
fn read(log: &Path) -> Vec<Request> {
    let log = std::fs::read(log).expect("the record");
    let number = |at: usize| Some(u64::from_le_bytes(*log.get(at..)?.first_chunk()?));
    // The first flush writes it.
    assert!([Some(MAGIC), Some(0)].contains(&number(0)), "QEMU's record has another form");
    let mut requests = Vec::new();
    let mut at = SECTOR_BYTES as usize;
    while let (Some(sector), Some(count), Some(kind)) = (number(at), number(at + 8), number(at + 16)) {
        at += SECTOR_BYTES as usize;
        if count > 0 {
            let Some(bytes) = log.get(at..at + (count * SECTOR_BYTES) as usize) else { break };
            requests.push(Request::Write(sector * SECTOR_BYTES, bytes.to_vec()));
            at += bytes.len();
        } else if kind != FLUSH {
            break;
        }
        if kind & FLUSH != 0 {
            requests.push(Request::Flush);
        }
    }
    requests
}
