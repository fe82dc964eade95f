//! Reports on the text screen, for a person who looks at the display of a machine that was booted by its BIOS.
//!
//! Every kernel carries this code, so it is the least that does it: the first report clears the screen and begins at its top, and what does
//! not fit is left out, because the first lines say most. The screen as a console is `drivers/screen`. Whether there is one, the stub has
//! asked the BIOS: after another kind of boot the memory is not touched.

use super::start_info::StartInfo;
use crate::arch::vga::{ATTRIBUTE, COLUMNS, MEMORY, ROWS};
use crate::arch::{port, window};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

const CELLS: u32 = (ROWS * COLUMNS) as u32;
const LINE: u32 = COLUMNS as u32;
const CELL_BYTES: u64 = 2;

const RTC_INDEX: u16 = 0x70;
const RTC_DATA: u16 = 0x71;

/// Where the text goes on; 0 before the first report.
static CELL: AtomicU32 = AtomicU32::new(0);

/// Shows a part of a report, if there is a screen.
pub(crate) fn write(text: &[u8]) {
    if !StartInfo::get().has_text_screen() {
        return;
    }
    if CELL.load(Relaxed) == 0 {
        (0..CELLS).for_each(|_| put(b' '));
        CELL.store(0, Relaxed);
    }
    text.iter().for_each(|byte| put(*byte));
}

/// Shows a character, or ends the line; beyond the screen, nothing is shown.
#[inline(never)]
fn put(byte: u8) {
    let mut cell = CELL.load(Relaxed);
    if byte == b'\n' {
        cell += LINE - 1 - cell % LINE;
    } else if cell < CELLS {
        // SAFETY: the stub has seen that this is the memory of the screen, which is nobody else's.
        unsafe { window::write(MEMORY.start + u64::from(cell) * CELL_BYTES, ATTRIBUTE | u16::from(byte)) };
    }
    CELL.store(cell + 1, Relaxed);
}

/// Leaves a report on the screen for ten seconds, before the machine is switched off with it.
pub(crate) fn wait_for_reader() {
    const SECONDS: u32 = 10;
    /// A limit for a machine whose clock stands still: some times as many reads as are made in ten seconds.
    const MOST_READS: u32 = 50_000_000;
    if CELL.load(Relaxed) == 0 {
        return;
    }
    // SAFETY: the port selects what the next one shows, the second of the minute; its highest bit, which masks the NMI, stays clear.
    unsafe { port::write::<u8>(RTC_INDEX, 0) };
    let (mut last, mut left): (u8, _) = (port::read(RTC_DATA), SECONDS);
    for _ in 0..MOST_READS {
        let now = port::read(RTC_DATA);
        if now != last {
            last = now;
            left -= 1;
        }
        if left == 0 {
            return;
        }
    }
}
