//! The VGA in text mode: where its text is, where the cursor is, and the cells in memory.
//!
//! Registers: IBM, "PS/2 Hardware Interface Technical Reference, Video Subsystem"; mode 3 is what a BIOS leaves.

use core::ops::Range;
use core::ptr::NonNull;
use x86_64::instructions::port::Port;

/// Where the cells of the text modes in colour are.
pub(crate) const MEMORY: Range<u64> = 0xb_8000..0xc_0000;

/// How many cells that is, of a character and its attribute each: some pages more than a screen.
pub(crate) const MEMORY_CELLS: usize = ((MEMORY.end - MEMORY.start) / 2) as usize;

/// Characters of a line in mode 3, and lines.
pub(crate) const COLUMNS: usize = 80;
pub(crate) const ROWS: usize = 25;

/// Light grey on black, as firmware has it: the upper byte of a cell.
pub(crate) const ATTRIBUTE: u16 = 0x07 << 8;

const GRAPHICS_INDEX: u16 = 0x3ce;
const CRT_INDEX: u16 = 0x3d4;

/// Registers of the graphics controller.
const MISCELLANEOUS: u8 = 6;

/// Registers of the CRT controller.
const HORIZONTAL_DISPLAY_END: u8 = 0x01;
const START_HIGH: u8 = 0x0c;
const CURSOR_HIGH: u8 = 0x0e;

/// A cell's number in two registers of the CRT controller, the high byte first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Position {
    /// The first cell of the screen.
    Start,
    /// The cell with the cursor.
    Cursor,
}

impl Position {
    const fn high(self) -> u8 {
        match self {
            Position::Start => START_HIGH,
            Position::Cursor => CURSOR_HIGH,
        }
    }

    /// Reads it.
    pub(crate) fn read(self) -> usize {
        let [high, low] = [self.high(), self.high() + 1].map(|index| read(CRT_INDEX, index));
        usize::from(u16::from_be_bytes([high, low]))
    }

    /// Moves it; what is not in the memory of the cells is cut to it.
    pub(crate) fn write(self, cell: usize) {
        let [high, low] = ((cell % MEMORY_CELLS) as u16).to_be_bytes();
        for (index, byte) in [(self.high(), high), (self.high() + 1, low)] {
            // SAFETY: where the screen begins and where its cursor is changes nothing but what a person sees.
            unsafe { Port::<u16>::new(CRT_INDEX).write(u16::from_le_bytes([index, byte])) };
        }
    }
}

/// Whether there is a VGA in a text mode of 80 columns, in colour. Where there is none, its registers read as ones.
pub(crate) fn is_text_mode() -> bool {
    const GRAPHICS: u8 = 1 << 0;
    const WINDOW: u8 = 0b11 << 2; // all ones: the 32 KiB at 0xb8000
    let mode = read(GRAPHICS_INDEX, MISCELLANEOUS);
    mode & (GRAPHICS | WINDOW) == WINDOW && usize::from(read(CRT_INDEX, HORIZONTAL_DISPLAY_END)) == COLUMNS - 1
}

/// Reads a register behind a pair of ports, which firmware has left alone since it set the mode.
fn read(index_port: u16, index: u8) -> u8 {
    // SAFETY: both controllers are read; the index only chooses what the port behind it shows.
    unsafe {
        Port::new(index_port).write(index);
        Port::new(index_port + 1).read()
    }
}

/// The cells, by their number in the memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cells(NonNull<u16>);

impl Cells {
    /// The cells at [`MEMORY`].
    ///
    /// # Safety
    /// The memory is mapped one to one, for good.
    pub(crate) const unsafe fn new() -> Self {
        Cells(NonNull::without_provenance(core::num::NonZero::new(MEMORY.start as usize).unwrap()))
    }

    fn at(self, cell: usize) -> *mut u16 {
        // Whatever the number is, this is inside.
        self.0.as_ptr().wrapping_add(cell % MEMORY_CELLS)
    }

    /// What is in a cell.
    pub(crate) fn read(self, cell: usize) -> u16 {
        // SAFETY: the memory is mapped, by the promise of `new`, and the device's alone.
        unsafe { self.at(cell).read_volatile() }
    }

    /// Shows a character with an attribute.
    pub(crate) fn write(self, cell: usize, value: u16) {
        // SAFETY: as in `read`.
        unsafe { self.at(cell).write_volatile(value) }
    }
}
