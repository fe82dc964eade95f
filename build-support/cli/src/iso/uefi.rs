//! The EFI system partition with a PE file, which consists of the runtime's stub and the kernel's ELF.
//!
//! The stub (unikernel-rt/src/boot/uefi.S) consists of code and a header; the writer fills in the entry point, the load table and
//! the command line, as it does for BIOS. `KERNEL.ELF` of the ISO is the end of the PE file, so that the image has one copy of the
//! kernel. Microsoft, "PE Format", sections "MS-DOS Stub", "COFF File Header", "Optional Header" and "Section Table".

use std::ops::Range;

use unikernel_vocabulary::contract::load_table::ENTRY_BYTES;
use unikernel_vocabulary::contract::uefi_stub::{
    self, COMMAND_LINE, ENTRY, HEADER, HEADER_BYTES, LAYOUT_VERSION, LAYOUT_VERSION_AT, LOAD_TABLE,
};
use unikernel_vocabulary::contract::{pvh, stub};

use super::{
    Error, SECTOR,
    bytes::{u16_at, u32_at},
    partition::Partition,
    system_area::load_entry,
};
use crate::elf::Kernel;

/// Offsets in the PE file: headers, stub, kernel.
const STUB: usize = 512;
const KERNEL: usize = 4 * SECTOR;
/// Their addresses, relative to the address at which the file is loaded.
const STUB_ADDRESS: u32 = 0x1000;
const KERNEL_ADDRESS: u32 = STUB_ADDRESS + uefi_stub::KERNEL as u32;
const FILE_ALIGNMENT: u32 = 512;
const SECTION_ALIGNMENT: u32 = 4096;

/// The number of segments that fit into the table, before the entry that terminates it.
const SEGMENTS_MAX: usize = (COMMAND_LINE - LOAD_TABLE) / ENTRY_BYTES - 1;

/// The partition for a kernel of this size; its file is a whole number of disk sectors.
pub(super) fn partition(kernel_bytes: usize) -> Option<Partition> {
    Partition::new((KERNEL + kernel_bytes).next_multiple_of(FILE_ALIGNMENT as usize))
}

/// The offset of the kernel in the partition.
pub(super) const fn kernel(partition: &Partition) -> usize {
    partition.file() + KERNEL
}

/// Where the identity of the image lies in it.
pub(super) const fn identity(partition: &Partition) -> usize {
    partition.file() + STUB + HEADER + stub::IDENTITY
}

/// Fills a zeroed partition, except for the kernel itself; `before` is the number of disk sectors before the partition.
pub(super) fn write(
    volume: &mut [u8],
    before: u32,
    partition: &Partition,
    stub: &[u8],
    kernel: &Kernel,
    command_line: &str,
) -> Result<(), Error> {
    check_stub(stub)?;
    partition.write(volume, before);
    let file = &mut volume[partition.file()..];
    file[..STUB].copy_from_slice(&headers(kernel.bytes().len() as u32));
    file[STUB..][..stub.len()].copy_from_slice(stub);
    let header = &mut file[STUB + HEADER..][..HEADER_BYTES];
    header[ENTRY..][..4].copy_from_slice(&kernel.entry().to_le_bytes());
    let count = kernel.segments().len();
    if count > SEGMENTS_MAX {
        return Err(Error::TooManySegments { count, room: SEGMENTS_MAX });
    }
    for (slot, segment) in header[LOAD_TABLE..].chunks_exact_mut(ENTRY_BYTES).zip(kernel.segments()) {
        slot.copy_from_slice(&load_entry(0, segment));
    }
    header[COMMAND_LINE..][..command_line.len()].copy_from_slice(command_line.as_bytes());
    Ok(())
}

/// Checks that the stub has the known layout.
fn check_stub(stub: &[u8]) -> Result<(), Error> {
    if stub.len() != HEADER + LOAD_TABLE {
        return Err(Error::UefiStub { what: "its size" });
    }
    let header = &stub[HEADER..];
    if u32_at(header, 0) != pvh::START_INFO_MAGIC {
        return Err(Error::UefiStub { what: "it has no start info" });
    }
    let found = u16_at(header, LAYOUT_VERSION_AT);
    if found != LAYOUT_VERSION {
        return Err(Error::UefiStubLayout { found, known: LAYOUT_VERSION });
    }
    Ok(())
}

/// Writes the headers. The file can be loaded at any address and has no relocations.
fn headers(kernel_bytes: u32) -> [u8; STUB] {
    const PE: usize = 64;
    const OPTIONAL_HEADER: usize = PE + 24;
    const SECTIONS: usize = OPTIONAL_HEADER + 240;
    let kernel_in_file = kernel_bytes.next_multiple_of(FILE_ALIGNMENT);
    let stub_in_file = (KERNEL - STUB) as u32;
    let mut headers = [0; STUB];
    let mut put = |at: usize, bytes: &[u8]| headers[at..][..bytes.len()].copy_from_slice(bytes);
    put(0, b"MZ");
    put(60, &(PE as u32).to_le_bytes());
    put(PE, b"PE\0\0");
    put(PE + 4, &0x8664_u16.to_le_bytes()); // x86_64
    put(PE + 6, &2_u16.to_le_bytes()); // sections
    put(PE + 20, &240_u16.to_le_bytes()); // size of the optional header
    put(PE + 22, &0x0022_u16.to_le_bytes()); // executable, large address aware

    let mut optional = |at: usize, bytes: &[u8]| put(OPTIONAL_HEADER + at, bytes);
    optional(0, &0x20b_u16.to_le_bytes()); // PE32+
    optional(4, &stub_in_file.to_le_bytes()); // code
    optional(8, &kernel_in_file.to_le_bytes()); // data
    optional(16, &STUB_ADDRESS.to_le_bytes()); // entry
    optional(20, &STUB_ADDRESS.to_le_bytes());
    optional(32, &SECTION_ALIGNMENT.to_le_bytes());
    optional(36, &FILE_ALIGNMENT.to_le_bytes());
    optional(56, &(KERNEL_ADDRESS + kernel_bytes).next_multiple_of(SECTION_ALIGNMENT).to_le_bytes());
    optional(60, &(STUB as u32).to_le_bytes()); // size of the headers
    optional(68, &10_u16.to_le_bytes()); // subsystem: EFI application
    optional(70, &0x0140_u16.to_le_bytes()); // dynamic base, NX compatible
    optional(108, &16_u32.to_le_bytes()); // directories, all of them empty

    // Name, size in memory, address, size in the file, offset in the file; then the access rights.
    let mut section = |index: usize, name: &[u8], numbers: [u32; 4], flags: u32| {
        let at = SECTIONS + 40 * index;
        put(at, name);
        for (index, number) in numbers.iter().enumerate() {
            put(at + 8 + 4 * index, &number.to_le_bytes());
        }
        put(at + 36, &flags.to_le_bytes());
    };
    let stub = [stub_in_file, STUB_ADDRESS, stub_in_file, STUB as u32];
    section(0, b".text", stub, 0x6000_0020); // code: execute, read
    let kernel = [kernel_bytes, KERNEL_ADDRESS, kernel_in_file, KERNEL as u32];
    section(1, b".kernel", kernel, 0x4000_0040); // initialised data: read
    headers
}

/// Checks the structures that [`write`] writes: they must enclose the kernel and contain the same command line.
pub(super) fn read(image: &[u8], volume: Range<usize>, kernel: Range<usize>, command_line: &str) -> Result<(), Error> {
    let damaged = Error::Damaged { what: "the EFI system partition", sector: volume.start / SECTOR };
    let partition = partition(kernel.len()).filter(|partition| {
        partition.bytes() == volume.len() && volume.start + self::kernel(partition) == kernel.start
    });
    let Some(partition) = partition else { return Err(damaged) };
    let file = &image[volume.start + partition.file()..kernel.end];
    let line = &file[STUB + HEADER + COMMAND_LINE..][..HEADER_BYTES - COMMAND_LINE];
    let is_same_line = line.starts_with(command_line.as_bytes()) && line.get(command_line.len()) == Some(&0);
    if file[..STUB] == headers(kernel.len() as u32) && is_same_line { Ok(()) } else { Err(damaged) }
}
