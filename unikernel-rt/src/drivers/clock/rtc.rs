//! The real-time clock of the PC, in CMOS memory: the date and the second.
//!
//! Motorola MC146818A data sheet; the century is where QEMU, SeaBIOS and the usual FADT have it. Taken to be UTC.

use crate::arch::port::{self, Port};
use crate::kernel::calendar::{days_in_month, days_since_1970};

// SAFETY: the port selects a register of the clock, to be read, and nothing else; its highest bit masks the non-maskable interrupt.
#[expect(unsafe_code, reason = "a port of the clock")]
const INDEX: Port<u8> = unsafe { Port::new(0x70) };
const DATA_PORT: u16 = 0x71;

/// Second, minute, hour, day, month, year, century, in the order of [`Registers`].
const TIME: [u8; 7] = [0x00, 0x02, 0x04, 0x07, 0x08, 0x09, 0x32];
const STATUS_A: u8 = 0x0a;
const STATUS_B: u8 = 0x0b;
const STATUS_D: u8 = 0x0d;

const UPDATING: u8 = 1 << 7;
const VALID: u8 = 1 << 7;
const ABSENT: u8 = 0xff;

/// The registers as they were read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Registers {
    time: [u8; 7],
    status_b: u8,
}

/// What a look at the clock gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reading {
    /// Seconds since 1970.
    Seconds(u64),
    /// It is moving to the next second, which takes it up to 2 ms: ask again.
    Updating,
    /// There is no clock, or it has lost its time.
    None,
}

/// Reads the clock.
pub(crate) fn read() -> Reading {
    // A clock whose battery has failed says so; where there is none, all registers read as ones.
    if register(STATUS_A) == ABSENT || register(STATUS_D) & VALID == 0 {
        return Reading::None;
    }
    let (first, second) = (registers(), registers());
    match (first, second) {
        (Some(first), Some(second)) if first == second => match seconds_since_1970(&first) {
            Some(seconds) => Reading::Seconds(seconds),
            None => Reading::None,
        },
        _ => Reading::Updating,
    }
}

#[inline(never)]
fn registers() -> Option<Registers> {
    (register(STATUS_A) & UPDATING == 0).then(|| Registers { time: TIME.map(register), status_b: register(STATUS_B) })
}

#[inline(never)]
fn register(index: u8) -> u8 {
    INDEX.write(index);
    port::read(DATA_PORT)
}

/// The time that registers hold, if it is one.
fn seconds_since_1970(registers: &Registers) -> Option<u64> {
    const BINARY: u8 = 1 << 2;
    const HOURS_24: u8 = 1 << 1;
    const AFTERNOON: u8 = 1 << 7;
    let number = |value| number(value, registers.status_b & BINARY != 0);
    let [second, minute, hour, day, month, year, century] = registers.time;
    let (second, minute, day, month, year) =
        (number(second)?, number(minute)?, number(day)?, number(month)?, number(year)?);
    let hour = if registers.status_b & HOURS_24 != 0 {
        number(hour)?
    } else {
        let hour_12 = number(hour & !AFTERNOON).filter(|hour| (1..=12).contains(hour))?;
        hour_12 % 12 + if hour & AFTERNOON != 0 { 12 } else { 0 }
    };
    // Where the register holds something else, the year is of this century: nothing here is older.
    let century = number(century).filter(|century| (20..30).contains(century)).unwrap_or(20);
    let year = century * 100 + Some(year).filter(|year| *year < 100)?;
    let valid = second < 60 && minute < 60 && hour < 24 && (1..=12).contains(&month) && day >= 1;
    (valid && day <= days_in_month(year, month))
        .then(|| ((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

/// The number in a register, binary or in two decimal digits.
#[inline(never)]
fn number(value: u8, binary: bool) -> Option<u64> {
    if binary {
        return Some(value.into());
    }
    (value & 0xf < 10 && value >> 4 < 10).then(|| u64::from(value >> 4) * 10 + u64::from(value & 0xf))
}

#[cfg(test)]
mod tests;
