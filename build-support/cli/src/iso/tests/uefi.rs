//! Images that boot from UEFI as well: what is where, what a reader finds, and that none of it is in any other image.

use super::{LINE, kernel, number};
use crate::{
    damage::damage,
    elf::{
        Kernel,
        fixture::{Fixture, uefi_stub},
    },
    iso::{Error, Firmware, read, write, write_for},
};

fn image() -> Vec<u8> {
    write_for(&kernel(), LINE, Firmware::BiosAndUefi).unwrap()
}

/// Where the partition begins, the file in it, and the kernel in that.
const PARTITION: usize = 22 * 2048;
const FILE: usize = PARTITION + 3 * 2048;
const KERNEL: usize = FILE + 4 * 2048;

#[test]
fn nothing_of_it_is_in_an_image_that_is_not_asked_to() {
    let mut without = Fixture::new();
    without.sections.retain(|(name, ..)| *name == unikernel_vocabulary::contract::elf::BIOS_STUB_SECTION);
    let without = Kernel::parse(without.bytes()).unwrap();
    assert!(write(&without, LINE).unwrap() == write(&kernel(), LINE).unwrap());
    assert!(matches!(write_for(&without, LINE, Firmware::BiosAndUefi), Err(Error::Elf(crate::elf::Error::NoUefiStub))));
}

#[test]
fn there_is_one_kernel_in_it() {
    let (image, file) = (image(), kernel().stripped());
    assert_eq!(image.len(), (22 + 7 + 1) * 2048);
    assert_eq!(image[KERNEL..][..file.len()], file);
    let found = image.windows(file.len()).filter(|window| *window == file).count();
    assert_eq!(found, 1);
    let read = read(&image).unwrap();
    assert_eq!((read.firmware, read.kernel, read.command_line), (Firmware::BiosAndUefi, file, LINE.into()));
    // What the BIOS stub loads lies there, too.
    let plain = write(&kernel(), LINE).unwrap();
    let from = |image: &[u8]| number(&image[2048 + 64..][..4]);
    assert_eq!(from(&image) - from(&plain), KERNEL - 22 * 2048);
}

#[test]
fn partitions_do_not_overlap() {
    let image = image();
    let entry = |index: usize| {
        let entry = &image[446 + 16 * index..][..16];
        (entry[0], entry[4], number(&entry[8..12]), number(&entry[12..]))
    };
    assert_eq!(entry(0), (0x80, 0x17, 0, 88));
    assert_eq!(entry(1), (0, 0xef, 88, 32));
    assert_eq!(image[446 + 32..510], [0; 32]);
}

/// El Torito 1.0, figures 2 to 5.
#[test]
fn the_catalogue_has_a_section_for_uefi() {
    let image = image();
    let catalogue = &image[4 * 2048..][..2048];
    assert_eq!(catalogue[..64], super::image()[4 * 2048..][..64], "the BIOS' part is the same");
    assert_eq!(catalogue[64..68], [0x91, 0xef, 1, 0], "the last section, for EFI, with one entry");
    assert_eq!(catalogue[96..108], [0x88, 0, 0, 0, 0, 0, 32, 0, 22, 0, 0, 0], "32 of 512 bytes from sector 22");
    assert!(catalogue[108..].iter().all(|byte| *byte == 0));
}

#[test]
fn the_file_is_an_application_of_efis() {
    let (image, kernel) = (image(), kernel());
    let file = &image[FILE..];
    let headers = file[..512].to_vec();
    assert_eq!((&headers[..2], number(&headers[60..64])), (&b"MZ"[..], 64));
    assert_eq!(headers[64..72], *b"PE\0\0\x64\x86\x02\0");
    assert_eq!(number(&headers[88..90]), 0x20b);
    assert_eq!(number(&headers[88 + 16..][..4]), 0x1000, "entry");
    let section =
        |index: usize| -> Vec<usize> { headers[328 + 40 * index + 8..][..16].chunks(4).map(number).collect() };
    let bytes = kernel.stripped().len();
    assert_eq!(section(0), [7680, 0x1000, 7680, 512]);
    assert_eq!(section(1), [bytes, 0x3000, bytes.next_multiple_of(512), 8192]);

    assert_eq!(file[512..][..1536], uefi_stub()[..1536]);
    let header = &file[512 + 1536..][..6144];
    assert_eq!(number(&header[56..60]), 0x10_1010, "entry");
    let first: Vec<usize> = header[192..][..16].chunks(4).map(number).collect();
    let contents = 64 + 4 * 56 + (12 + 4 + 4) + (12 + 12) + kernel.declaration_bytes();
    assert_eq!(first, [contents, 0x123, 0x10_1000, 0x123]);
    assert_eq!(header[192 + 48..][..16], [0; 16]);
    assert_eq!(header[2048..][..LINE.len()], *LINE.as_bytes());
    assert!(header[2048 + LINE.len()..].iter().all(|byte| *byte == 0));
}

#[test]
fn stubs_that_are_not_known() {
    let message = |change: fn(&mut Vec<u8>)| {
        let mut fixture = Fixture::new();
        change(&mut fixture.sections[1].2);
        write_for(&Kernel::parse(fixture.bytes()).unwrap(), "", Firmware::BiosAndUefi).unwrap_err().to_string()
    };
    assert_eq!(message(|stub| stub.push(0)), "the kernel's UEFI stub is damaged: its size");
    assert_eq!(message(|stub| stub[1536] = 0), "the kernel's UEFI stub is damaged: it has no start info");
    assert!(message(|stub| stub[1536 + 62] = 4).starts_with("the kernel's UEFI stub has layout 4, this tool knows"));
}

#[test]
fn images_that_are_damaged() {
    let message = |change: fn(&mut Vec<u8>)| {
        let mut image = image();
        change(&mut image);
        read(&image).expect_err("was not refused").to_string()
    };
    let of_partition = |change| {
        let text = message(change);
        assert!(text.starts_with("the image is damaged: the EFI system partition in sector"), "{text}");
    };
    of_partition(|image| image[FILE] = 0);
    of_partition(|image| image[FILE + 512 + 1536 + 2048] = b'x');
    of_partition(|image| image[FILE + 512 + 1536 + 2048 + LINE.len()] = b'x');
    of_partition(|image| image[4 * 2048 + 96 + 8] = 23);
    of_partition(|image| image[4 * 2048 + 96 + 8] = 29);
    assert!(message(|image| image[4 * 2048 + 96 + 11] = 1).starts_with("the image is truncated: its EFI system part"));
    assert!(message(|image| image[4 * 2048 + 65] = 1).starts_with("the image is damaged: the boot catalogue"));
}

/// Whatever the bytes, the reader returns.
#[test]
fn damaged_images_do_not_panic() {
    let mut random = fastrand::Rng::with_seed(0xef);
    let original = image();
    let places = [4 * 2048 + 64, 4 * 2048 + 96, 16 * 2048 + 80, 21 * 2048 + 68, PARTITION, FILE, FILE + 3584];
    for _ in 0..crate::damage::cases() {
        let mut image = original.clone();
        let mut tail = image.split_off(places[random.usize(..places.len())]);
        damage(&mut tail, &mut random);
        image.extend(tail);
        let _ = read(&image);
    }
}
