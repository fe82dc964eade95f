//! Tables as firmware has them, and damaged ones.

extern crate std;

use super::{ADDRESSES_END, END_OF_TABLE, MAX_TABLE_BYTES, OEM_STRINGS, Table, at_entry_point, table};
use crate::arch::window::fake;
use crate::test_cases::cases;
use fastrand::Rng;
use std::string::String;
use std::vec;
use std::vec::Vec;

const START: u64 = 0xf_0000;
const ENTRY: usize = 32;
const STRUCTURES: usize = 96;

/// Sets the byte at `place` so that those of the range sum up to 0.
fn seal(bytes: &mut [u8], range: core::ops::Range<usize>, place: usize) {
    bytes[place] = 0;
    bytes[place] = bytes[range].iter().fold(0_u8, |sum, byte| sum.wrapping_sub(*byte));
}

fn structure(kind: u8, formatted: &[u8], strings: &[&str]) -> Vec<u8> {
    let mut bytes = vec![kind, 4 + formatted.len() as u8, 0, 1];
    bytes.extend_from_slice(formatted);
    for string in strings {
        bytes.extend_from_slice(string.as_bytes());
        bytes.push(0);
    }
    bytes.extend_from_slice(if strings.is_empty() { &[0, 0] } else { &[0] });
    bytes
}

fn structures() -> Vec<u8> {
    [
        structure(0, &[1, 2, 0, 0], &["unikernel:bios=1", "SeaBIOS"]),
        structure(32, &[0; 7], &[]),
        structure(OEM_STRINGS, &[4], &["unikernel:port=81 name=\"J. D\"", "other:port=1", "unikernel", "unikernel:"]),
        structure(OEM_STRINGS, &[1], &["unikernel:net.ip=10.0.0.7/24"]),
        structure(END_OF_TABLE, &[], &[]),
        structure(OEM_STRINGS, &[1], &["unikernel:behind=the end"]),
    ]
    .concat()
}

/// An entry point, and the structures.
fn firmware(wide: bool) -> Vec<u8> {
    let (structures, start) = (structures(), START + STRUCTURES as u64);
    let mut bytes = vec![0; STRUCTURES];
    let entry = &mut bytes[ENTRY..];
    if wide {
        entry[..5].copy_from_slice(b"_SM3_");
        entry[6] = 24;
        entry[12..16].copy_from_slice(&(structures.len() as u32).to_le_bytes());
        entry[16..24].copy_from_slice(&start.to_le_bytes());
        seal(entry, 0..24, 5);
    } else {
        entry[..4].copy_from_slice(b"_SM_");
        entry[5] = 31;
        entry[16..21].copy_from_slice(b"_DMI_");
        entry[22..24].copy_from_slice(&(structures.len() as u16).to_le_bytes());
        entry[24..28].copy_from_slice(&(start as u32).to_le_bytes());
        seal(entry, 16..31, 21);
        seal(entry, 0..31, 4);
    }
    bytes.extend(structures);
    bytes
}

fn words(told: u64) -> Option<String> {
    let mut words = Vec::new();
    let _ = table(told)?.read(&mut |byte| words.push(byte));
    Some(String::from_utf8_lossy(&words).into_owned())
}

const WORDS: &str = " port=81 name=\"J. D\"  net.ip=10.0.0.7/24";

#[test]
fn the_strings_for_a_kernel_are_found_by_either_entry_point() {
    for wide in [false, true] {
        fake::set(START, &firmware(wide));
        assert_eq!(words(0).as_deref(), Some(WORDS), "where a BIOS puts it");
        assert_eq!(words(START + ENTRY as u64).as_deref(), Some(WORDS), "where the firmware says");
        assert_eq!(words(START), None, "there is none");
        assert_eq!(words(u64::MAX), None, "no address");
    }
}

#[test]
fn a_sum_that_is_wrong_is_no_entry_point() {
    for wide in [false, true] {
        for at in [0, 4, 5, 6, 13, 16, 21, 23] {
            let mut bytes = firmware(wide);
            bytes[ENTRY + at] ^= 0x40;
            fake::set(START, &bytes);
            assert_eq!(words(0), None, "{wide} {at}");
        }
    }
    // The part of the 32-bit entry point that has the table's place has a sum of its own.
    let mut bytes = firmware(false);
    bytes[ENTRY + 24] ^= 0x40;
    seal(&mut bytes[ENTRY..], 0..31, 4);
    fake::set(START, &bytes);
    assert_eq!(words(0), None);
}

#[test]
fn nothing_is_read_behind_the_table() {
    let structures = structure(OEM_STRINGS, &[1], &["unikernel:port=81"]);
    fake::set(START, &[&structures[..], b"\x0b\x05\0\0\x01unikernel:port=82\0\0"].concat());
    let read = |length| {
        let mut words = Vec::new();
        let _ = Table { address: START, length }.read(&mut |byte| words.push(byte));
        String::from_utf8(words).expect("ASCII")
    };
    assert_eq!(read(structures.len() as u32), " port=81");
    assert_eq!(read(structures.len() as u32 - 2), "", "the string has no end");
    for length in 0..structures.len() as u32 - 2 {
        assert_eq!(read(length), "");
    }
    let looks = fake::looks();
    assert_eq!((read(0), fake::looks()), (String::new(), looks), "not even looked at");
}

#[test]
fn a_table_is_where_a_processor_has_addresses_and_not_endless() {
    let mut bytes = firmware(true);
    bytes[ENTRY + 12..ENTRY + 16].fill(0xff);
    seal(&mut bytes[ENTRY..], 0..24, 5);
    fake::set(START, &bytes);
    assert_eq!(at_entry_point(START + ENTRY as u64).map(|table| table.length), Some(MAX_TABLE_BYTES));
    bytes[ENTRY + 16..ENTRY + 24].copy_from_slice(&ADDRESSES_END.to_le_bytes());
    seal(&mut bytes[ENTRY..], 0..24, 5);
    fake::set(START, &bytes);
    assert_eq!(at_entry_point(START + ENTRY as u64), None);
}

/// No table makes the kernel panic, or look around without an end.
#[test]
fn random_tables() {
    let mut random = Rng::with_seed(12);
    for case in 0..cases() / 100 {
        let mut bytes = firmware(case % 2 == 0);
        for _ in 0..random.usize(1..=6) {
            let at = random.usize(STRUCTURES..bytes.len());
            bytes[at] = random.u8(..);
        }
        let length = (bytes.len() - STRUCTURES) as u32 + random.u32(0..64);
        fake::set(START, &bytes);
        let mut count = 0;
        let table = Table { address: START + STRUCTURES as u64, length };
        let _ = table.read(&mut |_| count += 1);
        assert!(count <= length && fake::looks() < 100 * length as usize, "{count} {}", fake::looks());
    }
}
