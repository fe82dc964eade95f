//! `values(volume, smbios, fw_cfg)`: values that the machine has, of which one image has many.
//!
//! They are words of the grammar of the command line. The last source wins: the nearer to who starts the machine, the later.

use super::{Given, take};
use crate::firmware::{fw_cfg, smbios};
use crate::kernel::Kernel;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::sync::TakeOnce;
use unikernel_vocabulary::Declaration;
use unikernel_vocabulary::command_line::{MAX_BYTES, words_mut};

const VOLUME: &str = "volume";
const SMBIOS: &str = "smbios";
const FW_CFG: &str = "fw_cfg";

/// How a report of faults in these words begins.
const MACHINE: &str = "values of the machine: ";

/// Whether the machine is a source.
pub(super) const fn is_source(declaration: &Declaration<'_>) -> bool {
    declaration.has_values_of(VOLUME) || declaration.has_values_of(SMBIOS) || declaration.has_values_of(FW_CFG)
}

/// Reads what the machine has into the values of `K`. No word is one of the rest: those are for one's own command line.
pub(super) fn read<K: Kernel>(values: &mut [Given], volume: impl Fn(&mut dyn FnMut(u8))) {
    const ROOM: usize = MAX_BYTES + 1;
    #[unsafe(link_section = ".uninitialised")]
    #[expect(unsafe_code, reason = "a section that is not zeroed")]
    static MEMORY: TakeOnce<[u8; ROOM]> = TakeOnce::new();
    // Boot calls this once.
    let memory = MEMORY.take().map_or(&mut [][..], |memory| memory.write([0; ROOM]));
    let mut length = 0;
    let mut add = |byte| {
        if let Some(place) = memory.get_mut(length) {
            *place = byte;
            length += 1;
        }
    };
    if const { K::DECLARATION.has_values_of(VOLUME) } {
        volume(&mut add);
    }
    if const { K::DECLARATION.has_values_of(SMBIOS) } {
        smbios::read(&mut add);
    }
    if const { K::DECLARATION.has_values_of(FW_CFG) } {
        fw_cfg::read(ROOM, &mut add);
    }
    if length > MAX_BYTES {
        Report::<K>::begin().text(MACHINE).text("they have more than 4095 bytes").stop(Status::ARGUMENT);
    }
    let (words, _) = memory.split_at_mut(length);
    for word in words_mut(words) {
        take::<K>(word, values, &mut None, MACHINE);
    }
}
