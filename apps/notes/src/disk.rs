//! A disk as the storage of a database.
//!
//! A disk has a fixed size, and the storage that redb wants has a length that changes, and is 0 at first. The first block of the disk
//! says what it is, and how long; the storage is behind it. The length is written before what it makes room for, and reaches the disk with
//! the same flush.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use redb::StorageBackend;

/// Where the storage begins; redb's pages have as many bytes.
pub(crate) const BLOCK_BYTES: u64 = 4096;

/// The unit that a disk writes whole or not at all. It holds the name, and the length behind it.
const SECTOR_BYTES: usize = 512;
const NAME: &[u8; 16] = b"unikernel notes\n";

/// A disk, or a file of a fixed size in place of one.
#[derive(Debug)]
pub(crate) struct Disk {
    file: File,
    /// The longest storage.
    capacity: u64,
    length: Mutex<u64>,
}

impl Disk {
    /// Opens a disk that holds a storage, or nothing.
    pub(crate) fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).write(true).open(path)?;
        let size = file.seek(SeekFrom::End(0))?;
        let fault = |text: &str| io::Error::new(io::ErrorKind::InvalidData, text);
        let capacity = size.checked_sub(BLOCK_BYTES).ok_or_else(|| fault("it is smaller than 4 KiB"))?;
        let mut first = [0; SECTOR_BYTES];
        file.read_exact_at(&mut first, 0)?;
        let (name, rest) = first.split_first_chunk().unwrap_or((&[0; 16], &[]));
        let length = match name {
            NAME => u64::from_le_bytes(*rest.first_chunk().unwrap_or(&[0; 8])),
            [0, ..] if first == [0; SECTOR_BYTES] => 0,
            _ => return Err(fault("it holds something else, which is not overwritten")),
        };
        if length > capacity {
            return Err(fault("it is smaller than it was when the notes were written"));
        }
        Ok(Self { file, capacity, length: Mutex::new(length) })
    }

    pub(crate) fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Where `count` bytes of the storage are on the disk.
    fn place(&self, offset: u64, count: usize) -> io::Result<u64> {
        let is_within = offset.checked_add(count as u64).is_some_and(|end| end <= self.length());
        if is_within { Ok(BLOCK_BYTES + offset) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn length(&self) -> u64 {
        *self.length.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.length())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(out, self.place(offset, out.len())?)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if len > self.capacity {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut length = self.length.lock().unwrap_or_else(PoisonError::into_inner);
        // What is new is zero, whatever was there before.
        let zeros = [0; 64 << 10];
        let mut at = *length;
        while at < len {
            let count = (len - at).min(zeros.len() as u64);
            self.file.write_all_at(&zeros[..count as usize], BLOCK_BYTES + at)?;
            at += count;
        }
        let mut sector = [0; SECTOR_BYTES];
        sector[..NAME.len()].copy_from_slice(NAME);
        sector[NAME.len()..][..8].copy_from_slice(&len.to_le_bytes());
        self.file.write_all_at(&sector, 0)?;
        *length = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write_all_at(data, self.place(offset, data.len())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), bytes).expect("it is written");
        file
    }

    #[test]
    fn the_length_is_kept_and_what_is_new_is_zero() {
        let file = file(&[&[0; 512][..], &[7; 20_000]].concat());
        let disk = Disk::open(file.path()).expect("nothing is on it");
        assert_eq!(disk.len().expect("a length"), 0);
        assert!(disk.write(0, b"x").is_err());
        disk.set_len(10_000).expect("there is room");
        disk.write(9_990, b"0123456789").expect("it is within");
        assert!(disk.write(9_991, b"0123456789").is_err());
        disk.set_len(5_000).expect("it gets shorter");
        drop(disk);

        let disk = Disk::open(file.path()).expect("it is ours");
        assert_eq!(disk.len().expect("a length"), 5_000);
        disk.set_len(10_000).expect("there is room");
        let mut bytes = vec![1; 10_000];
        disk.read(0, &mut bytes).expect("it is within");
        assert!(bytes.iter().all(|byte| *byte == 0), "what was there before");
        let full = disk.set_len(disk.capacity() + 1).expect_err("it is too long");
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn what_is_not_ours_is_not_overwritten() {
        let said = |bytes: &[u8]| Disk::open(file(bytes).path()).expect_err("it is refused").to_string();
        assert!(said(&[0; 4095]).contains("smaller than 4 KiB"));
        assert!(said(&[&[0; 510][..], b"\x55\xaa", &[0; 9000]].concat()).contains("something else"));
        assert!(said(&[&NAME[..], &5000_u64.to_le_bytes(), &[0; 9000]].concat()).contains("smaller than it was"));
    }
}
