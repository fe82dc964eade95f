//! The system area: the BIOS stub, its load table, and the MBR and boot catalogue through which a BIOS finds it.
//!
//! The stub (unikernel-rt/src/boot/bios.S) is copied unchanged to the beginning of the image. Its code is followed by its
//! header and a PVH start info; the writer fills in the entry point, the load table and the command line. A BIOS finds the stub
//! as El Torito's boot image (specification 1.0, figures 2 and 3) or as the code of an MBR.

use std::{ffi::CStr, ops::Range};

use unikernel_vocabulary::contract::bios_stub::{
    COMMAND_LINE, END, ENTRY, HEADER, LAYOUT_VERSION, LAYOUT_VERSION_AT, LOAD_TABLE, LOADED_AT, MBR_CODE_BYTES,
    SECOND_STAGE,
};
use unikernel_vocabulary::contract::load_table::{self, ENTRY_BYTES};
use unikernel_vocabulary::contract::{pvh, stub};

use super::{
    Error, Firmware, Plan, SECTOR,
    bytes::{u16_at, u32_at, u64_at},
};
use crate::elf::{Kernel, Segment};

/// The sector of the boot catalogue: the first one after the stub's header.
pub(super) const BOOT_CATALOGUE: usize = END / SECTOR;

/// Where the identity of the image is.
pub(super) const IDENTITY: usize = HEADER + stub::IDENTITY;

/// The MBR: four partitions and the magic number, after the code and the disk signature.
const PARTITION: usize = 446;
const MBR_MAGIC: usize = 510;
/// Disks have sectors of 512 bytes.
const DISK_SECTOR: usize = 512;

/// The number of segments that fit into the table, before the entry that terminates it.
const SEGMENTS_MAX: usize = (COMMAND_LINE - HEADER - LOAD_TABLE) / ENTRY_BYTES - 1;

const _: () =
    assert!(COMMAND_LINE.is_multiple_of(SECTOR) && HEADER.is_multiple_of(SECTOR), "the stub counts in sectors");

/// Fills sectors 0 to 3 of the image. `kernel` is the one in the image.
pub(super) fn write(
    image: &mut [u8],
    stub: &[u8],
    kernel: &Kernel,
    command_line: &str,
    plan: &Plan,
) -> Result<(), Error> {
    check_stub(stub)?;
    image[..stub.len()].copy_from_slice(stub);
    image[PARTITION..][..32].copy_from_slice(&partitions(plan));
    image[MBR_MAGIC..][..2].copy_from_slice(&[0x55, 0xaa]);

    let header = &mut image[HEADER..COMMAND_LINE];
    header[ENTRY..][..4].copy_from_slice(&kernel.entry().to_le_bytes());
    let count = kernel.segments().len();
    if count > SEGMENTS_MAX {
        return Err(Error::TooManySegments { count, room: SEGMENTS_MAX });
    }
    for (slot, segment) in header[LOAD_TABLE..].chunks_exact_mut(ENTRY_BYTES).zip(kernel.segments()) {
        slot.copy_from_slice(&load_entry(plan.kernel * SECTOR, segment));
    }
    image[COMMAND_LINE..][..command_line.len()].copy_from_slice(command_line.as_bytes());
    let catalogue = boot_catalogue(plan.partition_sectors());
    image[BOOT_CATALOGUE * SECTOR..][..catalogue.len()].copy_from_slice(&catalogue);
    Ok(())
}

/// Checks that the stub does not use the fields that the writer fills in, and that its header has the known layout.
fn check_stub(stub: &[u8]) -> Result<(), Error> {
    let wrong = |what| Err(Error::Stub { what });
    if stub.len() != HEADER + LOAD_TABLE {
        return wrong("its size");
    }
    if stub[MBR_CODE_BYTES..SECOND_STAGE].iter().any(|byte| *byte != 0) {
        return wrong("it has code where an MBR has its partitions");
    }
    let header = &stub[HEADER..];
    if u32_at(header, 0) != pvh::START_INFO_MAGIC {
        return wrong("it has no start info");
    }
    let found = u16_at(header, LAYOUT_VERSION_AT);
    if found != LAYOUT_VERSION {
        return Err(Error::StubLayout { found, known: LAYOUT_VERSION });
    }
    if u64_at(header, pvh::COMMAND_LINE_ADDRESS) != u64::from(LOADED_AT) + COMMAND_LINE as u64 {
        return wrong("it has the command line in another place");
    }
    Ok(())
}

/// The whole image as one active partition, of the type of hybrid images, which no operating system uses. It ends before an EFI
/// system partition, because firmware rejects a table with overlapping partitions.
fn partitions(plan: &Plan) -> [u8; 32] {
    const ACTIVE: u8 = 0x80;
    const HIDDEN: u8 = 0x17;
    const EFI_SYSTEM: u8 = 0xef;
    let in_disk_sectors = |sectors: u32| sectors * (SECTOR / DISK_SECTOR) as u32;
    let mut entries = [0; 32];
    let (first, second) = entries.split_at_mut(16);
    let efi = plan.partition_sectors();
    let end = efi.as_ref().map_or(plan.sectors, |sectors| sectors.start);
    first.copy_from_slice(&partition(ACTIVE, HIDDEN, 0..in_disk_sectors(end)));
    if let Some(sectors) = efi {
        second.copy_from_slice(&partition(0, EFI_SYSTEM, in_disk_sectors(sectors.start)..in_disk_sectors(sectors.end)));
    }
    entries
}

fn partition(status: u8, kind: u8, sectors: Range<u32>) -> [u8; 16] {
    let mut entry = [0; 16];
    entry[0] = status;
    entry[1..4].copy_from_slice(&cylinder_head_sector(sectors.start));
    entry[4] = kind;
    entry[5..8].copy_from_slice(&cylinder_head_sector(sectors.end - 1));
    entry[8..12].copy_from_slice(&sectors.start.to_le_bytes());
    entry[12..].copy_from_slice(&(sectors.end - sectors.start).to_le_bytes());
    entry
}

/// A sector number as cylinder, head and sector, in the geometry that BIOSes assume; beyond 8 GB, the last valid address.
fn cylinder_head_sector(sector: u32) -> [u8; 3] {
    const HEADS: u32 = 255;
    const SECTORS: u32 = 63;
    let (cylinder, head, sector) = match sector / (HEADS * SECTORS) {
        cylinder @ 0..1024 => (cylinder, sector / SECTORS % HEADS, sector % SECTORS + 1),
        _ => (1023, HEADS - 1, SECTORS),
    };
    [head as u8, (sector | cylinder >> 2 & 0xc0) as u8, cylinder as u8]
}

/// The load table of a kernel at sector `kernel`. All values fit into 32 bits, because kernel and image were checked before.
pub(super) fn load_entry(kernel: usize, segment: &Segment) -> [u8; ENTRY_BYTES] {
    let from = (kernel + segment.bytes.start) as u32;
    let mut entry = [0; ENTRY_BYTES];
    let fields = [
        (load_table::FROM, from),
        (load_table::LENGTH, segment.bytes.len() as u32),
        (load_table::TO, segment.address as u32),
        (load_table::MEMORY_SIZE, segment.memory_size as u32),
    ];
    for (at, number) in fields {
        entry[at..][..4].copy_from_slice(&number.to_le_bytes());
    }
    entry
}

/// The entry for BIOS, and a section with the entry for UEFI, whose boot image is the partition (UEFI 2.10, section 13.3.2.1).
fn boot_catalogue(efi: Option<Range<u32>>) -> Vec<u8> {
    let mut catalogue = vec![0; if efi.is_some() { 4 * 32 } else { 2 * 32 }];
    let (validation, entries) = catalogue.split_at_mut(32);
    validation[0] = 1; // the header ID; the platform ID of 80x86 is 0
    validation[4..13].copy_from_slice(b"unikernel");
    validation[30..].copy_from_slice(&[0x55, 0xaa]);
    let checksum = word_sum(validation).wrapping_neg();
    validation[28..30].copy_from_slice(&checksum.to_le_bytes());
    entries[0] = BOOTABLE; // no emulation, the usual load segment, 07c0
    entries[6] = 4; // 512-byte sectors to load: the usual number, more than the stub needs
    // The boot image begins at sector 0, which is the value already.
    if let Some(sectors) = efi {
        // In 512-byte sectors; the field has 16 bits, and 0 means up to the end of the medium, where the partition ends.
        let size = (sectors.end - sectors.start) * (SECTOR / DISK_SECTOR) as u32;
        let (section, entry) = entries[32..].split_at_mut(32);
        section[..4].copy_from_slice(&[LAST_SECTION, PLATFORM_EFI, 1, 0]); // one entry
        entry[0] = BOOTABLE;
        entry[6..8].copy_from_slice(&u16::try_from(size).unwrap_or(0).to_le_bytes());
        entry[8..12].copy_from_slice(&sectors.start.to_le_bytes());
    }
    catalogue
}

const BOOTABLE: u8 = 0x88;
const LAST_SECTION: u8 = 0x91;
const PLATFORM_EFI: u8 = 0xef;

/// The sum of all 16-bit words, which is 0 in a valid validation entry.
fn word_sum(bytes: &[u8]) -> u16 {
    bytes.chunks_exact(2).fold(0, |sum, word| sum.wrapping_add(u16::from_le_bytes([word[0], word[1]])))
}

/// Checks the structures that [`write`] writes; returns the command line, and the first sector of the EFI system partition, if
/// there is one.
pub(super) fn read(image: &[u8], catalogue: usize, kernel: Range<usize>) -> Result<(String, Firmware, usize), Error> {
    let entries = &image[catalogue * SECTOR..][..128];
    if entries[0] != 1 || entries[30..32] != [0x55, 0xaa] || word_sum(&entries[..32]) != 0 || entries[32] != BOOTABLE {
        return Err(Error::Damaged { what: "the boot catalogue", sector: catalogue });
    }
    // The caller has found descriptors after the system area.
    let header = &image[HEADER..COMMAND_LINE];
    if u32_at(entries, 40) != 0 || u32_at(header, 0) != pvh::START_INFO_MAGIC {
        return Err(Error::NotOurs { missing: "BIOS stub" });
    }
    let found = u16_at(header, LAYOUT_VERSION_AT);
    if found != LAYOUT_VERSION {
        return Err(Error::StubLayout { found, known: LAYOUT_VERSION });
    }
    let table = header[LOAD_TABLE..].chunks_exact(ENTRY_BYTES);
    let table = table.take_while(|entry| u32_at(entry, load_table::MEMORY_SIZE) != 0);
    for entry in table {
        let (from, length) = (u32_at(entry, load_table::FROM) as usize, u32_at(entry, load_table::LENGTH) as usize);
        if from < kernel.start || from + length > kernel.end {
            return Err(Error::Damaged { what: "the load table", sector: HEADER / SECTOR });
        }
    }
    let (firmware, partition) = match entries[64..68] {
        [LAST_SECTION, PLATFORM_EFI, 1, 0] if entries[96] == BOOTABLE => {
            (Firmware::BiosAndUefi, u32_at(entries, 96 + 8) as usize)
        }
        [0, 0, 0, 0] => (Firmware::Bios, 0),
        _ => return Err(Error::Damaged { what: "the boot catalogue", sector: catalogue }),
    };
    let damaged = Error::Damaged { what: "the command line", sector: COMMAND_LINE / SECTOR };
    let line = CStr::from_bytes_until_nul(&image[COMMAND_LINE..END]);
    match line.ok().and_then(|line| line.to_str().ok()) {
        Some(line) => Ok((line.to_owned(), firmware, partition)),
        None => Err(damaged),
    }
}
