//! Volumes made by `mkfs.vfat` and `mtools`, read, and read again when they are damaged.

extern crate std;

mod damage;
pub(in crate::kv) mod values;
pub(in crate::kv) mod volumes;

use super::{Disk, File, List, Volume};
use crate::kv::error::Error;
use core::cell::Cell;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;
use std::{format, vec};
use volumes::{Kind, content, made};

/// A disk in memory, which answers at once and counts.
pub(in crate::kv) struct Memory {
    bytes: Cow<'static, [u8]>,
    /// Sectors that are other than there: a test with thousands of damaged volumes does not copy a volume for each.
    changed: BTreeMap<u64, [u8; 512]>,
    sectors: u64,
    reads: Cell<u64>,
    sectors_read: Cell<u64>,
    /// The first read that fails, for tests of a device that does.
    pub(in crate::kv) fails_from: u64,
}

impl Memory {
    pub(in crate::kv) fn new(bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        let bytes = bytes.into();
        let (sectors, changed) = (bytes.len() as u64 / 512, BTreeMap::new());
        Memory { bytes, changed, sectors, reads: Cell::new(0), sectors_read: Cell::new(0), fails_from: u64::MAX }
    }

    /// A byte that is to be changed.
    pub(in crate::kv) fn byte(&mut self, at: usize) -> &mut u8 {
        let sector = at / 512;
        let unchanged = || self.bytes[sector * 512..][..512].try_into().expect("is a sector");
        &mut self.changed.entry(sector as u64).or_insert_with(unchanged)[at % 512]
    }
}

impl Disk for Memory {
    fn sectors(&self) -> u64 {
        self.sectors
    }

    async fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), Error> {
        assert!(!buffer.is_empty() && buffer.len().is_multiple_of(512), "{} bytes", buffer.len());
        let begin =
            usize::try_from(first).ok().and_then(|first| first.checked_mul(512)).expect("is a place on the disk");
        let count = buffer.len() as u64 / 512;
        assert!(first + count <= self.sectors, "nobody reads beyond the end of the disk");
        buffer.copy_from_slice(&self.bytes[begin..begin + buffer.len()]);
        for (sector, bytes) in self.changed.range(first..first + count) {
            buffer[(sector - first) as usize * 512..][..512].copy_from_slice(bytes);
        }
        self.sectors_read.set(self.sectors_read.get() + buffer.len() as u64 / 512);
        self.reads.set(self.reads.get() + 1);
        if self.reads.get() > self.fails_from { Err(Error::Io) } else { Ok(()) }
    }
}

/// What is over at once, as nothing here waits.
pub(in crate::kv) fn now<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("the disk answers at once"),
    }
}

fn mount(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Volume<Memory>, Error> {
    now(Volume::mount(Memory::new(bytes)))
}

fn whole(volume: &Volume<Memory>, key: &str) -> Result<Vec<u8>, Error> {
    let mut file = now(volume.open(key))?;
    let mut bytes = vec![0xaa; file.size_bytes() as usize + 10];
    let length = now(volume.read(&mut file, 0, &mut bytes))?;
    assert_eq!(length as u64, file.size_bytes(), "{key}");
    bytes.truncate(length);
    Ok(bytes)
}

fn listed(volume: &Volume<Memory>, prefix: &str) -> Result<Vec<(String, u64)>, Error> {
    let mut list = List::new(prefix);
    let mut keys = Vec::new();
    while let Some(entry) = now(volume.next_listed(&mut list)) {
        let (key, size) = entry?;
        keys.push((String::from(key.as_str()), size));
    }
    keys.sort();
    Ok(keys)
}

#[test]
fn every_file_of_every_kind_of_volume_is_what_was_put_there() {
    for kind in Kind::ALL {
        let volume = mount(&made(kind).bytes).expect("a sane volume");
        assert_eq!(format!("{:?}", volume.geometry.kind()), format!("{kind:?}"));
        for (key, bytes) in &made(kind).files {
            assert!(whole(&volume, key).as_ref() == Ok(bytes), "{kind:?}: {key}");
        }
    }
}

#[test]
fn listings_have_every_file_once() {
    for kind in Kind::ALL {
        let made = made(kind);
        let volume = mount(&made.bytes).expect("a sane volume");
        let mut expected: Vec<_> = made.files.iter().map(|(key, bytes)| (key.clone(), bytes.len() as u64)).collect();
        expected.sort();
        assert_eq!(listed(&volume, "").as_ref(), Ok(&expected), "{kind:?}");
        for prefix in
            ["img/", "img/lo", "IMG/", "/img//", "a", "deep/1/2/3/", "deep/1/2/3", "absent/", "img/logo.png/", "zz"]
        {
            let plain = prefix.trim_start_matches('/').replace("//", "/").to_lowercase();
            let begins = |(key, _): &&(String, u64)| key.to_lowercase().starts_with(&plain);
            let expected: Vec<_> = expected.iter().filter(begins).cloned().collect();
            let found = listed(&volume, prefix).expect("a sane volume");
            let found: Vec<_> = found.into_iter().map(|(key, size)| (key.replace("IMG/", "img/"), size)).collect();
            assert_eq!(found, expected, "{kind:?}: {prefix}");
        }
        assert_eq!(listed(&volume, "img/../"), Err(Error::BadKey));
    }
}

#[test]
fn keys_are_spelled_as_on_every_fat_volume() {
    for kind in Kind::ALL {
        let volume = mount(&made(kind).bytes).expect("a sane volume");
        for key in ["a", "A", "/a", "./a", "//A", "a/"] {
            assert_eq!(whole(&volume, key).as_deref(), Ok(&b"foo\n"[..]), "{key}");
        }
        for key in ["", "/", "img", "img/", "absent", "a/b", "img/absent", "aa", "LONGER~1.TXT", ".", "img/.", "VOLUME"]
        {
            assert_eq!(whole(&volume, key), Err(Error::NotFound), "{key}");
        }
        for key in ["..", "img/..", "../a", "img/../a"] {
            assert_eq!(whole(&volume, key), Err(Error::BadKey), "{key}");
        }
    }
}

#[test]
fn reading_is_right_at_every_offset_and_length() {
    let mut random = fastrand::Rng::with_seed(7);
    for kind in Kind::ALL {
        let volume = mount(&made(kind).bytes).expect("a sane volume");
        for key in ["fragmented.bin", "sizes/513.bin"] {
            let expected = &made(kind).files[key];
            let mut file = now(volume.open(key)).expect("is there");
            let mut buffer = vec![0; 20_000];
            for _ in 0..2_000 {
                let offset = random.usize(..expected.len() + 600);
                let length = if random.bool() { random.usize(..1200) } else { random.usize(..buffer.len()) };
                buffer.fill(0xaa);
                let read = now(volume.read(&mut file, offset as u64, &mut buffer[..length])).expect("a sane volume");
                let rest = expected.get(offset..).unwrap_or_default();
                let wanted = &rest[..rest.len().min(length)];
                assert!(&buffer[..read] == wanted, "{kind:?}: {length} bytes of {key} at {offset}");
                assert!(buffer[read..].iter().all(|byte| *byte == 0xaa), "nothing is written behind what was read");
            }
            for offset in [expected.len() as u64, u64::from(u32::MAX), 1 << 32, u64::MAX] {
                assert_eq!(now(volume.read(&mut file, offset, &mut buffer)), Ok(0), "at {offset}");
            }
        }
    }
}

#[test]
fn what_is_contiguous_is_read_at_once() {
    for kind in Kind::ALL {
        let volume = mount(&made(kind).bytes).expect("a sane volume");
        let mut file = now(volume.open("large.bin")).expect("is there");
        let mut buffer = vec![0; 512 * 256];
        let (reads, sectors) = (volume.disk.reads.get(), volume.disk.sectors_read.get());
        assert_eq!(now(volume.read(&mut file, 0, &mut buffer)), Ok(buffer.len()));
        let (reads, sectors) = (volume.disk.reads.get() - reads, volume.disk.sectors_read.get() - sectors);
        assert!((1..=6).contains(&reads), "{kind:?}: {reads} reads for 256 sectors, most of the table");
        assert!((256..=262).contains(&sectors), "{kind:?}: {sectors} sectors read for 256");
    }
}

#[test]
fn a_volume_in_a_partition_is_found() {
    for (kind, partition_type) in [(Kind::Fat12, 0x01), (Kind::Fat16, 0x06), (Kind::Fat32, 0x0c)] {
        let volume =
            mount(partitioned(&made(kind).bytes, &[(0x83, 1), (partition_type, 2048)])).expect("a sane volume");
        assert_eq!(volume.first_sector, 2048);
        assert_eq!(whole(&volume, "img/logo.png"), Ok(content("img/logo.png", 3000)));
    }
}

#[test]
fn what_is_no_volume_is_refused_with_a_reason() {
    let superfloppy = &made(Kind::Fat12).bytes;
    let refused = |bytes: Vec<u8>| mount(bytes).err();
    assert_eq!(refused(Vec::new()), Some(Error::NotFat("the device is empty")));
    assert!(matches!(refused(vec![0; 1 << 20]), Some(Error::NotFat(_))));
    assert!(matches!(refused(vec![0xff; 1 << 20]), Some(Error::NotFat(_))));
    let gpt = Error::NotFat("the device has a GPT, which is not supported");
    assert_eq!(refused(partitioned(superfloppy, &[(0xee, 1)])), Some(gpt));
    let linux = Error::NotFat("the device has no FAT partition");
    assert_eq!(refused(partitioned(superfloppy, &[(0x83, 2048)])), Some(linux));
    assert!(matches!(refused(partitioned(superfloppy, &[])), Some(Error::NotFat(_))));
    // A partition that begins behind the end, and one that holds something else.
    let outside = partitioned(superfloppy, &[(0x06, u32::MAX)]);
    assert_eq!(refused(outside), Some(Error::Corrupt("the volume is larger than the device")));
    assert!(matches!(refused(partitioned(&vec![0; 1 << 20], &[(0x06, 2048)])), Some(Error::NotFat(_))));
}

/// A disk with a partition table, and with `volume` at sector 2048.
fn partitioned(volume: &[u8], partitions: &[(u8, u32)]) -> Vec<u8> {
    let mut bytes = vec![0; 2048 * 512];
    bytes[510..512].copy_from_slice(&[0x55, 0xaa]);
    for (index, (kind, first)) in partitions.iter().enumerate() {
        let entry = &mut bytes[446 + 16 * index..][..16];
        entry[4] = *kind;
        entry[8..12].copy_from_slice(&first.to_le_bytes());
        entry[12..16].copy_from_slice(&((volume.len() / 512) as u32).to_le_bytes());
    }
    bytes.extend_from_slice(volume);
    bytes
}

#[test]
fn a_truncated_volume_is_refused() {
    for kind in Kind::ALL {
        let bytes = &made(kind).bytes;
        for sectors in [1, 2, 30, bytes.len() / 1024] {
            let expected = Some(Error::Corrupt("the volume is larger than the device"));
            assert_eq!(mount(&bytes[..sectors * 512]).err(), expected, "{kind:?}: {sectors} sectors");
        }
    }
}

#[test]
fn a_device_that_fails_is_told_wherever_it_fails() {
    let bytes = &made(Kind::Fat12).bytes;
    let mut failures = 0;
    for fails_from in 0..100 {
        let disk = Memory { fails_from, ..Memory::new(bytes) };
        let outcome = now(Volume::mount(disk)).and_then(|volume| whole(&volume, "deep/1/2/3/fragmented.bin"));
        match outcome {
            Err(error) => assert_eq!(error, Error::Io),
            Ok(_) => break,
        }
        failures += 1;
    }
    assert!((5..100).contains(&failures), "{failures} reads until all of it was read");
}

#[test]
fn files_are_read_at_the_same_time() {
    let made = made(Kind::Fat16);
    let volume = mount(&made.bytes).expect("a sane volume");
    let keys = ["fragmented.bin", "large.bin", "deep/1/2/3/fragmented.bin"];
    let mut files: Vec<File> = keys.iter().map(|key| now(volume.open(key)).expect("is there")).collect();
    let mut buffer = [0; 700];
    for offset in (0..50_000).step_by(buffer.len()) {
        for (key, file) in keys.iter().zip(&mut files) {
            let length = now(volume.read(file, offset as u64, &mut buffer)).expect("a sane volume");
            assert!(buffer[..length] == made.files[*key][offset..][..length], "{key} at {offset}");
        }
    }
}
