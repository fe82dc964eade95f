//! The text screen of a PC that has booted by its BIOS: 80 by 25 characters on a VGA.
//!
//! The write position is kept only in the device's cursor, so that a crash report can be written at any time, and text begins
//! below the firmware's output. The screen scrolls by moving the start address in the card's memory: only one line in some
//! hundred has to copy the others.

#[cfg(test)]
mod tests;

use crate::arch::vga::{self, ATTRIBUTE, COLUMNS, Cells, MEMORY_CELLS, Position, ROWS};
use crate::memory::{self, Use};
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

const SCREEN_CELLS: usize = ROWS * COLUMNS;

const BLANK: u16 = ATTRIBUTE | b' ' as u16;

/// Whether the memory of the screen is mapped and shown.
static IS_ATTACHED: AtomicBool = AtomicBool::new(false);

/// Finds the screen and maps its memory; whether it is there, in the mode that a BIOS leaves.
pub(crate) fn attach() -> bool {
    let is_there = vga::is_text_mode() && memory::map(vga::MEMORY, Use::Device).is_ok();
    IS_ATTACHED.store(is_there, Relaxed);
    is_there
}

/// Shows `bytes`, below what is there.
pub(crate) fn write(bytes: &[u8]) {
    if !IS_ATTACHED.load(Relaxed) {
        return;
    }
    // SAFETY: `attach` has mapped the memory.
    #[expect(unsafe_code, reason = "the cells are the card's memory")]
    let cells = unsafe { Cells::new() };
    let mut page = Page::new(cells, Position::Start.read(), Position::Cursor.read());
    bytes.iter().for_each(|byte| page.put(*byte));
    Position::Start.write(page.start);
    Position::Cursor.write(page.cursor);
}

/// The memory of the cells.
trait Memory {
    fn read(&self, cell: usize) -> u16;
    fn write(&mut self, cell: usize, value: u16);
}

impl Memory for Cells {
    fn read(&self, cell: usize) -> u16 {
        Cells::read(*self, cell)
    }

    fn write(&mut self, cell: usize, value: u16) {
        Cells::write(*self, cell, value);
    }
}

/// The visible part of the memory, and the cursor.
struct Page<M> {
    memory: M,
    /// The first cell that is shown.
    start: usize,
    /// The cell of the next character; on the screen.
    cursor: usize,
}

impl<M: Memory> Page<M> {
    /// The page as the device has it; as after a BIOS, where that cannot be.
    fn new(memory: M, start: usize, cursor: usize) -> Self {
        let start = if start.is_multiple_of(COLUMNS) && start <= MEMORY_CELLS - SCREEN_CELLS { start } else { 0 };
        let is_shown = (start..start + SCREEN_CELLS).contains(&cursor);
        Page { memory, start, cursor: if is_shown { cursor } else { start + SCREEN_CELLS - COLUMNS } }
    }

    /// Shows one byte: ASCII as it is, a question mark for each other character of UTF-8.
    fn put(&mut self, byte: u8) {
        let column = (self.cursor - self.start) % COLUMNS;
        match byte {
            b'\n' => self.cursor += COLUMNS - column,
            b'\r' => self.cursor -= column,
            b'\t' => self.cursor += 8 - column % 8,
            0x08 => self.cursor -= usize::from(column > 0),
            b' '..=b'~' => self.put_cell(byte),
            0xc0..=0xff => self.put_cell(b'?'),
            _ => {} // control characters, and what goes on in a character of UTF-8
        }
        if self.cursor >= self.start + SCREEN_CELLS {
            self.scroll();
        }
    }

    fn put_cell(&mut self, character: u8) {
        self.memory.write(self.cursor, ATTRIBUTE | u16::from(character));
        self.cursor += 1;
    }

    /// Shows one line more, blank.
    fn scroll(&mut self) {
        if self.start + COLUMNS + SCREEN_CELLS > MEMORY_CELLS {
            // At the end of the memory: the lines that stay are copied to its beginning.
            for cell in COLUMNS..SCREEN_CELLS {
                let value = self.memory.read(self.start + cell);
                self.memory.write(cell - COLUMNS, value);
            }
            self.cursor -= self.start + COLUMNS;
            self.start = 0;
        } else {
            self.start += COLUMNS;
        }
        let last_row = self.start + SCREEN_CELLS - COLUMNS;
        (last_row..last_row + COLUMNS).for_each(|cell| self.memory.write(cell, BLANK));
    }
}
