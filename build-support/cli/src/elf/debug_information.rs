//! A kernel's debug information, as DWARF has it: line tables, and the functions that were inlined.

use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian, SectionId};
use object::{Object as _, ObjectSection as _};

use super::Kernel;

/// What it is read from.
pub(crate) type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// What addresses are looked up in.
pub(crate) type Context<'a> = addr2line::Context<Reader<'a>>;

impl Kernel {
    /// Its debug information, empty where there is none.
    ///
    /// # Errors
    /// The file is malformed.
    pub(crate) fn debug_information(&self) -> Result<Dwarf<Reader<'_>>, object::Error> {
        let file = object::read::elf::ElfFile64::<object::LittleEndian>::parse(self.bytes())?;
        Dwarf::load(|id: SectionId| {
            let section = file.section_by_name(id.name());
            let data = section.map(|section| section.data()).transpose()?.unwrap_or_default();
            Ok(Reader::new(data, LittleEndian))
        })
    }
}
