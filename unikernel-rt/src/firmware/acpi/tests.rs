//! Tables as firmware has them, and damaged ones.

extern crate std;

use super::{Table, checksum, differentiated_description, find, root_pointer, table_named};
use crate::arch::window::fake;
use crate::firmware::vm_generation::Place;
use crate::test_cases::cases;
use fastrand::Rng;
use std::vec;
use std::vec::Vec;

const START: u64 = 0x7fe_0000;
const RSDP: usize = 0;
const ROOT: usize = 64;
const FIRST: usize = 128;
const SECOND: usize = 256;

/// Sets the byte at `place` so that those of the range sum up to 0.
fn seal(bytes: &mut [u8], range: core::ops::Range<usize>, place: usize) {
    bytes[place] = 0;
    bytes[place] = bytes[range].iter().fold(0_u8, |sum, byte| sum.wrapping_sub(*byte));
}

fn put_table(bytes: &mut [u8], at: usize, signature: &[u8; 4], rest: &[u8]) {
    let length = 36 + rest.len();
    bytes[at..at + 4].copy_from_slice(signature);
    bytes[at + 4..at + 8].copy_from_slice(&(length as u32).to_le_bytes());
    bytes[at + 36..at + length].copy_from_slice(rest);
    seal(bytes, at..at + length, at + 9);
}

/// A root pointer, a root table with 32 or 64-bit entries, and two tables.
fn firmware(wide: bool) -> Vec<u8> {
    let mut bytes = vec![0; 384];
    let entries: Vec<u8> = [FIRST, SECOND]
        .iter()
        .flat_map(|at| (START + *at as u64).to_le_bytes().into_iter().take(if wide { 8 } else { 4 }))
        .collect();
    bytes[RSDP..RSDP + 8].copy_from_slice(b"RSD PTR ");
    bytes[RSDP + 15] = if wide { 2 } else { 0 };
    let root = START + ROOT as u64;
    bytes[RSDP + 16..RSDP + 20].copy_from_slice(&(root as u32).to_le_bytes());
    bytes[RSDP + 24..RSDP + 32].copy_from_slice(&root.to_le_bytes());
    seal(&mut bytes, RSDP..RSDP + 20, RSDP + 8);
    put_table(&mut bytes, ROOT, if wide { b"XSDT" } else { b"RSDT" }, &entries);
    put_table(&mut bytes, FIRST, b"APIC", &[1; 40]);
    put_table(&mut bytes, SECOND, b"FACP", &[2; 60]);
    bytes
}

fn look_up(signature: &[u8; 4]) -> Option<Table> {
    find(root_pointer(START)?, signature, |_| true)
}

#[test]
fn a_table_is_found_by_either_root() {
    for wide in [false, true] {
        fake::set(START, &firmware(wide));
        let table = look_up(b"FACP").expect("it is there");
        assert_eq!((table.read::<u8>(36), table.read::<u32>(92)), (Some(2), Some(0x0202_0202)));
        assert_eq!((table.read::<u8>(96), table.read::<u32>(93)), (None, None), "beyond its end");
        assert_eq!(look_up(b"HPET"), None);
    }
}

#[test]
fn a_root_pointer_that_nobody_has_told_is_looked_for_in_the_bios() {
    let mut bios = vec![0; 0x2_0000];
    let mut bytes = firmware(false);
    bytes.truncate(36);
    bios[0xf5a0..0xf5a0 + 36].copy_from_slice(&bytes);
    fake::set(0xe_0000, &bios);
    assert_eq!(root_pointer(0), Some(0xe_f5a0));
    bios[0xf5a0 + 9] ^= 1;
    fake::set(0xe_0000, &bios);
    assert_eq!(root_pointer(0), None, "its checksum is wrong");
}

#[test]
fn a_wrong_checksum_a_wrong_length_and_an_address_that_cannot_be_are_no_table() {
    for (place, byte) in
        [(SECOND + 40, 3), (SECOND + 4, 35), (SECOND + 6, 0xff), (ROOT + 36 + 8 + 7, 0xff), (ROOT + 9, 0)]
    {
        let mut bytes = firmware(true);
        bytes[place] = byte;
        if place > ROOT + 36 && place < FIRST {
            seal(&mut bytes, ROOT..ROOT + 52, ROOT + 9);
        }
        fake::set(START, &bytes);
        assert_eq!(look_up(b"FACP"), None, "byte {place}");
    }
    fake::set(START, &firmware(true));
    assert_eq!(root_pointer(u64::MAX - 3), None);
    for wrong in [u64::MAX - 3, 1 << 52] {
        let mut bytes = firmware(true);
        bytes[RSDP + 24..RSDP + 32].copy_from_slice(&wrong.to_le_bytes());
        fake::set(START, &bytes);
        assert_eq!(look_up(b"FACP"), None, "a root table at {wrong:#x}");
    }
}

/// Firmware with QEMU's table of the VM Generation ID, which is at its end: this name of the table, and this AML.
fn with_generation(name: &[u8], aml: &[u8]) -> Vec<u8> {
    let mut bytes = firmware(true);
    put_table(&mut bytes, FIRST, b"SSDT", &[5; 20]); // another one
    put_table(&mut bytes, SECOND, b"SSDT", aml);
    bytes[SECOND + 16..SECOND + 16 + name.len()].copy_from_slice(name);
    seal(&mut bytes, SECOND..SECOND + 36 + aml.len(), SECOND + 9);
    bytes.extend(1..=16);
    bytes
}

#[test]
fn the_generation_of_a_machine_is_where_qemus_table_says() {
    let aml = |page: u32| [&b"\x10\x08VGIA\x08VGIA\x0c"[..], &page.to_le_bytes(), b"\x10\x05"].concat();
    let id = |bytes: &[u8]| {
        fake::set(START, bytes);
        Some(Place::of_qemu(table_named(START, b"SSDT", b"VMGENID")?)?.read())
    };
    let page = (START as u32) + 384 - 40;
    let expected = [0x0807_0605_0403_0201, 0x100f_0e0d_0c0b_0a09];
    for name in [&b"VMGENID"[..], b"VMGENID ", b"VMGENID\0"] {
        assert_eq!(id(&with_generation(name, &aml(page))), Some(expected), "{name:?}");
    }
    assert_eq!(id(&with_generation(b"VMGENIX ", &aml(page))), None, "another table");
    assert_eq!(id(&with_generation(b"VMGENID ", &aml(0))), None, "firmware has not filled it in");
    assert_eq!(id(&with_generation(b"VMGENID ", &aml(page)[..13])), None, "it ends within the address");
    assert_eq!(id(&with_generation(b"VMGENID ", b"\x08VGIB\x0c\0\0\0\x01")), None, "another name");
}

/// Firmware as Firecracker has it: its DSDT is behind everything else, and the ID behind that.
fn with_description(signature: &[u8; 4], address: u64, aml: &[u8]) -> Vec<u8> {
    let mut bytes = firmware(true);
    // Of 64-bit tables, the FADT has 244 bytes and more.
    let mut fadt = vec![0; 244 - 36];
    fadt[140 - 36..148 - 36].copy_from_slice(&address.to_le_bytes());
    bytes.resize(1024, 0);
    put_table(&mut bytes, SECOND, b"FACP", &fadt);
    put_table(&mut bytes, DESCRIPTION, signature, aml);
    bytes[GENERATION..GENERATION + 16].copy_from_slice(&core::array::from_fn::<u8, 16, _>(|byte| byte as u8 + 1));
    bytes
}

const DESCRIPTION: usize = 512;
const GENERATION: usize = 1008;

#[test]
fn the_generation_of_a_machine_is_where_firecrackers_device_says() {
    // Another device with such a name before it; then its names, and a package of two integers.
    let aml = |identity: &[u8], low: u32, rest: &[u8]| {
        let before = &b"\x08ADDR\x12\x08\x02\x0c\x01\0\0\x01\0\x5b\x82\x3dVGEN\x08_HID\x0d"[..];
        let names = b"\x08_CID\x0dVM_Gen_Counter\0\x08ADDR\x12\x08\x02\x0c";
        [before, identity, names, &low.to_le_bytes(), rest].concat()
    };
    let id = |bytes: &[u8]| {
        fake::set(START, bytes);
        Some(Place::of_firecracker(differentiated_description(START)?)?.read())
    };
    let (at, place) = (START + DESCRIPTION as u64, START as u32 + GENERATION as u32);
    let right = aml(b"FCVMGID\0", place, &[0, 1]);
    assert_eq!(id(&with_description(b"DSDT", at, &right)), Some([0x0807_0605_0403_0201, 0x100f_0e0d_0c0b_0a09]));
    assert_eq!(id(&with_description(b"SSDT", at, &right)), None, "another table");
    for wrong in [0, 1 << 52, u64::MAX - 2] {
        assert_eq!(id(&with_description(b"DSDT", wrong, &right)), None, "it is at {wrong:#x}");
    }
    for (wrong, why) in [
        (aml(b"FCVMGIX\0", place, &[0, 1]), "another device"),
        (aml(b"FCVMGID\0", 0, &[0, 1]), "no address"),
        (aml(b"FCVMGID\0", place, &[1, 1]), "an address beyond 4 GiB, which it never has"),
        (aml(b"FCVMGID\0", place, &[]), "the table ends within the address"),
    ] {
        assert_eq!(id(&with_description(b"DSDT", at, &wrong)), None, "{why}");
    }
    let mut other = right;
    let prefix = other.len() - 7;
    other[prefix] = 0x0b;
    assert_eq!(id(&with_description(b"DSDT", at, &other)), None, "an integer of 16 bits");
}

/// Whatever the firmware says, the search ends, and a table's bytes sum up to 0.
#[test]
fn damaged_tables_never_panic() {
    let mut random = Rng::with_seed(6);
    let mut found = 0;
    let sane = [firmware(false), firmware(true)];
    for case in 0..cases() {
        let mut bytes = sane[case % 2].clone();
        for _ in 0..random.usize(1..6) {
            let place = random.usize(..bytes.len());
            bytes[place] = [0, 0xff, bytes[place] ^ (1 << random.u8(..8)), random.u8(..)][random.usize(..4)];
        }
        // Most are believed, so that the damage is looked at.
        if random.u8(..8) != 0 {
            seal(&mut bytes, RSDP..RSDP + 20, RSDP + 8);
            let end = ROOT + usize::from(bytes[ROOT + 4]).clamp(36, 200);
            seal(&mut bytes, ROOT..end, ROOT + 9);
        }
        fake::set(START, &bytes);
        if let Some(table) = look_up(b"FACP") {
            found += 1;
            assert_eq!(checksum(table.address, table.length), 0);
            assert_eq!(table.read::<u8>(table.length.into()), None);
        }
        // Two root tables of 64 KiB with an address each, and one table.
        assert!(fake::looks() < 400_000, "{} looks", fake::looks());
    }
    assert!(found > cases() / 10, "only {found} tables");
}
