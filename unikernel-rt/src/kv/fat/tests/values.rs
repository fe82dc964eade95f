//! The file with values: which volumes have one, and what is read of damaged ones.

extern crate std;

use super::damage::damage;
use super::volumes::{Kind, with_file};
use super::{Memory, mount, now};
use crate::kv::error::Error;
use crate::kv::values::read_values;
use crate::test_cases::cases;
use fastrand::Rng;
use hadris_fat_raw::RootLocation;
use std::string::String;
use std::vec::Vec;

const MOST: usize = 4096;

/// The values on a disk, if it has any, of at most so many bytes.
pub(in crate::kv) fn values_up_to(most: usize, disk: Memory) -> Result<Option<String>, Error> {
    let mut bytes = Vec::new();
    let is_there = now(read_values(disk, most, |byte| bytes.push(byte)))?;
    assert!(bytes.len() <= most && (is_there || bytes.is_empty()));
    Ok(is_there.then(|| String::from_utf8_lossy(&bytes).into_owned()))
}

fn values(disk: Memory) -> Result<Option<String>, Error> {
    values_up_to(MOST, disk)
}

fn values_of(bytes: Vec<u8>) -> Option<String> {
    values(Memory::new(bytes)).expect("a sane volume")
}

#[test]
fn a_volume_is_known_by_its_label_and_its_file() {
    for kind in Kind::ALL {
        for label in ["CIDATA", "cidata", "config-2", "CONFIG-2", "UNIKERNEL"] {
            let found = values_of(with_file(kind, label, "unikernel.txt", b"port=81\n"));
            assert_eq!(found.as_deref(), Some("port=81\n"), "{kind:?} {label}");
        }
        for (label, file) in [("CIDATA2", "unikernel.txt"), ("DATA", "unikernel.txt"), ("CIDATA", "unikernel.tx")] {
            assert_eq!(values_of(with_file(kind, label, file, b"port=81\n")), None, "{kind:?} {label} {file}");
        }
        let found = values_of(with_file(kind, "CIDATA", "UNIKERNEL.TXT", b""));
        assert_eq!(found.as_deref(), Some(""), "{kind:?}");
    }
    assert_eq!(values_of(Vec::new()), None);
    assert_eq!(values_of(std::vec![0; 4096]), None);
}

#[test]
fn user_data_counts_where_it_says_that_it_is_ours() {
    for kind in Kind::ALL {
        let found = |content: &[u8]| values_of(with_file(kind, "CIDATA", "user-data", content));
        assert_eq!(found(b"#unikernel\nport=81").as_deref(), Some("          \nport=81"), "{kind:?}");
        for other in [&b"#cloud-config\n"[..], b"port=81", b"#unikerne", b""] {
            assert_eq!(found(other), None, "{kind:?}");
        }
    }
}

#[test]
fn the_label_of_the_root_comes_before_that_of_the_boot_sector() {
    for kind in Kind::ALL {
        let mut bytes = with_file(kind, "CIDATA", "unikernel.txt", b"port=81");
        let volume = mount(bytes.clone()).expect("a sane volume");
        let root = match volume.geometry.root() {
            RootLocation::Fixed { start, .. } => start,
            RootLocation::Cluster(cluster) => volume.cluster_at(cluster).expect("a sane root"),
        };
        let label = &mut bytes[root as usize..][..11];
        assert_eq!(label, b"CIDATA     ", "the first entry");
        label.copy_from_slice(b"OTHER      ");
        assert_eq!(values_of(bytes.clone()), None, "{kind:?}");
        bytes[root as usize] = 0xe5; // the entry is free
        assert_eq!(values_of(bytes).as_deref(), Some("port=81"), "{kind:?}");
    }
}

#[test]
fn lines_that_begin_with_a_number_sign_are_comments() {
    for (content, expected) in [
        ("# a=1\nb=2\n", "     \nb=2\n"),
        ("a=1 # b\n  # c=\"\r\n#\n##d\ne=#\n", "a=1 # b\n        \n \n   \ne=#\n"),
        ("#a=1", "    "),
    ] {
        let found = values_of(with_file(Kind::Fat12, "CIDATA", "unikernel.txt", content.as_bytes()));
        assert_eq!(found.as_deref(), Some(expected));
    }
}

#[test]
fn a_long_file_is_read_as_far_as_there_is_room() {
    for length in [511, 512, 513, MOST - 1, MOST, MOST + 1, 100_000] {
        let content = std::vec![b'x'; length];
        let found = values_of(with_file(Kind::Fat12, "CIDATA", "unikernel.txt", &content)).expect("is there");
        assert_eq!(found.len(), length.min(MOST));
    }
}

#[test]
fn damaged_volumes_have_values_or_an_error_or_none() {
    let content = b"# of one instance\nport=81 name=\"J. Doe\"\n".repeat(60);
    let (mut whole, mut none, mut corrupt) = (0, 0, 0);
    for kind in Kind::ALL {
        let bytes: &'static [u8] = with_file(kind, "CIDATA", "unikernel.txt", &content).leak();
        let data_start = mount(bytes).expect("a sane volume").geometry.data_start() as usize;
        for case in 0..cases() / 100 {
            let mut random = Rng::with_seed(case as u64);
            let mut disk = Memory::new(bytes);
            damage(&mut disk, data_start, &mut random);
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
fn a_disk_that_fails_is_an_error_once_the_label_is_known() {
    let bytes = with_file(Kind::Fat12, "CIDATA", "unikernel.txt", b"port=81");
    let outcomes: Vec<_> =
        (0..10).map(|fails_from| values(Memory { fails_from, ..Memory::new(bytes.clone()) })).collect();
    assert_eq!(outcomes.first(), Some(&Ok(None)));
    assert!(outcomes.contains(&Err(Error::Io)), "{outcomes:?}");
    assert_eq!(outcomes.last(), Some(&Ok(Some("port=81".into()))));
}
