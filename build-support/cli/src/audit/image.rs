//! The parts of a linked kernel that an audit reads: loaded sections, symbols and references.

mod reference;

use std::ops::Range;

use object::elf::{SHN_ABS, SHN_UNDEF, SHT_NOBITS, STT_FILE, STT_SECTION};
use object::read::elf::{ElfFile64, SectionHeader, Sym};
use object::{LittleEndian as Endian, Object, ObjectSection, ObjectSymbol};

pub(super) use self::reference::Reference;
use super::Error;
use crate::elf::Kernel;

/// A linked kernel, with addresses for places.
#[derive(Debug)]
pub(super) struct Image<'a> {
    /// The loaded sections, by ascending address.
    pub(super) sections: Vec<Section<'a>>,
    /// What is loaded and in no section: the file's bytes between sections.
    pub(super) gaps: Vec<Section<'a>>,
    /// The symbols in sections, by ascending address, longer ones first.
    pub(super) symbols: Vec<Symbol>,
    /// The references from loaded sections.
    pub(super) references: Vec<Reference>,
}

/// A range of loaded bytes.
#[derive(Clone, Debug)]
pub(super) struct Section<'a> {
    pub(super) address: u64,
    pub(super) bytes: &'a [u8],
    pub(super) executable: bool,
}

/// A name for a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Symbol {
    pub(super) address: u64,
    /// 0 where the symbol has none.
    pub(super) size: u64,
    /// Demangled, without the hash.
    pub(super) name: String,
}

impl Section<'_> {
    pub(super) fn range(&self) -> Range<u64> {
        self.address..self.address + self.bytes.len() as u64
    }

    /// The bytes from an address on, up to the end of the section.
    fn from(&self, address: u64) -> &[u8] {
        let at = address.checked_sub(self.address).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.bytes.get(at..)).unwrap_or_default()
    }
}

impl Symbol {
    pub(super) fn range(&self) -> Range<u64> {
        self.address..self.address + self.size
    }
}

impl<'a> Image<'a> {
    /// Reads a kernel as it was linked.
    ///
    /// # Errors
    /// It was stripped, or linked without `--emit-relocs`.
    pub(super) fn read(kernel: &'a Kernel) -> Result<Self, Error> {
        let file = ElfFile64::<Endian>::parse(kernel.bytes()).map_err(Error::malformed)?;
        let mut sections = Vec::new();
        for section in file.sections() {
            let header = section.elf_section_header();
            let range = section.address()..section.address() + section.size();
            let is_loaded = |segment: &&crate::elf::Segment| {
                segment.address <= range.start && range.end <= segment.address + segment.bytes.len() as u64
            };
            if header.sh_type(Endian) == SHT_NOBITS || range.is_empty() {
                continue;
            }
            let Some(segment) = kernel.segments().iter().find(is_loaded) else { continue };
            let bytes = section.data().map_err(Error::malformed)?;
            sections.push(Section { address: range.start, bytes, executable: segment.access.execute });
        }
        sections.sort_by_key(|section| section.address);
        if sections.is_empty() {
            return Err(Error::Stripped);
        }
        let gaps = gaps(kernel, &sections);

        let mut symbols = Vec::new();
        for symbol in file.symbols() {
            let raw = symbol.elf_symbol();
            let kind = raw.st_type();
            let index = raw.st_shndx(Endian);
            if kind == STT_FILE || kind == STT_SECTION || index == SHN_UNDEF || index == SHN_ABS {
                continue;
            }
            let name = symbol.name().map_err(Error::malformed)?;
            let name = format!("{:#}", rustc_demangle::demangle(name));
            symbols.push(Symbol { address: symbol.address(), size: symbol.size(), name });
        }
        symbols.sort_by_key(|symbol| (symbol.address, u64::MAX - symbol.size));
        let references = reference::read(&file, &sections)?;
        Ok(Self { sections, gaps, symbols, references })
    }

    /// The symbol with a size that an address lies in.
    pub(super) fn symbol_at(&self, address: u64) -> Option<&Symbol> {
        let before = self.symbols.partition_point(|symbol| symbol.address <= address);
        self.symbols[..before].iter().rev().find(|symbol| symbol.range().contains(&address))
    }
}

/// What the segments load besides sections.
fn gaps<'a>(kernel: &'a Kernel, sections: &[Section<'a>]) -> Vec<Section<'a>> {
    let mut gaps = Vec::new();
    for segment in kernel.segments() {
        let bytes = kernel.contents(segment);
        let mut at = segment.address;
        let end = segment.address + bytes.len() as u64;
        let mut gap = |from: u64, to: u64| {
            let offset = |address: u64| (address - segment.address) as usize;
            if from < to {
                let bytes = &bytes[offset(from)..offset(to)];
                gaps.push(Section { address: from, bytes, executable: segment.access.execute });
            }
        };
        for section in sections.iter().filter(|section| (segment.address..end).contains(&section.address)) {
            gap(at, section.address);
            at = at.max(section.range().end);
        }
        gap(at, end);
    }
    gaps
}
