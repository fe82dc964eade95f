//! Writes the ELF that an image carries: headers, notes, and what is loaded.
//!
//! Everything follows the headers without a gap. Segments keep their addresses but not their alignment in the file:
//! loaders copy from this file instead of mapping it.

use object::{
    LittleEndian as Endian, U16, U32, U64,
    elf::{self, FileHeader64, Ident, ProgramFlags, ProgramHeader64},
    pod::bytes_of,
};
use unikernel_vocabulary::{contract::pvh, note};

use super::{Access, Kernel};

const HEADER_SIZE: usize = size_of::<FileHeader64<Endian>>();
const PROGRAM_HEADER_SIZE: usize = size_of::<ProgramHeader64<Endian>>();

pub(super) fn stripped(kernel: &Kernel) -> Vec<u8> {
    let mut notes = Vec::new();
    put_note(&mut notes, pvh::NOTE_OWNER, pvh::NOTE_TYPE, &kernel.entry.to_le_bytes());
    put_note(&mut notes, note::OWNER, note::FORMAT, &kernel.bytes[kernel.declaration.clone()]);

    let segments = kernel.segments();
    let mut at = HEADER_SIZE + PROGRAM_HEADER_SIZE * (1 + segments.len());
    let mut file = bytes_of(&header(kernel.start, 1 + segments.len())).to_vec();
    let size = notes.len() as u64;
    let mut put_header = |kind, flags, address, file_size: usize, memory_size, align| {
        file.extend_from_slice(bytes_of(&ProgramHeader64 {
            p_type: U32::new(Endian, kind),
            p_flags: U32::new(Endian, flags),
            p_offset: U64::new(Endian, at as u64),
            p_vaddr: U64::new(Endian, address),
            p_paddr: U64::new(Endian, address),
            p_filesz: U64::new(Endian, file_size as u64),
            p_memsz: U64::new(Endian, memory_size),
            p_align: U64::new(Endian, align),
        }));
        at += file_size;
    };
    // QEMU reads the notes by this alignment.
    put_header(elf::PT_NOTE, elf::PF_R, 0, notes.len(), size, 4);
    for segment in segments {
        let flags = flags(segment.access);
        put_header(elf::PT_LOAD, flags, segment.address, segment.bytes.len(), segment.memory_size, 1);
    }
    file.extend_from_slice(&notes);
    for segment in segments {
        file.extend_from_slice(kernel.contents(segment));
    }
    file
}

fn header(start: u64, program_headers: usize) -> FileHeader64<Endian> {
    FileHeader64 {
        e_ident: Ident {
            magic: elf::ELFMAG,
            class: elf::ELFCLASS64,
            data: elf::ELFDATA2LSB,
            version: elf::EV_CURRENT,
            os_abi: elf::ELFOSABI_NONE,
            abi_version: 0,
            padding: [0; 7],
        },
        e_type: U16::new(Endian, elf::ET_EXEC),
        e_machine: U16::new(Endian, elf::EM_X86_64),
        e_version: U32::new(Endian, u32::from(elf::EV_CURRENT.0)),
        e_entry: U64::new(Endian, start),
        e_phoff: U64::new(Endian, HEADER_SIZE as u64),
        e_shoff: U64::new(Endian, 0),
        e_flags: U32::new(Endian, elf::FileFlags(0)),
        e_ehsize: U16::new(Endian, HEADER_SIZE as u16),
        e_phentsize: U16::new(Endian, PROGRAM_HEADER_SIZE as u16),
        // There were as many program headers in the file that was parsed, whose count has 16 bits.
        e_phnum: U16::new(Endian, program_headers as u16),
        e_shentsize: U16::new(Endian, 0),
        e_shnum: U16::new(Endian, 0),
        e_shstrndx: U16::new(Endian, elf::SHN_UNDEF),
    }
}

fn flags(access: Access) -> ProgramFlags {
    let flag = |allowed, flag: ProgramFlags| if allowed { flag.0 } else { 0 };
    ProgramFlags(flag(access.read, elf::PF_R) | flag(access.write, elf::PF_W) | flag(access.execute, elf::PF_X))
}

fn put_note(notes: &mut Vec<u8>, owner: &[u8], kind: u32, descriptor: &[u8]) {
    for number in [owner.len() as u32, descriptor.len() as u32, kind] {
        notes.extend_from_slice(&number.to_le_bytes());
    }
    for part in [owner, descriptor] {
        notes.extend_from_slice(part);
        notes.resize(notes.len().next_multiple_of(4), 0);
    }
}
