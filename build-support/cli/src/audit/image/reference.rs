//! References between parts of a kernel, from the relocations that the linker has kept (`--emit-relocs`).
//!
//! A relocation names a symbol and an addend; where the place lies that it refers to, depends on its type (System V ABI, AMD64
//! supplement, section 4.4).

use object::elf::{
    R_X86_64_32, R_X86_64_32S, R_X86_64_64, R_X86_64_GOTPCREL, R_X86_64_GOTPCRELX, R_X86_64_PC32, R_X86_64_PLT32,
    R_X86_64_REX_GOTPCRELX, RelocationType,
};
use object::read::elf::ElfFile64;
use object::{
    LittleEndian as Endian, Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget, SymbolKind,
};

use super::{Error, Section};

/// Something refers to something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::audit) struct Reference {
    /// The place that refers.
    pub(in crate::audit) from: u64,
    /// The place that is referred to.
    pub(in crate::audit) to: u64,
    /// Whether `to` is an offset from the beginning of the table that `from` lies in: it is to be added to `from`, and the
    /// beginning of the table to be subtracted.
    pub(in crate::audit) in_table: bool,
}

/// Reads the references from loaded sections.
pub(super) fn read(file: &ElfFile64<'_, Endian>, sections: &[Section<'_>]) -> Result<Vec<Reference>, Error> {
    let mut references = Vec::new();
    for section in sections {
        let Some(raw) = file.sections().find(|raw| raw.address() == section.address && raw.size() > 0) else {
            continue;
        };
        for (from, relocation) in raw.relocations() {
            let RelocationFlags::Elf { r_type } = relocation.flags() else { continue };
            let RelocationTarget::Symbol(index) = relocation.target() else { continue };
            let symbol = file.symbol_by_index(index).map_err(Error::malformed)?;
            let target = Target {
                address: symbol.address(),
                size: symbol.size(),
                is_section: symbol.kind() == SymbolKind::Section,
            };
            target.references(r_type, relocation.addend(), from, section, sections, &mut references);
        }
    }
    if references.is_empty() {
        return Err(Error::NoReferences);
    }
    Ok(references)
}

/// The symbol of a relocation.
struct Target {
    address: u64,
    size: u64,
    is_section: bool,
}

impl Target {
    fn references(
        &self,
        kind: RelocationType,
        addend: i64,
        from: u64,
        section: &Section<'_>,
        sections: &[Section<'_>],
        found: &mut Vec<Reference>,
    ) {
        let refer = |to| Reference { from, to, in_table: false };
        match kind {
            R_X86_64_64 | R_X86_64_32 | R_X86_64_32S => found.push(refer(self.place(addend))),
            // A table of offsets from its own beginning, which is how branches and constants are looked up.
            R_X86_64_PC32 | R_X86_64_PLT32 if !section.executable => {
                found.push(Reference { from, to: self.address.wrapping_add_signed(addend), in_table: true });
            }
            R_X86_64_PC32 | R_X86_64_PLT32 => {
                found.push(refer(self.place(addend + FIELD_BYTES + immediate_bytes(section, from))));
            }
            R_X86_64_GOTPCREL | R_X86_64_GOTPCRELX | R_X86_64_REX_GOTPCRELX => {
                found.push(refer(self.address));
                found.extend(self.slot(section, from, sections).map(refer));
            }
            _ => {}
        }
    }

    /// The place at an offset from the symbol: of a symbol with a size one in it, even where an index is folded into the offset.
    fn place(&self, addend: i64) -> u64 {
        let place = self.address.wrapping_add_signed(addend);
        match (self.is_section, self.size) {
            (true, _) => place,
            (false, 0) => self.address,
            (false, size) => place.clamp(self.address, self.address + size - 1),
        }
    }

    /// The entry of the global offset table that an instruction reads; none where the linker made it do without.
    fn slot(&self, section: &Section<'_>, from: u64, sections: &[Section<'_>]) -> Option<u64> {
        let displacement = i32::from_le_bytes(*section.from(from).first_chunk()?);
        let address = from.wrapping_add_signed(FIELD_BYTES + i64::from(displacement));
        let data = sections.iter().find(|section| !section.executable && section.range().contains(&address))?;
        let entry = u64::from_le_bytes(*data.from(address).first_chunk()?);
        (entry == self.address).then_some(address)
    }
}

/// Bytes of a displacement, from whose end the processor counts.
const FIELD_BYTES: i64 = 4;

/// How many bytes of immediate operand follow a displacement: the processor counts from the end of the instruction.
///
/// Told by the opcode before the displacement and its ModRM byte (Intel SDM volume 2, appendix A): compilers refer to data with
/// few instructions that have an immediate operand.
fn immediate_bytes(section: &Section<'_>, displacement: u64) -> i64 {
    let Some(at) = displacement.checked_sub(section.address + 5) else { return 0 };
    let Some(&[before, prefix, escape, opcode, modrm]) = section.from(section.address + at).first_chunk() else {
        return 0;
    };
    // Addressing relative to the instruction; branches have none.
    if modrm & 0b1100_0111 != 0b0000_0101 {
        return 0;
    }
    let register = modrm >> 3 & 0b111;
    let operand_bytes = if prefix == 0x66 || escape == 0x66 || before == 0x66 && prefix != 0x0f { 2 } else { 4 };
    match (prefix, escape, opcode) {
        (0x0f, 0x3a, _) => 1,
        (_, 0x0f, 0x70 | 0xba | 0xa4 | 0xac | 0xc2 | 0xc4 | 0xc5 | 0xc6) => 1,
        (_, 0x0f, _) => 0,
        (_, _, 0x80 | 0x83 | 0xc0 | 0xc1 | 0xc6 | 0x6b) => 1,
        (_, _, 0xf6) if register < 2 => 1,
        (_, _, 0xf7) if register < 2 => operand_bytes,
        (_, _, 0x81 | 0xc7 | 0x69) => operand_bytes,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
