//! Volumes made by `genisoimage` and `xorriso`: which have values, and what is read of damaged ones.

extern crate std;

use super::{BLOCK_BYTES, FLAGS, LABEL, NAME, NAME_BYTES, SIZE, is_named, is_short_for};
use crate::kv::error::Error;
use crate::kv::fat::tests::Memory;
use crate::kv::fat::tests::values::values_up_to;
use crate::kv::fat::tests::volumes::{Folder, path, run};
use crate::test_cases::cases;
use fastrand::Rng;
use std::fs;
use std::string::String;
use std::vec::Vec;

/// No multiple of a block.
const MOST: usize = 4000;
const WORDS: &[u8] = b"# of one instance\nport=81 name=\"J. Doe\"\n";
const READ: &str = "                 \nport=81 name=\"J. Doe\"\n";

/// Ways to write a volume: what cloud-localds, Proxmox and OpenStack say, and others.
const WAYS: [&[&str]; 9] = [
    &["genisoimage", "-joliet", "-rock"],
    &["genisoimage", "-R", "-iso-level", "3"],
    &["genisoimage", "-ldots", "-allow-lowercase", "-allow-multidot", "-l", "-J", "-r"],
    &["genisoimage", "-J"],
    &["genisoimage"],
    &["genisoimage", "-l"],
    &["genisoimage", "-iso-level", "4"],
    &["xorriso", "-as", "mkisofs"],
    &["xorriso", "-as", "mkisofs", "-J"],
];

/// A volume with a label and these files in its root.
fn volume(way: &[&str], label: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let folder = Folder::new();
    let (image, root) = (folder.0.join("volume"), folder.0.join("root"));
    fs::create_dir(&root).expect("writable");
    for (name, content) in files {
        let file = root.join(name);
        fs::create_dir_all(file.parent().expect("is below a folder")).expect("writable");
        fs::write(file, content).expect("writable");
    }
    let [program, options @ ..] = way else { panic!("a way has a program") };
    run(program, program, options, &["-quiet", "-V", label, "-o", path(&image), path(&root)]);
    fs::read(&image).expect("was made")
}

fn values(disk: Memory) -> Result<Option<String>, Error> {
    values_up_to(MOST, disk)
}

fn values_of(bytes: Vec<u8>) -> Option<String> {
    values(Memory::new(bytes)).expect("a sane volume")
}

#[test]
fn a_volume_is_known_by_its_label_and_its_file_however_it_was_made() {
    for way in WAYS {
        let others: [(&str, &[u8]); 3] =
            [("meta-data", b"x"), ("user-data", b"#cloud-config"), ("unikernel.txt", WORDS)];
        assert_eq!(values_of(volume(way, "cidata", &others)).as_deref(), Some(READ), "{way:?}");
        let below: [(&str, &[u8]); 1] = [("a/unikernel.txt", WORDS)];
        assert_eq!(values_of(volume(way, "cidata", &below)), None, "{way:?}");
    }
    for label in ["CIDATA", "config-2", "UNIKERNEL"] {
        assert_eq!(values_of(volume(WAYS[0], label, &[("unikernel.txt", WORDS)])).as_deref(), Some(READ), "{label}");
    }
    for (label, file) in [("CIDATA2", "unikernel.txt"), ("DATA", "unikernel.txt"), ("CIDATA", "unikernel.tx")] {
        assert_eq!(values_of(volume(WAYS[0], label, &[(file, WORDS)])), None, "{label} {file}");
    }
    assert_eq!(values_of(volume(WAYS[0], "CIDATA", &[("unikernel.txt", b"")])).as_deref(), Some(""));
}

#[test]
fn user_data_counts_where_it_says_that_it_is_ours() {
    const OURS: &[u8] = b"#unikernel\nport=81";
    const READ: &str = "          \nport=81";
    for (name, ways) in [("user-data", &[0, 1, 2, 3, 7][..]), ("openstack/latest/user_data", &[0, 1, 2, 3, 7])] {
        for way in ways.iter().map(|way| WAYS[*way]) {
            assert_eq!(values_of(volume(way, "config-2", &[(name, OURS)])).as_deref(), Some(READ), "{name} {way:?}");
            for other in [&b"#cloud-config\n"[..], b"port=81", b"#unikerne", b""] {
                assert_eq!(values_of(volume(way, "config-2", &[(name, other)])), None, "{name} {way:?}");
            }
        }
        let both: [(&str, &[u8]); 2] = [(name, OURS), ("unikernel.txt", b"port=82")];
        assert_eq!(values_of(volume(WAYS[0], "config-2", &both)).as_deref(), Some("port=82"), "{name}");
    }
    let folder: [(&str, &[u8]); 1] = [("user-data/latest/user_data", OURS)];
    assert_eq!(values_of(volume(WAYS[0], "config-2", &folder)), None, "a folder is no file");
    let file: [(&str, &[u8]); 1] = [("openstack/latest", OURS)];
    assert_eq!(values_of(volume(WAYS[0], "config-2", &file)), None, "a file is no folder");
}

#[test]
fn long_names_tell_files_apart_whose_short_ones_are_alike() {
    for way in [WAYS[0], WAYS[1], WAYS[3], WAYS[7]] {
        let both: [(&str, &[u8]); 2] = [("unikernel.txt2", b"no=1"), ("unikernel.txt", b"port=81")];
        assert_eq!(values_of(volume(way, "CIDATA", &both)).as_deref(), Some("port=81"), "{way:?}");
        assert_eq!(values_of(volume(way, "CIDATA", &both[..1])), None, "{way:?}");
    }
}

#[test]
fn a_file_among_hundreds_is_found_and_a_long_one_read_as_far_as_there_is_room() {
    let mut files: Vec<(String, &[u8])> = Vec::new();
    files.extend((0..300).map(|index| (std::format!("a file with a longer name, number {index}"), &b"x"[..])));
    let content = std::vec![b'x'; 100_000];
    for length in [2047, 2048, 2049, MOST - 1, MOST, MOST + 1, 100_000] {
        let mut files: Vec<(&str, &[u8])> = files.iter().map(|(name, content)| (name.as_str(), *content)).collect();
        files.push(("unikernel.txt", &content[..length]));
        let found = values_of(volume(WAYS[length % 2], "CIDATA", &files)).expect("is there");
        assert_eq!(found.len(), length.min(MOST));
    }
}

#[test]
fn other_descriptors_make_no_volume() {
    let bytes = volume(WAYS[1], "CIDATA", &[("unikernel.txt", WORDS)]);
    let primary = 16 * BLOCK_BYTES;
    for (at, byte) in [(0, 2), (0, 255), (1, b'X'), (6, 2), (128, 1), (129, 2), (LABEL, b'X')] {
        let mut disk = Memory::new(bytes.clone());
        *disk.byte(primary + at) = byte;
        assert_eq!(values(disk), Ok(None), "{byte} at {at}");
    }
    for length in [0, 512, primary, primary + BLOCK_BYTES - 512] {
        assert_eq!(values_of(bytes[..length].to_vec()), None, "{length} bytes");
    }
}

#[test]
fn a_second_tree_counts_where_it_is_that_of_joliet() {
    let bytes = volume(WAYS[0], "CIDATA", &[("unikernel.txt", WORDS)]);
    let second = 17 * BLOCK_BYTES;
    assert_eq!((bytes[second], &bytes[second + 88..][..3]), (2, &b"%/E"[..]));
    for (byte, expected) in
        [(b'E', Err(Error::Corrupt("the volume is larger than the device"))), (b'F', Ok(Some(READ.into())))]
    {
        let mut disk = Memory::new(bytes.clone());
        *disk.byte(second + 156 + 5) = 0xff; // where its root is
        *disk.byte(second + 90) = byte;
        assert_eq!(values(disk), expected);
    }
}

/// Where the record of the file is.
fn record_of(bytes: &[u8]) -> usize {
    let name = bytes.windows(15).position(|window| window == b"UNIKERNEL.TXT;1").expect("the file has a record");
    name - NAME
}

#[test]
fn a_place_beyond_the_device_is_an_error() {
    let bytes = volume(WAYS[1], "CIDATA", &[("unikernel.txt", &[b'x'; 3000])]);
    let record = record_of(&bytes);
    let larger = Err(Error::Corrupt("the volume is larger than the device"));
    for at in [record + 5, 16 * BLOCK_BYTES + 156 + 5] {
        let mut disk = Memory::new(bytes.clone());
        *disk.byte(at) = 0xff; // the highest byte of the number of a block
        assert_eq!(values(disk), larger, "{at}");
    }
    let long = Err(Error::Corrupt("a record of a folder is longer than its block"));
    let mut disk = Memory::new(bytes.clone());
    *disk.byte(16 * BLOCK_BYTES + 156 + SIZE) = 40; // of the folder, so that it ends within its first record
    *disk.byte(16 * BLOCK_BYTES + 156 + SIZE + 1) = 0;
    assert_eq!(values(disk), long);
}

/// A record with this name, and what Rock Ridge has.
fn record(flags: u8, name: &[u8], rest: &[u8]) -> Vec<u8> {
    let mut record = std::vec![0; NAME];
    (record[FLAGS], record[NAME_BYTES]) = (flags, name.len() as u8);
    record.extend(name);
    record.extend(std::vec![0; (name.len() + 1) % 2]);
    record.extend(rest);
    record
}

#[test]
fn a_record_is_of_a_file_by_its_longest_name() {
    let is = |flags: u8, name: &[u8], rest: &[u8]| is_named(&record(flags, name, rest), "unikernel.txt", 0, false);
    for name in ["UNIKERNEL.TXT;1", "unikernel.txt", "UNIKERNE.TXT;12", "Unikerne.txt"] {
        assert!(is(0, name.as_bytes(), b"") && is(1, name.as_bytes(), b"RR\x05\x01\x89"), "{name}");
        assert!(!is(2, name.as_bytes(), b"") && !is(4, name.as_bytes(), b""), "{name} is no file");
        assert!(!is(0, name.as_bytes(), b"RR\x05\x01\x89NM\x06\x01\0x"), "{name} is another's");
    }
    for name in ["UNIKERN.TXT;1", "UNIKERNEL.TX", "UNIKERNEL", "", ";1", "UNIKERNEL.TXT.;1", "UNIKERNE.TX"] {
        assert!(!is(0, name.as_bytes(), b""), "{name}");
    }
    assert!(is(0, b"A", b"NM\x12\x01\0unikernel.txt"));
    assert!(is(0, b"AB", b"PX\x04\x01NM\x12\x01\0UniKernel.txt"));
    // Entries that contradict themselves are none.
    for rest in [
        &b"NM\x13\x01\0unikernel.txt"[..],
        b"PX\x03\x01NM\x12\x01\0unikernel.txt",
        b"PX\0\x01NM\x12\x01\0unikernel.txt",
    ] {
        assert!(!is(0, b"A", rest), "{rest:?}");
    }
    assert!(!is(0, b"A", b"NM\x04\x01"), "it has no name");
    let units: Vec<u8> = "Unikernel.txt;1".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert!(is_named(&record(0, &units, b""), "unikernel.txt", 0, true));
    assert!(!is_named(&record(0, b"UNIKERNEL.TXT", b""), "unikernel.txt", 0, true));
    let mut short = record(0, b"UNIKERNEL.TXT", b"");
    short.truncate(40);
    assert!(!is_named(&short, "unikernel.txt", 0, false) && !is_named(&short[..20], "unikernel.txt", 0, false));
    assert!(is_short_for(b"A.B", "a.b") && !is_short_for(b"A", "a"));
}

#[test]
fn damaged_volumes_have_values_or_an_error_or_none() {
    let content = WORDS.repeat(60);
    let (mut whole, mut none, mut corrupt) = (0, 0, 0);
    for way in [WAYS[0], WAYS[1], WAYS[4]] {
        let bytes: &'static [u8] = volume(way, "CIDATA", &[("a", b"x"), ("unikernel.txt", &content)]).leak();
        for case in 0..cases() / 100 {
            let mut random = Rng::with_seed(case as u64);
            let mut disk = Memory::new(bytes);
            for _ in 0..random.usize(1..=12) {
                // Descriptors, which begin with what matters, and folders behind the tables of paths.
                let at = match random.usize(..3) {
                    0 => (16 + random.usize(..3)) * BLOCK_BYTES + random.usize(..200),
                    1 => random.usize(16 * BLOCK_BYTES..36 * BLOCK_BYTES),
                    _ => (18 + random.usize(..18)) * BLOCK_BYTES + random.usize(..400),
                };
                *disk.byte(at) = if random.bool() { random.u8(..) } else { random.u8(..40) };
            }
            match values(disk) {
                Ok(Some(_)) => whole += 1,
                Ok(None) => none += 1,
                Err(Error::Corrupt(_)) => corrupt += 1,
                Err(error) => panic!("{error:?} on a disk that works"),
            }
        }
    }
    assert!(whole > 0 && none > 0 && corrupt > 0, "the damage is of little use: {whole}, {none}, {corrupt}");
}

#[test]
fn random_bytes_are_no_volume_or_an_error() {
    for case in 0..cases() / 100 {
        let mut random = Rng::with_seed(case as u64);
        let mut bytes = std::vec![0; 24 * BLOCK_BYTES];
        random.fill(&mut bytes[16 * BLOCK_BYTES..]);
        for number in 16..18 + case % 4 {
            let descriptor = &mut bytes[number * BLOCK_BYTES..];
            descriptor[..7].copy_from_slice(b"\x01CD001\x01");
            descriptor[0] += u8::from(number > 16);
            descriptor[LABEL..LABEL + 32].copy_from_slice(&[&b"CIDATA"[..], &[b' '; 26]].concat());
            descriptor[128..130].copy_from_slice(&[0, 8]);
            descriptor[88..91].copy_from_slice(b"%/@");
            descriptor[156 + 2..156 + 6].copy_from_slice(&[18 + random.u8(..8), 0, 0, 0]);
        }
        let _ = values(Memory::new(bytes));
    }
}

#[test]
fn a_disk_that_fails_is_an_error_once_the_label_is_known() {
    let bytes = volume(WAYS[1], "CIDATA", &[("unikernel.txt", b"port=81")]);
    let outcome = |fails_from| {
        let mut disk = Memory::new(bytes.clone());
        disk.fails_from = fails_from;
        values(disk)
    };
    let outcomes: Vec<_> = (0..10).map(outcome).collect();
    assert_eq!(outcomes.first(), Some(&Ok(None)));
    assert!(outcomes.contains(&Err(Error::Io)), "{outcomes:?}");
    assert_eq!(outcomes.last(), Some(&Ok(Some("port=81".into()))));
}
