//! SMBIOS: the strings that whoever starts a machine gives it.
//!
//! DMTF DSP0134 3.7, sections 5.2.1 (32-bit entry point), 5.2.2 (64-bit entry point), 6.1 (structures and their strings), 7.12
//! (OEM strings, type 11) and 7.45 (end of the table, type 127). Checksums are verified, and nothing is read beyond the table.
//! The entry point lies where a BIOS puts it, or where UEFI says: the stub hands that over.

#[cfg(test)]
mod tests;

use super::start_info::StartInfo;
use crate::arch::window;
use unikernel_vocabulary::declaration::SMBIOS_PREFIX as PREFIX;

/// Longest table that is read; a damaged length must not lead far.
const MAX_TABLE_BYTES: u32 = 256 * 1024;

/// No processor has an address beyond (Intel SDM volume 3, section 5.1.4), and no table is near it.
const ADDRESSES_END: u64 = 1 << 52;

const OEM_STRINGS: u8 = 11;
const END_OF_TABLE: u8 = 127;

/// Length of a structure's header: type, length, handle.
const HEADER_BYTES: u32 = 4;

/// Hands over the words for a kernel, each string with a space before it.
pub(crate) fn read(mut word_byte: impl FnMut(u8)) {
    if let Some(table) = table(StartInfo::get().smbios_address()) {
        let _ = table.read(&mut word_byte);
    }
}

/// The structures, one behind the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Table {
    address: u64,
    length: u32,
}

impl Table {
    /// Reads all structures; `None` where the table ends before they do.
    fn read(self, word_byte: &mut impl FnMut(u8)) -> Option<()> {
        let mut at = 0;
        loop {
            let (kind, bytes) = (self.byte(at)?, self.byte(at + 1)?);
            if kind == END_OF_TABLE || u32::from(bytes) < HEADER_BYTES {
                return Some(());
            }
            at += u32::from(bytes);
            // Behind the strings stands an empty one. A structure without any has two zero bytes.
            if self.byte(at)? == 0 {
                at += 1;
            }
            while self.byte(at)? != 0 {
                let end = (at..self.length).find(|at| self.byte(*at) == Some(0))?;
                let is_ours =
                    kind == OEM_STRINGS && (at..end).zip(PREFIX.bytes()).all(|(at, byte)| self.byte(at) == Some(byte));
                let words = at + PREFIX.len() as u32;
                if is_ours && words <= end {
                    word_byte(b' ');
                    (words..end).filter_map(|at| self.byte(at)).for_each(&mut *word_byte);
                }
                at = end + 1;
            }
            at += 1;
        }
    }

    fn byte(self, at: u32) -> Option<u8> {
        (at < self.length).then(|| window::read(self.address + u64::from(at)))
    }
}

/// Where the structures are, by the entry point that the firmware has told of, else by the one that a BIOS has at a multiple of 16.
fn table(told: u64) -> Option<Table> {
    const BIOS: core::ops::Range<u64> = 0xf_0000..0x10_0000;
    if told != 0 { at_entry_point(told) } else { BIOS.step_by(16).find_map(at_entry_point) }
}

/// Where the structures are, if there is an entry point at this address: its bytes sum up to 0.
fn at_entry_point(address: u64) -> Option<Table> {
    if address >= ADDRESSES_END {
        return None;
    }
    let byte = |at: u64| window::read::<u8>(address + at);
    let is_whole = |from: u64, to: u64| (from..to).fold(0_u8, |sum, at| sum.wrapping_add(byte(at))) == 0;
    let anchor: [u8; 5] = window::read(address);
    let table = match &anchor {
        b"_SM3_" if byte(6) >= 24 && is_whole(0, byte(6).into()) => {
            Table { address: window::read(address + 16), length: window::read(address + 12) }
        }
        [b'_', b'S', b'M', b'_', _] if byte(5) >= 30 && is_whole(0, byte(5).into()) && is_whole(16, 31) => {
            let (start, length): (u32, u16) = (window::read(address + 24), window::read(address + 22));
            let is_there = window::read::<[u8; 5]>(address + 16) == *b"_DMI_";
            Table { address: start.into(), length: if is_there { length.into() } else { 0 } }
        }
        _ => return None,
    };
    Some(Table { length: table.length.min(MAX_TABLE_BYTES), ..table }).filter(|table| table.address < ADDRESSES_END)
}
