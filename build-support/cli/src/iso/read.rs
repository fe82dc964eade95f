//! Reads an image: the kernel, by way of the volume descriptors, and the stub's load table.
//!
//! The image is untrusted. Every offset is checked before it is used, and numbers that are recorded in both byte orders must
//! agree.

use std::ops::Range;

use super::{
    BOOT_RECORD, Error, Firmware, KERNEL_NAME, PRIMARY_DESCRIPTOR, SECTOR,
    bytes::{u16_at, u32_at},
    system_area, uefi,
    volume::{BOOT_RECORD_TYPE, DIRECTORY, EL_TORITO, PRIMARY_TYPE, ROOT_RECORD, STANDARD},
};

/// The contents of an image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Iso {
    /// The name of the volume.
    pub volume_id: String,
    /// The file `KERNEL.ELF`, for [`Kernel::parse`](crate::elf::Kernel::parse).
    pub kernel: Vec<u8>,
    /// The command line that it boots with.
    pub command_line: String,
    /// What it boots from.
    pub firmware: Firmware,
}

/// Reads an image that [`write`](super::write) has made.
///
/// # Errors
/// Returns an error if it is not such an image, or is damaged. The kernel itself is not checked.
pub fn read(image: &[u8]) -> Result<Iso, Error> {
    let primary = primary(image).ok_or(Error::NotIso)?;
    let damaged = |what| Error::Damaged { what, sector: PRIMARY_DESCRIPTOR };
    if both_16(primary, 128) != Some(SECTOR as u16) {
        return Err(damaged("the size of a block"));
    }
    let sectors = both_32(primary, 80).ok_or(damaged("the size of the volume"))?;
    extent(image, 0, u64::from(sectors) * SECTOR as u64, "volume")?;
    let id = std::str::from_utf8(&primary[40..72]).map_err(|_| damaged("the name of the volume"))?;

    let directory = record_extent(image, &primary[156..156 + ROOT_RECORD], "root directory", PRIMARY_DESCRIPTOR)?;
    let catalogue = boot_catalogue(image)?;
    let kernel = find_kernel(image, directory)?;
    let (command_line, firmware, partition) = system_area::read(image, catalogue, kernel.clone())?;
    if firmware.has_uefi() {
        let volume = extent(image, partition, 0, "EFI system partition")?.start..sectors as usize * SECTOR;
        uefi::read(image, volume, kernel.clone(), &command_line)?;
    }
    Ok(Iso { volume_id: id.trim_end().to_owned(), kernel: image[kernel].to_vec(), command_line, firmware })
}

/// The number of sectors of the volume in an image, of which there is at least the beginning.
pub(super) fn volume_sectors(image: &[u8]) -> Option<u32> {
    both_32(primary(image)?, 80)
}

/// The primary volume descriptor.
fn primary(image: &[u8]) -> Option<&[u8]> {
    sector(image, PRIMARY_DESCRIPTOR).filter(|primary| primary[0] == PRIMARY_TYPE && primary[1..6] == *STANDARD)
}

/// The boot catalogue's sector.
fn boot_catalogue(image: &[u8]) -> Result<usize, Error> {
    let missing = Error::NotOurs { missing: "boot record of El Torito" };
    let Some(record) = sector(image, BOOT_RECORD) else { return Err(missing) };
    let is_boot_record = record[0] == BOOT_RECORD_TYPE && record[1..6] == *STANDARD;
    if !is_boot_record || record[7..30] != *EL_TORITO {
        return Err(missing);
    }
    let catalogue = u32_at(record, 71) as usize;
    extent(image, catalogue, SECTOR as u64, "boot catalogue")?;
    Ok(catalogue)
}

/// The kernel's bytes, found through those of the root directory.
fn find_kernel(image: &[u8], directory: Range<usize>) -> Result<Range<usize>, Error> {
    for (index, records) in image[directory.clone()].chunks(SECTOR).enumerate() {
        let number = directory.start / SECTOR + index;
        let mut rest = records;
        // A record does not cross sectors; the rest of a sector is zero.
        while let Some(&length @ 1..) = rest.first() {
            let damaged = Error::Damaged { what: "a directory record", sector: number };
            let Some((record, behind)) = rest.split_at_checked(usize::from(length)) else { return Err(damaged) };
            rest = behind;
            if record.len() < ROOT_RECORD {
                return Err(damaged);
            }
            let Some(name) = record[33..].get(..usize::from(record[32])) else { return Err(damaged) };
            if name == KERNEL_NAME.as_bytes() && record[25] & DIRECTORY == 0 {
                return record_extent(image, record, "kernel", number);
            }
        }
    }
    Err(Error::NotOurs { missing: "file `KERNEL.ELF`" })
}

/// The bytes of the file that a directory record in sector `at` describes.
fn record_extent(image: &[u8], record: &[u8], what: &'static str, at: usize) -> Result<Range<usize>, Error> {
    let damaged = Error::Damaged { what: "a directory record", sector: at };
    match (both_32(record, 2), both_32(record, 10)) {
        (Some(start), Some(size)) => extent(image, start as usize, u64::from(size), what),
        _ => Err(damaged),
    }
}

fn extent(image: &[u8], start: usize, size: u64, what: &'static str) -> Result<Range<usize>, Error> {
    let length = image.len() as u64;
    let start = start as u64 * SECTOR as u64;
    // 32-bit numbers of sectors and bytes: no overflow in 64 bits.
    let end = start + size;
    if end > length {
        return Err(Error::Truncated { what, end, length });
    }
    Ok(start as usize..end as usize)
}

fn sector(image: &[u8], number: usize) -> Option<&[u8]> {
    image.get(number * SECTOR..(number + 1) * SECTOR)
}

/// The number at `at`, if it is the same in both byte orders.
fn both_32(bytes: &[u8], at: usize) -> Option<u32> {
    let big = u32::from_be_bytes([bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]]);
    (u32_at(bytes, at) == big).then_some(big)
}

fn both_16(bytes: &[u8], at: usize) -> Option<u16> {
    let big = u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]);
    (u16_at(bytes, at) == big).then_some(big)
}
