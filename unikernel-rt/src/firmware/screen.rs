//! Reports on the text screen, for a person who looks at the display of a machine that was booted by its BIOS.
//!
//! Every kernel carries this code, so it is the least that does it: the first report clears the screen and begins at its top, and what does
//! not fit is left out, because the first lines say most. The screen as a console is `drivers/screen`. Whether there is one, the stub has
//! asked the BIOS: after another kind of boot the memory is not touched.

use super::start_info::StartInfo;
use crate::arch::vga::{ATTRIBUTE, COLUMNS, MEMORY, ROWS};
use crate::arch::{port, window};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const CELLS: usize = ROWS * COLUMNS;
const CELL_BYTES: u64 = 2;

/// Where the text goes on; 0 before the first report.
static CELL: AtomicUsize = AtomicUsize::new(0);

/// Shows a part of a report, if there is a screen.
pub(crate) fn write(text: &[u8]) {
    if !StartInfo::get().has_text_screen() {
        return;
    }
    let mut cell = CELL.load(Relaxed);
    if cell == 0 {
        (1..CELLS).for_each(|cell| put(cell, b' '));
    }
    for byte in text {
        if *byte == b'\n' {
            cell += COLUMNS - cell % COLUMNS;
        } else {
            put(cell, *byte);
            cell += 1;
        }
    }
    CELL.store(cell, Relaxed);
}

/// Shows a character; beyond the screen, nothing.
#[inline(never)]
fn put(cell: usize, character: u8) {
    if cell < CELLS {
        // SAFETY: the stub has seen that this is the memory of the screen, which is nobody else's.
        unsafe { window::write(MEMORY.start + cell as u64 * CELL_BYTES, ATTRIBUTE | u16::from(character)) };
    }
}

/// Leaves a report on the screen for ten seconds, before the machine is switched off with it.
pub(crate) fn wait_for_reader() {
    const SECONDS: u32 = 10;
    /// A limit for a machine whose clock stands still: some times as many reads as are made in ten seconds.
    const MOST_READS: u32 = 50_000_000;
    if CELL.load(Relaxed) == 0 {
        return;
    }
    let (mut last, mut left) = (second(), SECONDS);
    for _ in 0..MOST_READS {
        let now = second();
        left -= u32::from(now != last);
        last = now;
        if left == 0 {
            return;
        }
    }
}

/// The second of the minute, by the real-time clock.
fn second() -> u8 {
    const INDEX: u16 = 0x70;
    const DATA: u16 = 0x71;
    const SECONDS: u8 = 0;
    // SAFETY: the port selects what the next one shows; its highest bit, which masks the NMI, stays clear.
    unsafe { port::write(INDEX, SECONDS) };
    port::read(DATA)
}
