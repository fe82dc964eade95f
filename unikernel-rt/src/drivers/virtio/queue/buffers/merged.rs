//! Frames that the device has merged from several buffers (virtio 1.2, sections 5.1.6.3.1 and 5.1.6.4).
//!
//! A buffer lies right behind the one before it, and they are lent in that order. A device that uses them so leaves a frame in one
//! piece, which is looked at where it is; only what it has written at the beginning of the memory again is copied, behind the last
//! buffer. A device may return them in another order, or half full: such a frame is copied there as a whole.

use super::super::OURS;
use super::{Broken, Buffers};

/// Reception of frames in several buffers: through pointers, so that cards without room for them do not link the code.
pub(crate) struct Merging {
    /// Takes the other buffers of a frame whose first has been taken: where it is and how long, which become those of the whole.
    pub(crate) gather: fn(&mut Buffers, &mut (u16, usize)) -> Result<(), Broken>,
    /// Header and frame, from where it is, of so many bytes.
    pub(crate) whole: fn(&mut Buffers, u16, usize) -> &mut [u8],
    /// Lends processed buffers again.
    pub(crate) lend: fn(&mut Buffers),
}

pub(crate) static MERGING: Merging =
    Merging { gather: Buffers::gather, whole: Buffers::whole, lend: Buffers::lend_in_turn };

/// Where a header says how many buffers its frame is in.
const COUNT: core::ops::Range<usize> = 10..12;

impl Buffers {
    /// Lends the buffers of the driver's that follow the one that was lent last. Others, which the device has returned before their
    /// turn, wait for it: the order in which buffers are lent is always the one in which they lie.
    fn lend_in_turn(&mut self) {
        loop {
            let next = self.cursor & (self.queue.size - 1);
            if !self.queue.is_ours(next.into(), 1) {
                return;
            }
            self.lend(next, self.buffer_bytes);
        }
    }

    fn gather(&mut self, whole: &mut (u16, usize)) -> Result<(), Broken> {
        let (first, length) = *whole;
        let count = match self.buffer(first, COUNT.end).get(COUNT) {
            Some(&[low, high]) => u16::from_le_bytes([low, high]),
            _ => 0,
        };
        if count == 0 {
            return Err(Broken);
        }
        let end_of_buffers = self.end_of_buffers();
        let (mut frame, mut end) = (first, self.place(first) + length);
        for _ in 1..count {
            // All are returned at the same time.
            let (buffer, bytes) = self.take()?.ok_or(Broken)?;
            let place = self.place(buffer);
            if place != end {
                if end < end_of_buffers {
                    let length = end - self.place(frame);
                    self.spill(self.place(frame), end_of_buffers, length);
                    (frame, end) = (self.queue.size, end_of_buffers + length);
                }
                self.spill(place, end, bytes);
            }
            end += bytes;
        }
        *whole = (frame, end - self.place(frame));
        Ok(())
    }

    /// Where a buffer is, in bytes from the first; that of the one behind the last is where the room behind them begins.
    fn place(&self, buffer: u16) -> usize {
        usize::from(buffer) * self.buffer_bytes
    }

    fn end_of_buffers(&self) -> usize {
        self.place(self.queue.size)
    }

    /// Copies what has been taken to a place behind the last buffer, if there is room for it.
    fn spill(&mut self, from: usize, to: usize, bytes: usize) {
        let end = self.end_of_buffers();
        if from + bytes > end || to < end || to + bytes > end + self.spill_bytes {
            return;
        }
        // SAFETY: the first is within the buffers, and the second behind them, in memory whose owner this is.
        unsafe { core::ptr::copy_nonoverlapping(self.start.add(from), self.start.add(to), bytes) };
    }

    /// As [`Buffers::buffer`], of what may reach beyond the last buffer. Nobody sees what had no room there: it is longer than anybody
    /// sends who keeps to the window.
    fn whole(&mut self, first: u16, bytes: usize) -> &mut [u8] {
        let (begin, last) = (self.place(first), self.place(first) + bytes);
        let buffers = usize::from(self.queue.size);
        let taken = self.queue.runs.get(first.into()..last.div_ceil(self.buffer_bytes).min(buffers));
        let is_ours = taken.is_some_and(|taken| taken.iter().all(|&run| run == OURS));
        if !is_ours || last > self.end_of_buffers() + self.spill_bytes {
            return &mut [];
        }
        // SAFETY: inside the memory, whose owner this is, and no part of it lent to the device, as in `buffer`.
        unsafe { core::slice::from_raw_parts_mut(self.start.add(begin), bytes) }
    }
}
