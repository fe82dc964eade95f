//! The volume's structures: descriptors, path tables, root directory.
//!
//! ECMA-119 (the text of ISO 9660), sections 8.4 (primary descriptor), 8.2 (boot record), 8.3 (terminator), 9.1
//! (directory record) and 9.4 (path table). Positions in comments are those of the standard, which counts from 1.

use super::{
    BOOT_RECORD, KERNEL_NAME, PATH_TABLE_BIG, PATH_TABLE_LITTLE, PRIMARY_DESCRIPTOR, ROOT_DIRECTORY, SECTOR,
    TERMINATOR, system_area::BOOT_CATALOGUE,
};

/// The standard identifier of every descriptor.
pub(super) const STANDARD: &[u8; 5] = b"CD001";
/// The boot system identifier of El Torito.
pub(super) const EL_TORITO: &[u8; 23] = b"EL TORITO SPECIFICATION";

pub(super) const BOOT_RECORD_TYPE: u8 = 0;
pub(super) const PRIMARY_TYPE: u8 = 1;
const TERMINATOR_TYPE: u8 = 255;
const VERSION: u8 = 1;

/// Flags of a directory record.
pub(super) const DIRECTORY: u8 = 2;

/// The length of the root directory's own record: its name is one byte.
pub(super) const ROOT_RECORD: usize = 34;

/// When everything was recorded: 1980-01-01, midnight, UTC, in years since 1900. A directory record may leave the date
/// out, but some readers then show one in 1899.
const DATE: [u8; 7] = [80, 1, 1, 0, 0, 0, 0];

/// A date that is not specified: zero digits, and no offset from UTC.
const NO_DATE: [u8; 17] = *b"0000000000000000\0";

/// Fills sectors 16 to 21 of the image.
pub(super) fn write(image: &mut [u8], id: &str, kernel: usize, kernel_bytes: u32) {
    let sectors = (image.len() / SECTOR) as u32;
    let mut sector = |number: usize, bytes: &[u8]| image[number * SECTOR..][..bytes.len()].copy_from_slice(bytes);
    sector(PRIMARY_DESCRIPTOR, &primary(sectors, id));
    sector(BOOT_RECORD, &boot_record());
    sector(TERMINATOR, &descriptor(TERMINATOR_TYPE));
    sector(PATH_TABLE_LITTLE, &path_table(u32::to_le_bytes, u16::to_le_bytes));
    sector(PATH_TABLE_BIG, &path_table(u32::to_be_bytes, u16::to_be_bytes));
    sector(ROOT_DIRECTORY, &directory(kernel, kernel_bytes));
}

/// The name of the volume, of d-characters: capitals, digits, `_`.
pub(super) fn id(application: &str) -> String {
    application
        .chars()
        .take(32)
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' })
        .collect()
}

fn descriptor(kind: u8) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SECTOR);
    bytes.push(kind);
    bytes.extend_from_slice(STANDARD);
    bytes.push(VERSION);
    bytes
}

fn primary(sectors: u32, id: &str) -> Vec<u8> {
    let mut bytes = descriptor(PRIMARY_TYPE);
    bytes.push(0);
    text(&mut bytes, "", 32); // 9: system
    text(&mut bytes, id, 32); // 41: volume
    bytes.resize(80, 0);
    both_32(&mut bytes, sectors); // 81: size of the volume
    bytes.resize(120, 0);
    both_16(&mut bytes, 1); // 121: volumes in the set
    both_16(&mut bytes, 1); // 125: number of this one
    both_16(&mut bytes, SECTOR as u16); // 129: size of a block
    both_32(&mut bytes, path_table(u32::to_le_bytes, u16::to_le_bytes).len() as u32); // 133
    bytes.extend_from_slice(&(PATH_TABLE_LITTLE as u32).to_le_bytes()); // 141
    bytes.extend_from_slice(&[0; 4]); // 145: no second one
    bytes.extend_from_slice(&(PATH_TABLE_BIG as u32).to_be_bytes()); // 149
    bytes.extend_from_slice(&[0; 4]); // 153: no second one
    record(&mut bytes, b"\0", ROOT_DIRECTORY, SECTOR as u32, DIRECTORY); // 157
    text(&mut bytes, "", 128); // 191: volume set
    text(&mut bytes, "", 128); // 319: publisher
    text(&mut bytes, "", 128); // 447: data preparer
    text(&mut bytes, "UNIKERNEL", 128); // 575: application
    for _ in ["copyright", "abstract", "bibliography"] {
        text(&mut bytes, "", 37); // 703: no such files
    }
    for _ in ["creation", "modification", "expiration", "effective"] {
        bytes.extend_from_slice(&NO_DATE); // 814
    }
    bytes.push(1); // 882: version of the file structure
    bytes
}

/// El Torito 1.0, figure 7.
fn boot_record() -> Vec<u8> {
    let mut bytes = descriptor(BOOT_RECORD_TYPE);
    bytes.extend_from_slice(EL_TORITO);
    bytes.resize(71, 0);
    bytes.extend_from_slice(&(BOOT_CATALOGUE as u32).to_le_bytes());
    bytes
}

/// The path table of a volume whose only directory is the root.
fn path_table(number_32: fn(u32) -> [u8; 4], number_16: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mut bytes = vec![1, 0]; // length of the name, no extended attributes
    bytes.extend_from_slice(&number_32(ROOT_DIRECTORY as u32));
    bytes.extend_from_slice(&number_16(1)); // the parent is the root itself
    bytes.extend_from_slice(&[0, 0]); // the root's name, and a byte to make the length even
    bytes
}

fn directory(kernel: usize, kernel_bytes: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SECTOR);
    for name in [b"\0", b"\x01"] {
        record(&mut bytes, name, ROOT_DIRECTORY, SECTOR as u32, DIRECTORY); // itself, and its parent
    }
    record(&mut bytes, KERNEL_NAME.as_bytes(), kernel, kernel_bytes, 0);
    bytes
}

fn record(bytes: &mut Vec<u8>, name: &[u8], sector: usize, size: u32, flags: u8) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0, 0]); // its length, below; no extended attributes
    both_32(bytes, sector as u32);
    both_32(bytes, size);
    bytes.extend_from_slice(&DATE);
    bytes.extend_from_slice(&[flags, 0, 0]); // not interleaved
    both_16(bytes, 1); // number of the volume
    bytes.push(name.len() as u8);
    bytes.extend_from_slice(name);
    if !(bytes.len() - start).is_multiple_of(2) {
        bytes.push(0);
    }
    bytes[start] = (bytes.len() - start) as u8;
}

/// A number in both byte orders.
fn both_32(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&number.to_be_bytes());
}

fn both_16(bytes: &mut Vec<u8>, number: u16) {
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&number.to_be_bytes());
}

fn text(bytes: &mut Vec<u8>, text: &str, size: usize) {
    let end = bytes.len() + size;
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(end, b' ');
}
