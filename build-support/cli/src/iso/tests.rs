//! The image byte by byte against ECMA-119, El Torito and the MBR; what cannot be written; and damaged images.

mod uefi;

use unikernel_vocabulary::command_line;

use super::{Error, Firmware, Iso, Plan, read, write, write_for};
use crate::{
    damage::damage,
    elf::{
        Kernel,
        fixture::{Fixture, Part, stub},
    },
};

const LINE: &str = "port=80 greeting=\"grüß \\\"Gott\\\"\"";

fn kernel() -> Kernel {
    Kernel::parse(Fixture::new().bytes()).unwrap()
}

fn image() -> Vec<u8> {
    write(&kernel(), LINE).unwrap()
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

#[test]
fn has_22_sectors_and_the_kernel() {
    let kernel = kernel();
    let image = write(&kernel, "").unwrap();
    let file = kernel.stripped();
    assert!(file.len() <= 2048);
    assert_eq!(image.len(), (22 + 1) * 2048);
    assert_eq!(image[22 * 2048..][..file.len()], file);
    assert!(image[22 * 2048 + file.len()..].iter().all(|byte| *byte == 0));
    assert_eq!(write(&kernel, "").unwrap(), image, "equal input gives equal bytes");
}

#[test]
fn boot_sector() {
    let image = image();
    let stub = stub();
    assert_eq!(image[..440], stub[..440]);
    assert_eq!(image[440..446], [0; 6], "disk signature");
    let sectors = (image.len() / 512) as u32;
    assert_eq!(sectors, 92);
    // Active, from cylinder 0, head 0, sector 1, type 0x17, to cylinder 0, head 1, sector 29; 92 sectors from 0.
    let first = [0x80, 0, 1, 0, 0x17, 1, 29, 0, 0, 0, 0, 0, 92, 0, 0, 0];
    assert_eq!(image[446..462], first);
    assert_eq!(image[462..510], [0; 48], "no other partition");
    assert_eq!(image[510..512], [0x55, 0xaa]);
    assert_eq!(image[512..2048], stub[512..2048]);
}

#[test]
fn header_of_the_stub() {
    let image = image();
    let header = &image[2048..4096];
    assert_eq!(header[..52], stub()[2048..2100], "the start info is the stub's own");
    assert_ne!(number(&header[52..56]), 0, "identity");
    assert_eq!(number(&header[56..60]), 0x10_1010, "entry");
    assert_eq!(number(&header[60..62]), 8, "selector");
    assert_eq!(number(&header[62..64]), 3, "layout");
    let contents = 22 * 2048 + 64 + 4 * 56 + (12 + 4 + 4) + (12 + 12) + kernel().declaration_bytes();
    let entry = |index: usize| -> Vec<usize> { header[64 + 16 * index..][..16].chunks(4).map(number).collect() };
    assert_eq!(entry(0), [contents, 0x123, 0x10_1000, 0x123]);
    assert_eq!(entry(1), [contents + 0x123, 9, 0x10_2000, 9]);
    assert_eq!(entry(2), [contents + 0x123 + 9, 11, 0x10_3000, 0x3000]);
    assert!(header[64 + 48..].iter().all(|byte| *byte == 0));
    assert_eq!(image[4096..4096 + LINE.len()], *LINE.as_bytes());
    assert!(image[4096 + LINE.len()..8192].iter().all(|byte| *byte == 0));
    assert!(image[8192 + 64..16 * 2048].iter().all(|byte| *byte == 0), "the rest of the system area");
}

/// El Torito 1.0, figures 2 and 3.
#[test]
fn boot_catalogue() {
    let image = image();
    let catalogue = &image[4 * 2048..][..2048];
    assert_eq!(catalogue[..4], [1, 0, 0, 0], "header, 80x86");
    assert_eq!(catalogue[4..28], *b"unikernel\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    let sum: usize = catalogue[..32].chunks(2).map(number).sum();
    assert_eq!(sum & 0xffff, 0);
    assert_eq!(catalogue[30..32], [0x55, 0xaa]);
    assert_eq!(catalogue[32..44], [0x88, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0], "no emulation, 4 sectors from sector 0");
    assert!(catalogue[44..].iter().all(|byte| *byte == 0), "no further entry");
}

/// ECMA-119, 8.4, by the positions of its table, which count from 1.
#[test]
fn primary_volume_descriptor() {
    let image = image();
    let sector = &image[16 * 2048..][..2048];
    let field = |first: usize, last: usize| &sector[first - 1..last];
    let spaces = |first: usize, last: usize| assert_eq!(field(first, last), vec![b' '; last + 1 - first]);
    assert_eq!(field(1, 8), *b"\x01CD001\x01\0");
    spaces(9, 40);
    assert_eq!(field(41, 72), *b"WEB_SERVER                      ");
    assert_eq!(field(73, 80), [0; 8]);
    assert_eq!(field(81, 88), [23, 0, 0, 0, 0, 0, 0, 23], "size of the volume");
    assert_eq!(field(89, 120), [0; 32]);
    assert_eq!(field(121, 128), [1, 0, 0, 1, 1, 0, 0, 1], "one volume");
    assert_eq!(field(129, 132), [0, 8, 8, 0], "size of a block");
    assert_eq!(field(133, 140), [10, 0, 0, 0, 0, 0, 0, 10], "size of the path table");
    assert_eq!(field(141, 148), [19, 0, 0, 0, 0, 0, 0, 0], "path table, little-endian");
    assert_eq!(field(149, 156), [0, 0, 0, 20, 0, 0, 0, 0], "path table, big-endian");
    assert_eq!(field(157, 190), &image[21 * 2048..][..34], "root directory");
    spaces(191, 574);
    assert_eq!(field(575, 583), *b"UNIKERNEL");
    spaces(584, 813);
    for date in [814, 831, 848, 865] {
        assert_eq!(field(date, date + 16), *b"0000000000000000\0");
    }
    assert_eq!(field(882, 883), [1, 0]);
    assert!(sector[883..].iter().all(|byte| *byte == 0));
}

/// ECMA-119, 8.2 and 8.3; El Torito 1.0, figure 7.
#[test]
fn other_volume_descriptors() {
    let image = image();
    let boot = &image[17 * 2048..][..2048];
    assert_eq!(boot[..7], *b"\0CD001\x01");
    assert_eq!(boot[7..39], *b"EL TORITO SPECIFICATION\0\0\0\0\0\0\0\0\0");
    assert_eq!(boot[39..71], [0; 32]);
    assert_eq!(boot[71..75], [4, 0, 0, 0]);
    assert!(boot[75..].iter().all(|byte| *byte == 0));
    let terminator = &image[18 * 2048..][..2048];
    assert_eq!(terminator[..7], *b"\xffCD001\x01");
    assert!(terminator[7..].iter().all(|byte| *byte == 0));
}

/// ECMA-119, 9.4.
#[test]
fn path_tables() {
    let image = image();
    assert_eq!(image[19 * 2048..][..12], [1, 0, 21, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
    assert_eq!(image[20 * 2048..][..12], [1, 0, 0, 0, 0, 21, 0, 1, 0, 0, 0, 0]);
}

/// ECMA-119, 9.1.
#[test]
fn root_directory() {
    let image = image();
    let size = kernel().stripped().len();
    let directory = &image[21 * 2048..][..2048];
    let mut own = vec![34, 0, 21, 0, 0, 0, 0, 0, 0, 21, 0, 8, 0, 0, 0, 0, 8, 0];
    own.extend([80, 1, 1, 0, 0, 0, 0, 2, 0, 0, 1, 0, 0, 1, 1, 0]);
    assert_eq!(directory[..34], own);
    own[33] = 1;
    assert_eq!(directory[34..68], own, "the parent is the root itself");
    let file = &directory[68..68 + 46];
    assert_eq!(file[..10], [46, 0, 22, 0, 0, 0, 0, 0, 0, 22]);
    assert_eq!((number(&file[10..14]), file[14..18].to_vec()), (size, (size as u32).to_be_bytes().to_vec()));
    assert_eq!(file[18..33], [80, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 12]);
    assert_eq!(file[33..], *b"KERNEL.ELF;1\0");
    assert!(directory[68 + 46..].iter().all(|byte| *byte == 0));
}

#[test]
fn names_of_volumes() {
    assert_eq!(super::volume::id("static_web"), "STATIC_WEB");
    assert_eq!(super::volume::id("grüße-9"), "GR__E_9");
    assert_eq!(super::volume::id(&"x".repeat(40)), "X".repeat(32));
}

#[test]
fn reads_what_it_wrote() {
    let expected = Iso {
        volume_id: "WEB_SERVER".to_owned(),
        kernel: kernel().stripped(),
        command_line: LINE.to_owned(),
        firmware: Firmware::Bios,
    };
    assert_eq!(read(&image()).unwrap(), expected);
}

#[test]
fn command_lines_that_do_not_fit() {
    let longest = "x".repeat(command_line::MAX_BYTES);
    assert_eq!(read(&write(&kernel(), &longest).unwrap()).unwrap().command_line, longest);
    assert_eq!(
        write(&kernel(), &(longest + "y")).unwrap_err().to_string(),
        "the command line has 4096 bytes, 1 more than the 4095 that fit\n\
         help: shorten the values of the manifest"
    );
    assert_eq!(
        write(&kernel(), "a=\0").unwrap_err().to_string(),
        "the command line has a NUL byte, which ends it, at byte 2"
    );
}

#[test]
fn kernels_that_do_not_fit() {
    let image_sectors = |bytes| Plan::new(bytes, Firmware::Bios).map(|plan| plan.sectors);
    assert_eq!(image_sectors(8192).unwrap(), 26);
    assert_eq!(image_sectors(8193).unwrap(), 27);
    let largest = u64::from(u32::MAX) / 2048 * 2048 - 22 * 2048;
    assert_eq!(u64::from(image_sectors(largest).unwrap()) * 2048, 0xffff_f800);
    for bytes in [largest + 1, u64::MAX] {
        assert!(matches!(image_sectors(bytes), Err(Error::TooLarge { .. })));
    }
    assert_eq!(
        image_sectors(largest + 1).unwrap_err().to_string(),
        "the image would have 4294967296 bytes, more than the 4294967295 that fit\n\
         help: embed less in the application; large data belongs on a block device"
    );
    let mut fixture = Fixture::new();
    for index in 0..121 {
        fixture.parts.push(Part::load(4, 0x20_0000 + index, b"x", 1));
    }
    assert_eq!(
        write(&Kernel::parse(fixture.bytes()).unwrap(), "").unwrap_err().to_string(),
        "the kernel has 124 segments, the stub that loads it has room for 123"
    );
    fixture.parts.pop();
    assert!(write(&Kernel::parse(fixture.bytes()).unwrap(), "").is_ok());
}

/// The kernel compares it with what is on a disk.
#[test]
fn the_identity_is_that_of_kernel_command_line_and_firmware() {
    let identity = |image: &[u8]| number(&image[2048 + 52..][..4]);
    let of = |line, firmware| identity(&write_for(&kernel(), line, firmware).unwrap());
    assert_eq!(of(LINE, Firmware::Bios), identity(&image()));
    let mut fixture = Fixture::new();
    let code = fixture.parts.iter_mut().find(|part| part.bytes.len() == 0x123).unwrap();
    code.bytes[0] ^= 1;
    let other = write(&Kernel::parse(fixture.bytes()).unwrap(), LINE).unwrap();
    let all = [of(LINE, Firmware::Bios), of("", Firmware::Bios), of(LINE, Firmware::BiosAndUefi), identity(&other)];
    for (index, one) in all.iter().enumerate() {
        assert!(*one != 0 && !all[..index].contains(one), "{all:x?}");
    }
    let both = write_for(&kernel(), LINE, Firmware::BiosAndUefi).unwrap();
    let identities = both.windows(4).filter(|bytes| number(bytes) == all[2]).count();
    assert_eq!(identities, 2, "in the headers of both stubs");
}

#[test]
fn stubs_that_are_not_known() {
    let message = |change: fn(&mut Vec<u8>)| {
        let mut fixture = Fixture::new();
        change(&mut fixture.sections[0].2);
        write(&Kernel::parse(fixture.bytes()).unwrap(), "").unwrap_err().to_string()
    };
    assert_eq!(message(|stub| stub.push(0)), "the kernel's BIOS stub is damaged: its size");
    assert_eq!(
        message(|stub| stub[440] = 1),
        "the kernel's BIOS stub is damaged: it has code where an MBR has its partitions"
    );
    assert_eq!(message(|stub| stub[2048] = 0), "the kernel's BIOS stub is damaged: it has no start info");
    assert_eq!(
        message(|stub| stub[2048 + 25] = 0),
        "the kernel's BIOS stub is damaged: it has the command line in another place"
    );
    assert_eq!(
        message(|stub| stub[2048 + 62] = 4),
        "the kernel's BIOS stub has layout 4, this tool knows layout 3\n\
         help: use the versions of `unikernel-rt` and `unikernel-build` that belong together, and build again"
    );
    let stripped = Kernel::parse(kernel().stripped()).unwrap();
    assert!(matches!(write(&stripped, ""), Err(Error::Elf(crate::elf::Error::NoBiosStub))));
}

/// What the reader says to an image that was changed in one way.
fn message(change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut image = image();
    change(&mut image);
    read(&image).expect_err("was not refused").to_string()
}

#[test]
fn images_that_are_not_ours() {
    let not_iso = "not an ISO image\nhelp: give one that `unikernel iso` made";
    assert_eq!(read(&[]).unwrap_err().to_string(), not_iso);
    assert_eq!(message(|image| image[16 * 2048 + 1] = 0), not_iso);
    let lacks = |what: &str| {
        format!("not an image of a unikernel: the ISO has no {what}\nhelp: give one that `unikernel iso` made")
    };
    assert_eq!(message(|image| image[17 * 2048 + 7] = 0), lacks("boot record of El Torito"));
    assert_eq!(message(|image| image[21 * 2048 + 68 + 33] = b'X'), lacks("file `KERNEL.ELF`"));
    assert_eq!(message(|image| image[2048] = 0), lacks("BIOS stub"));
    assert_eq!(message(|image| image[4 * 2048 + 40] = 9), lacks("BIOS stub"));
}

#[test]
fn images_that_are_damaged() {
    let damaged = |what: &str, sector: usize| {
        format!("the image is damaged: {what} in sector {sector}\nhelp: copy or make the image again")
    };
    assert_eq!(message(|image| image[16 * 2048 + 80] = 9), damaged("the size of the volume", 16));
    assert_eq!(message(|image| image[16 * 2048 + 128] = 1), damaged("the size of a block", 16));
    assert_eq!(message(|image| image[16 * 2048 + 40] = 0xff), damaged("the name of the volume", 16));
    assert_eq!(message(|image| image[16 * 2048 + 158] = 9), damaged("a directory record", 16));
    assert_eq!(message(|image| image[4 * 2048 + 5] = 9), damaged("the boot catalogue", 4));
    assert_eq!(message(|image| image[21 * 2048] = 9), damaged("a directory record", 21));
    assert_eq!(message(|image| image[21 * 2048 + 68 + 10] ^= 1), damaged("a directory record", 21));
    assert_eq!(message(|image| image[2048 + 64 + 3] = 0x7f), damaged("the load table", 1));
    assert_eq!(message(|image| image[4096] = 0xff), damaged("the command line", 2));
    assert_eq!(message(|image| image[4096..8192].fill(b' ')), damaged("the command line", 2));
    assert_eq!(
        message(|image| image.truncate(22 * 2048)),
        "the image is truncated: its volume ends at byte 47104, but it has 45056 bytes\n\
         help: copy or make the image again"
    );
    assert!(message(|image| image[2048 + 62] = 9).starts_with("the kernel's BIOS stub has layout 9"));
}

/// Whatever the bytes, the reader returns.
#[test]
fn damaged_images_do_not_panic() {
    let mut random = fastrand::Rng::with_seed(0x150);
    let original = image();
    // Where structures are; between them there are only zeros.
    let places =
        [2048, 2048 + 64, 4096, 8192, 16 * 2048, 16 * 2048 + 156, 17 * 2048, 21 * 2048, 21 * 2048 + 68, 22 * 2048];
    let mut refused = 0;
    let cases = crate::damage::cases();
    for _ in 0..cases {
        let mut image = original.clone();
        if random.usize(..16) == 0 {
            image.truncate(random.usize(..original.len()));
        } else {
            let mut tail = image.split_off(places[random.usize(..places.len())]);
            damage(&mut tail, &mut random);
            image.append(&mut tail);
        }
        refused += usize::from(read(&image).is_err());
    }
    assert!((cases / 10..cases).contains(&refused), "{refused} of {cases} refused");
}
