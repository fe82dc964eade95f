//! The I/O APIC: sends an interrupt line as a vector to this processor.
//!
//! Intel 82093AA data sheet (registers); ACPI 6.5, section 5.2.12 (MADT): where the I/O APICs are, and which of their inputs an
//! ISA line has been moved to. Without the table it is the usual address, and each line has its own number.

use super::local_apic;
use crate::arch::window;
use crate::firmware::acpi;
use crate::interrupts::vector::Vector;

const USUAL_ADDRESS: u32 = 0xfec0_0000;

/// The memory-mapped register pair: index, then data.
const SELECT: u64 = 0x00;
const WINDOW: u64 = 0x10;

const VERSION: u32 = 0x01;
const FIRST_REDIRECTION: u32 = 0x10;
const ACTIVE_LOW: u32 = 1 << 13;
const LEVEL: u32 = 1 << 15;

/// No I/O APIC has the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NoRoute;

/// The input that a line is wired to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Input {
    /// Physical address of the I/O APIC.
    address: u32,
    /// The index of the input.
    index: u32,
    active_low: bool,
}

/// The trigger mode of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trigger {
    /// Edge-triggered.
    Edge,
    /// Level-triggered: asserted until its device is served.
    Level,
}

/// Routes `line` to `vector`: an ISA line by its ISA number, any other by its global number.
pub(crate) fn route(line: u32, vector: Vector, trigger: Trigger) -> Result<(), NoRoute> {
    local_apic::enable();
    let input = input_of(line, entries_of_the_machine());
    let highest = read(input.address, VERSION) >> 16 & 0xff;
    // A missing device reads as all zeros or ones, which would be 1 or 256 inputs; no I/O APIC has either.
    if highest == 0 || highest == 0xff || input.index > highest {
        return Err(NoRoute);
    }
    redirect(input, vector, trigger);
    Ok(())
}

/// Routes input `index` of the first I/O APIC, active high, to `vector`, without reading the MADT.
pub(super) fn route_input(index: u32, vector: Vector, trigger: Trigger) {
    redirect(Input { address: USUAL_ADDRESS, index, active_low: false }, vector, trigger);
}

fn redirect(input: Input, vector: Vector, trigger: Trigger) {
    let polarity = if input.active_low { ACTIVE_LOW } else { 0 };
    let redirection = FIRST_REDIRECTION + 2 * input.index;
    write(input.address, redirection + 1, u32::from(local_apic::id()) << 24);
    let trigger = if trigger == Trigger::Level { LEVEL } else { 0 };
    write(input.address, redirection, u32::from(vector.number()) | polarity | trigger);
}

/// Whether there is an I/O APIC whose inputs begin at global line `base`.
pub(crate) fn begins_at(base: u32) -> bool {
    input_of(base, entries_of_the_machine()).index == 0
}

/// Reads a byte of the entries of the machine's MADT.
fn entries_of_the_machine() -> impl Fn(u64) -> Option<u8> {
    const MADT_FIRST_ENTRY: u64 = 44;
    let table = acpi::table(b"APIC");
    move |offset| table?.read(MADT_FIRST_ENTRY + offset)
}

/// Finds the input in the entries of a MADT. `byte` reads one byte, `None` past the end.
///
/// The trigger mode that the table gives for an ISA line is ignored: a waiter drains the device before it waits, so each cause
/// is an edge.
fn input_of(line: u32, byte: impl Fn(u64) -> Option<u8>) -> Input {
    const IO_APIC: u8 = 1;
    const OVERRIDE: u8 = 2;
    const POLARITY_LOW: u16 = 0b11;
    let byte = &byte;
    let half = |offset| Some(u16::from_le_bytes([byte(offset)?, byte(offset + 1)?]));
    let word = |offset| Some(u32::from(half(offset)?) | u32::from(half(offset + 2)?) << 16);
    let entries = || {
        let mut offset = 0;
        core::iter::from_fn(move || {
            let at = offset;
            let (kind, length) = (byte(at)?, byte(at + 1)?);
            offset += u64::from(length);
            (length >= 2).then_some((kind, at))
        })
    };
    let overridden = entries().find_map(|(kind, at)| {
        let is_the_line = kind == OVERRIDE && byte(at + 2)? == 0 && u32::from(byte(at + 3)?) == line;
        is_the_line.then_some((word(at + 4)?, half(at + 8)? & POLARITY_LOW == POLARITY_LOW))
    });
    let (global, active_low) = overridden.unwrap_or((line, false));
    // The I/O APIC whose inputs begin nearest below it.
    let mut best = (USUAL_ADDRESS, 0);
    let mut found = false;
    for (_, at) in entries().filter(|(kind, _)| *kind == IO_APIC) {
        let (Some(address), Some(base)) = (word(at + 4), word(at + 8)) else { break };
        if base <= global && (!found || base >= best.1) {
            (best, found) = ((address, base), true);
        }
    }
    Input { address: best.0, index: global - best.1, active_low }
}

fn read(address: u32, register: u32) -> u32 {
    select(address, register);
    window::read(u64::from(address) + WINDOW)
}

fn write(address: u32, register: u32, value: u32) {
    select(address, register);
    // SAFETY: the address is the MADT's, or that of every PC's I/O APIC. Its registers send interrupts, which are taken in one
    // place, and nothing else.
    #[expect(unsafe_code, reason = "registers of the I/O APIC")]
    unsafe {
        window::write(u64::from(address) + WINDOW, value);
    }
}

fn select(address: u32, register: u32) {
    // SAFETY: as in `write`.
    #[expect(unsafe_code, reason = "registers of the I/O APIC")]
    unsafe {
        window::write(u64::from(address) + SELECT, register);
    }
}

#[cfg(test)]
mod tests;
