//! An ELF for tests, made from parts, so that each part can be wrong.

use object::{
    LittleEndian as Endian, U16, U32, U64,
    elf::{self, FileHeader64, Ident, ProgramHeader64, SectionHeader64, Sym64},
    pod::bytes_of,
};
use unikernel_vocabulary::contract::elf::{BIOS_STUB_SECTION, IMAGE_END, UEFI_STUB_SECTION};
use unikernel_vocabulary::contract::{bios_stub, pvh, uefi_stub};
use unikernel_vocabulary::{Declaration, note};

/// What the declaration of [`Fixture::new`] says.
const DECLARATION: Declaration<'_> = Declaration {
    application: "web-server",
    version: "0.1.0",
    is_async: false,
    devices: &[],
    arguments: &[],
    rest: None,
};

/// A program header, and what is in the file for it.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) kind: elf::ProgramType,
    pub(crate) flags: u32,
    pub(crate) address: u64,
    pub(crate) virtual_address: u64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) memory_size: u64,
}

impl Part {
    pub(crate) fn load(flags: u32, address: u64, bytes: &[u8], memory_size: u64) -> Self {
        let bytes = bytes.to_vec();
        Self { kind: elf::PT_LOAD, flags, address, virtual_address: address, bytes, memory_size }
    }

    pub(crate) fn other(kind: elf::ProgramType, bytes: &[u8]) -> Self {
        Self { kind, ..Self::load(4, 0, bytes, bytes.len() as u64) }
    }
}

/// The parts of an ELF.
#[derive(Clone)]
pub(crate) struct Fixture {
    pub(crate) class: elf::FileClass,
    pub(crate) data: elf::DataEncoding,
    pub(crate) machine: elf::Machine,
    pub(crate) kind: elf::FileType,
    pub(crate) notes: Vec<(Vec<u8>, u32, Vec<u8>)>,
    pub(crate) parts: Vec<Part>,
    /// Name, section, value.
    pub(crate) symbols: Vec<(&'static str, u16, u64)>,
    /// Names of symbols that are undefined and weak.
    pub(crate) weak: Vec<&'static str>,
    /// Name, type, contents.
    pub(crate) sections: Vec<(&'static str, elf::SectionType, Vec<u8>)>,
}

impl Fixture {
    /// A kernel in which nothing is wrong: entry 0x101010, code, constants, data with 0x3000 bytes of memory.
    pub(crate) fn new() -> Self {
        let declaration = DECLARATION.encode::<{ DECLARATION.encoded_len() }>().to_vec();
        Self {
            class: elf::ELFCLASS64,
            data: elf::ELFDATA2LSB,
            machine: elf::EM_X86_64,
            kind: elf::ET_EXEC,
            notes: vec![
                (pvh::NOTE_OWNER.to_vec(), pvh::NOTE_TYPE, 0x10_1010_u32.to_le_bytes().to_vec()),
                (note::OWNER.to_vec(), note::FORMAT, declaration),
            ],
            parts: vec![
                Part::load(5, 0x10_1000, &[0xf4; 0x123], 0x123),
                Part::load(4, 0x10_2000, b"constants", 9),
                Part::load(6, 0x10_3000, b"initialised", 0x3000),
            ],
            weak: Vec::new(),
            symbols: vec![("__image_start", 1, 0x10_1000), (IMAGE_END, 1, 0x10_6000)],
            sections: vec![
                (BIOS_STUB_SECTION, elf::SHT_PROGBITS, stub()),
                (UEFI_STUB_SECTION, elf::SHT_PROGBITS, uefi_stub()),
            ],
        }
    }

    /// The file: header, program headers, contents, section headers.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut notes = Vec::new();
        for (owner, kind, descriptor) in &self.notes {
            for number in [owner.len() as u32, descriptor.len() as u32, *kind] {
                notes.extend_from_slice(&number.to_le_bytes());
            }
            for bytes in [owner, descriptor] {
                notes.extend_from_slice(bytes);
                notes.resize(notes.len().next_multiple_of(4), 0);
            }
        }
        let mut parts = self.parts.clone();
        parts.push(Part::other(elf::PT_NOTE, &notes));

        let mut contents = Vec::new();
        let contents_at = 64 + 56 * parts.len();
        let mut headers = Vec::new();
        for part in &parts {
            headers.extend_from_slice(bytes_of(&ProgramHeader64 {
                p_type: U32::new(Endian, part.kind),
                p_flags: U32::new(Endian, elf::ProgramFlags(part.flags)),
                p_offset: U64::new(Endian, (contents_at + contents.len()) as u64),
                p_vaddr: U64::new(Endian, part.virtual_address),
                p_paddr: U64::new(Endian, part.address),
                p_filesz: U64::new(Endian, part.bytes.len() as u64),
                p_memsz: U64::new(Endian, part.memory_size),
                p_align: U64::new(Endian, 4),
            }));
            contents.extend_from_slice(&part.bytes);
            contents.resize(contents.len().next_multiple_of(4), 0);
        }

        let mut names = vec![0];
        let mut name = |text: &str| {
            let at = names.len() as u32;
            names.extend_from_slice(text.as_bytes());
            names.push(0);
            at
        };
        let mut symbols = bytes_of(&symbol(0, 0, 0)).to_vec();
        for (text, section, value) in &self.symbols {
            symbols.extend_from_slice(bytes_of(&symbol(name(text), *section, *value)));
        }
        for text in &self.weak {
            let weak = Sym64 { st_info: elf::SymbolInfo(0x20), ..symbol(name(text), 0, 0) };
            symbols.extend_from_slice(bytes_of(&weak));
        }
        let mut sections = vec![(0, elf::SHT_NULL, Vec::new())];
        for (text, kind, bytes) in &self.sections {
            sections.push((name(text), *kind, bytes.clone()));
        }
        sections.push((name(".symtab"), elf::SHT_SYMTAB, symbols));
        let strings = name(".strtab");
        sections.push((strings, elf::SHT_STRTAB, names));

        let last = sections.len() as u32 - 1;
        let mut section_headers = Vec::new();
        for (name, kind, bytes) in &sections {
            section_headers.extend_from_slice(bytes_of(&SectionHeader64 {
                sh_name: U32::new(Endian, *name),
                sh_type: U32::new(Endian, *kind),
                sh_flags: U64::new(Endian, elf::SectionFlags(0)),
                sh_addr: U64::new(Endian, 0),
                sh_offset: U64::new(Endian, (contents_at + contents.len()) as u64),
                sh_size: U64::new(Endian, bytes.len() as u64),
                sh_link: U32::new(Endian, if *kind == elf::SHT_SYMTAB { last } else { 0 }),
                sh_info: U32::new(Endian, 0),
                sh_addralign: U64::new(Endian, 4),
                sh_entsize: U64::new(Endian, if *kind == elf::SHT_SYMTAB { 24 } else { 0 }),
            }));
            contents.extend_from_slice(bytes);
            contents.resize(contents.len().next_multiple_of(8), 0);
        }
        let section_headers_at = contents_at + contents.len();
        let header = self.header(parts.len() as u16, section_headers_at as u64, sections.len() as u16);
        [bytes_of(&header), &headers, &contents, &section_headers].concat()
    }

    fn header(&self, program_headers: u16, sections_at: u64, sections: u16) -> FileHeader64<Endian> {
        FileHeader64 {
            e_ident: Ident {
                magic: elf::ELFMAG,
                class: self.class,
                data: self.data,
                version: elf::EV_CURRENT,
                os_abi: elf::ELFOSABI_NONE,
                abi_version: 0,
                padding: [0; 7],
            },
            e_type: U16::new(Endian, self.kind),
            e_machine: U16::new(Endian, self.machine),
            e_version: U32::new(Endian, 1),
            e_entry: U64::new(Endian, 0x10_1010),
            e_phoff: U64::new(Endian, 64),
            e_shoff: U64::new(Endian, sections_at),
            e_flags: U32::new(Endian, elf::FileFlags(0)),
            e_ehsize: U16::new(Endian, 64),
            e_phentsize: U16::new(Endian, 56),
            e_phnum: U16::new(Endian, program_headers),
            e_shentsize: U16::new(Endian, 64),
            e_shnum: U16::new(Endian, sections),
            e_shstrndx: U16::new(Endian, elf::SymbolSection(sections - 1)),
        }
    }
}

fn symbol(name: u32, section: u16, value: u64) -> Sym64<Endian> {
    Sym64 {
        st_name: U32::new(Endian, name),
        st_info: elf::SymbolInfo(0x10),
        st_other: elf::SymbolOther(0),
        st_shndx: U16::new(Endian, elf::SymbolSection(section)),
        st_value: U64::new(Endian, value),
        st_size: U64::new(Endian, 0),
    }
}

/// As the stub's source lays it out: code, room for the partitions, more code, header. The code is none.
pub(crate) fn stub() -> Vec<u8> {
    use bios_stub::{COMMAND_LINE, END, HEADER, LAYOUT_VERSION, LAYOUT_VERSION_AT, LOAD_TABLE, LOADED_AT};
    let mut stub = vec![0x90; HEADER + LOAD_TABLE];
    stub[bios_stub::MBR_CODE_BYTES..bios_stub::SECOND_STAGE].fill(0);
    let header = &mut stub[HEADER..];
    start_info(header);
    header[pvh::COMMAND_LINE_ADDRESS..][..4].copy_from_slice(&(LOADED_AT + COMMAND_LINE as u32).to_le_bytes());
    header[pvh::MEMORY_MAP_ADDRESS..][..4].copy_from_slice(&(LOADED_AT + END as u32).to_le_bytes());
    header[bios_stub::ENTRY + 4] = 8; // code selector
    header[LAYOUT_VERSION_AT..][..2].copy_from_slice(&LAYOUT_VERSION.to_le_bytes());
    stub
}

/// The same for UEFI: code, then header.
pub(crate) fn uefi_stub() -> Vec<u8> {
    use uefi_stub::{HEADER, LAYOUT_VERSION, LAYOUT_VERSION_AT, LOAD_TABLE};
    let mut stub = vec![0xcc; HEADER + LOAD_TABLE];
    let header = &mut stub[HEADER..];
    start_info(header);
    header[LAYOUT_VERSION_AT..][..2].copy_from_slice(&LAYOUT_VERSION.to_le_bytes());
    stub
}

fn start_info(header: &mut [u8]) {
    header.fill(0);
    header[..4].copy_from_slice(&pvh::START_INFO_MAGIC.to_le_bytes());
    header[4..8].copy_from_slice(&pvh::START_INFO_VERSION.to_le_bytes());
}
