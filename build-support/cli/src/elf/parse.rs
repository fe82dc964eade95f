//! Checks an ELF from the outside in: header, linkage, notes, segments.
//!
//! The most useful error comes first: a host program is reported as dynamically linked, not as having a misplaced segment.

use std::ops::Range;

use object::{
    LittleEndian as Endian,
    elf::{self, FileHeader64, ProgramHeader64},
    read::elf::{FileHeader, ProgramHeader, SectionHeader, SectionTable, Sym},
};
use unikernel_vocabulary::contract::elf::{BIOS_STUB_SECTION, IMAGE_END, UEFI_STUB_SECTION};
use unikernel_vocabulary::contract::pvh;
use unikernel_vocabulary::{Decoded, note};

use super::{Access, Error, Kernel, Segment, error::SegmentName};

type Header = FileHeader64<Endian>;

const MIB: u64 = 1 << 20;
/// A segment ends before 4 GiB, so that its end is a 32-bit address as well.
const END_MAX: u64 = u32::MAX as u64;

pub(super) fn parse(bytes: Vec<u8>) -> Result<Kernel, Error> {
    let data = bytes.as_slice();
    let header = header(data)?;
    let program_headers = header.program_headers(Endian, data).map_err(malformed)?;
    let sections = header.sections(Endian, data).map_err(malformed)?;

    not_dynamic(header, program_headers, &sections)?;
    let symbols = Symbols::read(&sections, data)?;
    if !symbols.undefined.is_empty() {
        let notes = Notes::read(program_headers, data);
        let is_std =
            notes.is_ok_and(|notes| notes.declaration(data).is_ok_and(|(_, declaration)| is_std(&declaration)));
        return Err(Error::Undefined { names: symbols.undefined, is_std });
    }
    let weak = symbols.weak;
    let notes = Notes::read(program_headers, data)?;
    let entry = notes.pvh_entry.ok_or(Error::NoPvhNote)?;
    let (declaration, decoded) = notes.declaration(data)?;
    // C code of a program of the standard library asks by a weak symbol whether a function is there; nobody else does.
    if !weak.is_empty() && !is_std(&decoded) {
        return Err(Error::Undefined { names: weak, is_std: false });
    }

    let segments = segments(program_headers, symbols.image_end, data)?;
    let code = |segment: &Segment| segment.access.execute && (segment.address..segment.end()).contains(&entry);
    let entry = match u32::try_from(entry) {
        Ok(entry_32) if segments.iter().any(code) => entry_32,
        _ => return Err(Error::Entry { entry }),
    };
    let stub = |name: &str| match sections.section_by_name(Endian, name.as_bytes()) {
        Some((_, section)) => {
            section.file_range(Endian).map(|(at, size)| range("sections", at, size, data)).transpose()
        }
        None => Ok(None),
    };
    let (bios_stub, uefi_stub) = (stub(BIOS_STUB_SECTION)?, stub(UEFI_STUB_SECTION)?);
    let start = header.e_entry.get(Endian);
    Ok(Kernel { segments, start, entry, declaration, bios_stub, uefi_stub, bytes })
}

fn malformed(error: object::Error) -> Error {
    Error::Malformed(error.to_string())
}

/// The range of `size` bytes at `offset`, if the file has them.
fn range(what: &'static str, offset: u64, size: u64, data: &[u8]) -> Result<Range<usize>, Error> {
    let length = data.len() as u64;
    let end = offset.saturating_add(size);
    if end > length {
        return Err(Error::Truncated { what, end, length });
    }
    // Both are at most the length of a slice, so they are in the range of usize.
    Ok(offset as usize..end as usize)
}

fn header(data: &[u8]) -> Result<&Header, Error> {
    if !data.starts_with(&elf::ELFMAG) {
        return Err(Error::NotElf);
    }
    range("headers", 0, size_of::<Header>() as u64, data)?;
    let (header, _) = object::pod::from_bytes::<Header>(data).map_err(|()| Error::NotElf)?;
    if header.e_ident.class != elf::ELFCLASS64 {
        return Err(Error::Class { found: "a 32-bit one" });
    }
    if header.e_ident.data != elf::ELFDATA2LSB {
        return Err(Error::Class { found: "a big-endian one" });
    }
    match header.e_machine.get(Endian) {
        elf::EM_X86_64 => {}
        other => return Err(Error::Machine(other)),
    }
    match header.e_type.get(Endian) {
        // A position-independent program passes as an executable here: that it is dynamic says more.
        elf::ET_EXEC | elf::ET_DYN => {}
        elf::ET_REL => return Err(Error::NotExecutable { found: "an object file" }),
        elf::ET_CORE => return Err(Error::NotExecutable { found: "a core dump" }),
        _ => return Err(Error::NotExecutable { found: "of an unknown type" }),
    }
    let table = |what, at: u64, count: u16, size: u16| range(what, at, u64::from(count) * u64::from(size), data);
    let (count, size) = (header.e_phnum.get(Endian), header.e_phentsize.get(Endian));
    if count == elf::PN_XNUM {
        return Err(Error::Malformed("it has too many program headers to be a kernel".to_owned()));
    }
    table("program headers", header.e_phoff.get(Endian), count, size)?;
    let (count, size) = (header.e_shnum.get(Endian), header.e_shentsize.get(Endian));
    table("section headers", header.e_shoff.get(Endian), count, size)?;
    Ok(header)
}

fn not_dynamic(
    header: &Header,
    program_headers: &[ProgramHeader64<Endian>],
    sections: &SectionTable<'_, Header>,
) -> Result<(), Error> {
    let has_segment = |kind| program_headers.iter().any(|header| header.p_type.get(Endian) == kind);
    let has_section = |kind| sections.iter().any(|section| section.sh_type.get(Endian) == kind);
    let evidence = if has_segment(elf::PT_INTERP) {
        "an interpreter"
    } else if has_segment(elf::PT_DYNAMIC) || has_section(elf::SHT_DYNAMIC) {
        "a dynamic section"
    } else if header.e_type.get(Endian) == elf::ET_DYN {
        "no fixed address"
    } else {
        return Ok(());
    };
    Err(Error::Dynamic { evidence })
}

/// What the symbol table tells, if there is one.
struct Symbols {
    undefined: Vec<String>,
    /// Those that are undefined and weak: their address is 0.
    weak: Vec<String>,
    image_end: Option<u64>,
}

impl Symbols {
    fn read(sections: &SectionTable<'_, Header>, data: &[u8]) -> Result<Self, Error> {
        for section in sections.iter().filter(|section| section.sh_type.get(Endian) == elf::SHT_SYMTAB) {
            range("symbols", section.sh_offset.get(Endian), section.sh_size.get(Endian), data)?;
        }
        let table = sections.symbols(Endian, data, elf::SHT_SYMTAB).map_err(malformed)?;
        let (mut undefined, mut weak, mut image_end) = (Vec::new(), Vec::new(), None);
        for symbol in table.iter() {
            let name = symbol.name(Endian, table.strings()).map_err(malformed)?;
            if name == IMAGE_END.as_bytes() {
                image_end = Some(symbol.st_value.get(Endian));
            }
            // The first symbol is the null symbol, without a name.
            if symbol.st_shndx.get(Endian) == elf::SHN_UNDEF && !name.is_empty() {
                let names = if symbol.st_bind() == elf::STB_WEAK { &mut weak } else { &mut undefined };
                names.push(String::from_utf8_lossy(name).into_owned());
            }
        }
        for names in [&mut undefined, &mut weak] {
            names.sort_unstable();
            names.dedup();
        }
        Ok(Self { undefined, weak, image_end })
    }
}

/// What the notes tell.
struct Notes {
    pvh_entry: Option<u64>,
    declaration: Option<(u32, Range<usize>)>,
}

impl Notes {
    fn read(program_headers: &[ProgramHeader64<Endian>], data: &[u8]) -> Result<Self, Error> {
        let mut found = Self { pvh_entry: None, declaration: None };
        for header in program_headers.iter().filter(|header| header.p_type.get(Endian) == elf::PT_NOTE) {
            range("notes", header.p_offset.get(Endian), header.p_filesz.get(Endian), data)?;
            let Some(mut notes) = header.notes(Endian, data).map_err(malformed)? else { continue };
            while let Some(note) = notes.next().map_err(malformed)? {
                let (owner, descriptor) = (note.name_bytes(), note.desc());
                if owner == pvh::NOTE_OWNER && note.n_type(Endian).0 == pvh::NOTE_TYPE {
                    found.pvh_entry = Some(pvh_entry(descriptor)?);
                } else if owner == note::OWNER {
                    let at = descriptor.as_ptr().addr() - data.as_ptr().addr();
                    found.declaration = Some((note.n_type(Endian).0, at..at + descriptor.len()));
                }
            }
        }
        Ok(found)
    }

    /// Where the declaration is, and what it says.
    fn declaration<'a>(&self, data: &'a [u8]) -> Result<(Range<usize>, Decoded<'a>), Error> {
        let (format, at) = self.declaration.clone().ok_or(Error::NoDeclaration)?;
        let decoded = Decoded::new(format, &data[at.clone()]).map_err(Error::Declaration)?;
        Ok((at, decoded))
    }
}

/// Whether it is of a program of the standard library.
fn is_std(declaration: &Decoded<'_>) -> bool {
    declaration.devices().any(|device| device.kind == "std")
}

/// Loaders take 4 bytes or 8.
fn pvh_entry(descriptor: &[u8]) -> Result<u64, Error> {
    if let Ok(bytes) = descriptor.try_into() {
        Ok(u64::from(u32::from_le_bytes(bytes)))
    } else if let Ok(bytes) = descriptor.try_into() {
        Ok(u64::from_le_bytes(bytes))
    } else {
        Err(Error::Malformed(format!("the PVH note holds {} bytes, not an entry of 4 or 8", descriptor.len())))
    }
}

fn segments(
    program_headers: &[ProgramHeader64<Endian>],
    image_end: Option<u64>,
    data: &[u8],
) -> Result<Vec<Segment>, Error> {
    let mut segments = Vec::new();
    for header in program_headers.iter().filter(|header| header.p_type.get(Endian) == elf::PT_LOAD) {
        let (address, memory_size) = (header.p_paddr.get(Endian), header.p_memsz.get(Endian));
        let name = SegmentName { address, memory_size };
        let bytes = range("segments", header.p_offset.get(Endian), header.p_filesz.get(Endian), data)?;
        if bytes.len() as u64 > memory_size {
            return Err(Error::Malformed(format!("{name} has {:#x} bytes in the file", bytes.len())));
        }
        if memory_size == 0 {
            continue;
        }
        let virtual_address = header.p_vaddr.get(Endian);
        if virtual_address != address {
            return Err(Error::Malformed(format!("{name} has another virtual address, {virtual_address:#x}")));
        }
        let flags = header.p_flags.get(Endian);
        let access = Access {
            read: flags.contains(elf::PF_R),
            write: flags.contains(elf::PF_W),
            execute: flags.contains(elf::PF_X),
        };
        if access.write && access.execute {
            return Err(Error::WritableCode(name));
        }
        segments.push(Segment { address, bytes, memory_size, access });
    }
    segments.sort_by_key(|segment| segment.address);
    let last = segments.last_mut().ok_or(Error::NoSegment)?;
    if let Some(image_end) = image_end {
        last.memory_size = last.memory_size.max(image_end.saturating_sub(last.address));
    }
    for segment in &segments {
        let name = name(segment);
        if segment.address < MIB {
            return Err(Error::Below1MiB(name));
        }
        if segment.address.checked_add(segment.memory_size).is_none_or(|end| end > END_MAX) {
            return Err(Error::Above4GiB(name));
        }
    }
    match segments.windows(2).find(|pair| pair[0].end() > pair[1].address) {
        Some(pair) => Err(Error::Overlap { first: name(&pair[0]), second: name(&pair[1]) }),
        None => Ok(segments),
    }
}

const fn name(segment: &Segment) -> SegmentName {
    SegmentName { address: segment.address, memory_size: segment.memory_size }
}
