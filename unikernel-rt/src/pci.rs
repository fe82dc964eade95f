//! PCI: which functions there are, their capabilities and base addresses.
//!
//! PCI Local Bus 3.0, chapter 6; PCI-to-PCI Bridge 1.2, section 3.2. Bus 0 and the buses behind the bridges that are found,
//! each once and in ascending order, so that no configuration space, however wrong, leads in circles.

pub(crate) mod express;

use crate::arch::pci::{self as ports, Function};
use crate::arch::window;
use core::ops::ControlFlow;

/// Access to configuration space: the machine's, or a fake in tests.
pub(crate) trait ConfigurationSpace {
    /// Reads the aligned 32 bits at `offset` of a function.
    fn read(&self, function: Function, offset: u8) -> u32;

    /// Writes them.
    ///
    /// # Safety
    /// As [`ports::write`].
    unsafe fn write(&self, function: Function, offset: u8, value: u32);
}

/// The machine's own configuration space: by its ports, or [in memory](express).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine;

impl ConfigurationSpace for Machine {
    #[inline(never)]
    fn read(&self, function: Function, offset: u8) -> u32 {
        let address = function.address(offset);
        express::place(address).map_or_else(|| ports::read(address), window::read)
    }

    #[inline(never)]
    unsafe fn write(&self, function: Function, offset: u8, value: u32) {
        let address = function.address(offset);
        match express::place(address) {
            // SAFETY: the caller's promise, and it is configuration space.
            Some(place) => unsafe { window::write(place, value) },
            // SAFETY: the caller's promise.
            None => unsafe { ports::write(address, value) },
        }
    }
}

/// Offsets of the registers that every function has.
const IDENTITY: u8 = 0x00;
const COMMAND_STATUS: u8 = 0x04;
const HEADER_TYPE: u8 = 0x0c;
const BASE_ADDRESSES: u8 = 0x10;
const BRIDGE_BUSES: u8 = 0x18;
const CAPABILITIES_POINTER: u8 = 0x34;
const INTERRUPT_LINE: u8 = 0x3c;

/// Of base addresses: the last one's index, and the bits that tell what they are for.
const LAST_BASE_ADDRESS: u8 = 5;
const IO: u32 = 1;
const TYPE: u32 = 0b110;
const TYPE_64_BITS: u32 = 0b100;

const COMMAND_MEMORY: u32 = 1 << 1;
const COMMAND_MASTER: u32 = 1 << 2;
const COMMAND_NO_INTERRUPT: u32 = 1 << 10;
const STATUS_CAPABILITIES: u32 = 1 << (16 + 4);

/// Vendor and device of a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Identity {
    pub(crate) vendor: u16,
    pub(crate) device: u16,
}

/// A capability: where it is, and what its first 32 bits say besides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Capability {
    pub(crate) id: u8,
    pub(crate) offset: u8,
    /// The 16 bits behind identity and link; in a vendor's capability, its length and type.
    pub(crate) private: u16,
}

/// Whether anything answers on PCI.
pub(crate) fn is_there<S: ConfigurationSpace>(space: &S) -> bool {
    let bridge = Function::new(0, 0, 0);
    space.read(bridge, IDENTITY) != u32::MAX
}

/// Shows every function of the machine to `visit` until it breaks: by bus, device, function.
#[inline(never)]
pub(crate) fn functions<S: ConfigurationSpace>(
    space: &S,
    visit: &mut dyn FnMut(Function, Identity) -> ControlFlow<()>,
) {
    const MULTIFUNCTION: u8 = 0x80;
    const BRIDGE: u8 = 1;
    let mut wanted = [0u32; 256 / 32];
    wanted[0] = 1;
    let (mut next, mut last) = (0, 0);
    while next <= last {
        let bus = next as u8;
        next += 1;
        if wanted[usize::from(bus >> 5)] >> (bus & 31) & 1 == 0 {
            continue;
        }
        for device in 0..32 {
            let mut functions = 1;
            let mut number = 0;
            while number < functions {
                let function = Function::new(bus, device, number);
                number += 1;
                let identity = space.read(function, IDENTITY);
                let vendor = identity as u16;
                if vendor == 0xffff {
                    continue;
                }
                let header_type = (space.read(function, HEADER_TYPE) >> 16) as u8;
                if header_type & MULTIFUNCTION != 0 {
                    functions = 8;
                }
                if header_type & !MULTIFUNCTION == BRIDGE {
                    let secondary = (space.read(function, BRIDGE_BUSES) >> 8) as u8;
                    // Firmware numbers downwards: what leads up or to itself, as a bridge that is not set up does, is behind us.
                    wanted[usize::from(secondary >> 5)] |= 1 << (secondary & 31);
                    last = last.max(u16::from(secondary));
                } else if visit(function, Identity { vendor, device: (identity >> 16) as u16 }).is_break() {
                    return;
                }
            }
        }
    }
}

/// The capabilities of a function; no more than there is room for, whatever the links say.
pub(crate) fn capabilities<S: ConfigurationSpace>(space: &S, function: Function) -> impl Iterator<Item = Capability> {
    const FIRST: u8 = 0x40;
    const MOST: usize = (256 - FIRST as usize) / 4;
    let listed = space.read(function, COMMAND_STATUS) & STATUS_CAPABILITIES != 0;
    let mut next = if listed { space.read(function, CAPABILITIES_POINTER) as u8 } else { 0 };
    let links = core::iter::from_fn(move || {
        let offset = next & 0xfc;
        if offset < FIRST {
            return None;
        }
        let header = space.read(function, offset);
        next = (header >> 8) as u8;
        Some(Capability { id: header as u8, offset, private: (header >> 16) as u16 })
    });
    links.take(MOST)
}

/// The address that memory base address register `index` (0 to 5) holds; `None` for I/O ports and for one that is not set.
pub(crate) fn base_address<S: ConfigurationSpace>(space: &S, function: Function, index: u8) -> Option<u64> {
    if index > LAST_BASE_ADDRESS {
        return None;
    }
    let low = space.read(function, BASE_ADDRESSES + 4 * index);
    if low & IO != 0 {
        return None;
    }
    let high = match low & TYPE {
        TYPE_64_BITS if index == LAST_BASE_ADDRESS => return None,
        TYPE_64_BITS => space.read(function, BASE_ADDRESSES + 4 * (index + 1)),
        _ => 0,
    };
    let address = u64::from(high) << 32 | u64::from(low & !0xf);
    (address != 0).then_some(address)
}

/// Lets a function answer to its base addresses, and changes nothing else.
pub(crate) fn answer<S: ConfigurationSpace>(space: &S, function: Function) {
    let command = space.read(function, COMMAND_STATUS) & 0xffff;
    if command & COMMAND_MEMORY == 0 {
        // SAFETY: firmware has given it addresses that are no memory's; where it has not, memory is what answers.
        unsafe { space.write(function, COMMAND_STATUS, command | COMMAND_MEMORY) };
    }
}

/// Lets a function answer to its base addresses and reach memory, with its interrupt pin or without.
///
/// # Safety
/// The function is the caller's, and has been told of no memory but what was given to it: it has been reset.
pub(crate) unsafe fn enable<S: ConfigurationSpace>(space: &S, function: Function, interrupt_pin: bool) {
    let pin = if interrupt_pin { 0 } else { COMMAND_NO_INTERRUPT };
    // The status register is cleared where ones are written, and zeros leave it alone.
    let command = space.read(function, COMMAND_STATUS) & 0xffff & !COMMAND_NO_INTERRUPT;
    // SAFETY: as in `answer`, and the caller's promise.
    unsafe { space.write(function, COMMAND_STATUS, command | COMMAND_MEMORY | COMMAND_MASTER | pin) };
}

/// The interrupt line that firmware has given to a function's pin; `None` where it has none.
pub(crate) fn interrupt_line<S: ConfigurationSpace>(space: &S, function: Function) -> Option<u8> {
    const UNKNOWN: u8 = 0xff;
    let value = space.read(function, INTERRUPT_LINE);
    let (line, pin) = (value as u8, (value >> 8) as u8);
    (pin != 0 && line != UNKNOWN).then_some(line)
}

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;
