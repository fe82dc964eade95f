//! Damaged volumes: whatever is read of them, it ends, and nothing panics.

extern crate std;

use super::volumes::{Kind, made};
use super::{List, Memory, Volume, mount, now};
use crate::kv::error::Error;
use fastrand::Rng;
use std::string::String;
use std::vec::Vec;
use std::{env, format, vec};

/// How many damaged volumes the gate sees of each kind; `DAMAGED_VOLUMES` says otherwise.
const CASES: u64 = 200;

/// What was found on a volume.
#[derive(Default)]
struct Found {
    files: u64,
    corrupt: u64,
    other: u64,
}

impl Found {
    fn count<T>(&mut self, outcome: Result<T, Error>) -> Option<T> {
        match &outcome {
            Ok(_) => {}
            Err(Error::Corrupt(_) | Error::NotFat(_)) => self.corrupt += 1,
            Err(Error::NotFound | Error::LongKey) => self.other += 1,
            Err(error @ (Error::Io | Error::BadKey | Error::NotEmbedded)) => {
                panic!("{error:?} on a disk that works")
            }
        }
        outcome.ok()
    }
}

/// Lists all, reads all that is listed, and what was there before.
fn use_up(disk: Memory, keys: &[&str], found: &mut Found) {
    let Some(volume) = found.count(now(Volume::mount(disk))) else { return };
    let mut list = List::new("");
    let mut listed: Vec<String> = Vec::new();
    while let Some(entry) = now(volume.next_listed(&mut list)) {
        if let Some((key, _)) = found.count(entry) {
            listed.push(key.as_str().into());
        }
        assert!(listed.len() < 1_000_000, "a listing without end");
    }
    let mut buffer = vec![0; 3_000];
    for key in listed.iter().map(String::as_str).step_by(5).take(40).chain(keys.iter().copied()) {
        let Some(mut file) = found.count(now(volume.open(key))) else { continue };
        let step = (file.size_bytes() / 10).max(buffer.len() as u64);
        for offset in (0..file.size_bytes()).step_by(step as usize) {
            if found.count(now(volume.read(&mut file, offset, &mut buffer))).is_none() {
                break;
            }
        }
        found.files += 1;
    }
    // A sane one takes some hundreds.
    let reads = volume.disk.reads.get();
    assert!(reads < 3_000_000, "{reads} reads");
}

fn cases() -> u64 {
    env::var("DAMAGED_VOLUMES").map_or(CASES, |text| text.parse().expect("DAMAGED_VOLUMES is a number"))
}

/// Changes bytes where a change matters: boot sector, tables, directories.
pub(super) fn damage(disk: &mut Memory, data_start: usize, random: &mut Rng) {
    let end = disk.bytes.len();
    for _ in 0..random.usize(1..=12) {
        let reach = match random.usize(..8) {
            0 => 0..64,
            1..4 => 512..data_start,
            4..7 => data_start - data_start.min(16_384)..data_start + 65_536, // root directories, and the first folders
            _ => 0..end,
        };
        let at = random.usize(reach);
        for at in (at..end).take(1 << random.usize(..4)) {
            let byte = disk.byte(at);
            *byte = match random.usize(..5) {
                0 => 0,
                1 => 0xff,
                2 => *byte ^ (1 << random.usize(..8)),
                3 => random.u8(..16), // a small number: a cluster that there is
                _ => random.u8(..),
            };
        }
    }
}

#[test]
fn damaged_volumes_give_errors_or_bytes_and_never_more() {
    let cases = cases();
    let mut total = Found::default();
    for kind in Kind::ALL {
        let made = made(kind);
        let volume = mount(&made.bytes).expect("a sane volume");
        let data_start = volume.geometry.data_start() as usize;
        let keys: Vec<&str> = made.files.keys().map(String::as_str).step_by(7).collect();
        for case in 0..cases {
            let mut random = Rng::with_seed(case);
            let mut disk = Memory::new(&made.bytes);
            damage(&mut disk, data_start, &mut random);
            if random.usize(..50) == 0 {
                disk.sectors = random.u64(..=disk.sectors);
            }
            use_up(disk, &keys, &mut total);
        }
    }
    let shown = format!("{} files, {} contradictions, {} others", total.files, total.corrupt, total.other);
    assert!(total.files > cases && total.corrupt > cases / 2, "the damage is of little use: {shown}");
}

#[test]
fn random_sectors_are_no_volume() {
    let mut random = Rng::with_seed(1);
    for _ in 0..cases() {
        let mut bytes: Vec<u8> = (0..8 * 512).map(|_| random.u8(..)).collect();
        bytes[510..512].copy_from_slice(&[0x55, 0xaa]);
        // Often enough it looks like one, at first.
        if random.bool() {
            bytes[11..32].copy_from_slice(&made(Kind::ALL[random.usize(..3)]).bytes[11..32]);
        }
        let _ = mount(bytes).map(|_| ());
    }
}

#[test]
fn folders_that_contain_each_other_end() {
    for kind in Kind::ALL {
        let made = made(kind);
        let sane = mount(&made.bytes).expect("a sane volume");
        let data = sane.geometry.data_start() as usize;
        // Every entry of a folder leads to the cluster of the first one.
        let mut bytes = made.bytes.clone();
        let mut changed = 0;
        for entry in bytes[data..data + (1 << 20)].chunks_exact_mut(32) {
            if entry[11] == 0x10 && entry[0] != b'.' {
                entry[20..22].copy_from_slice(&[0, 0]);
                entry[26..28].copy_from_slice(&[3, 0]);
                changed += 1;
            }
        }
        assert!(changed > 0, "{kind:?} has inner folders");
        use_up(Memory::new(bytes), &[], &mut Found::default());
    }
}

#[test]
fn chains_that_go_round_are_found() {
    let made = made(Kind::Fat16);
    let sane = mount(&made.bytes).expect("a sane volume");
    let file = now(sane.open("large.bin")).expect("is there");
    let fat = sane.geometry.fat_start() as usize;
    let mut bytes = made.bytes.clone();
    // The fourth cluster is followed by the second one.
    let first = file.first;
    bytes[fat + 2 * (first as usize + 3)..][..2].copy_from_slice(&(first as u16 + 1).to_le_bytes());
    let volume = mount(bytes).expect("the boot sector is sane");
    let mut file = now(volume.open("large.bin")).expect("is there");
    let mut buffer = vec![0; 300_000];
    let outcome = now(volume.read(&mut file, 0, &mut buffer));
    assert_eq!(outcome, Err(Error::Corrupt("the cluster chain of a file is a loop")));
}
