//! The sending half of a card: frames are written where the device reads them.

use super::super::queue::buffers::{Buffers, LONGEST_RUN};
use super::{HEADER_BYTES, HEADERS_BYTES, Offload};

/// The sending half.
pub(crate) struct Transmitter {
    pub(super) queue: Buffers,
    /// The most bytes of a frame, with its header, that room is kept for.
    pub(super) most: usize,
    /// Whether a frame found no free buffer, so a sender waits for the device.
    pub(super) is_starved: bool,
}

impl Transmitter {
    /// Lets `write` fill a frame of `length` bytes, and sends it with the batch. [`super::Card::can_transmit`] has said that there is
    /// room, and it fits into the MTU; without both, it goes nowhere.
    #[inline]
    pub(crate) fn send<R>(&mut self, length: usize, write: impl FnOnce(&mut [u8]) -> R) -> R {
        self.send_as(length, write, |_| Some(Offload::NOTHING))
    }

    /// As [`Transmitter::send`], with offloads; none if there is no room for the frame.
    #[inline]
    pub(crate) fn send_as<R>(
        &mut self,
        length: usize,
        write: impl FnOnce(&mut [u8]) -> R,
        judge: impl FnOnce(&mut [u8]) -> Option<Offload>,
    ) -> R {
        let bytes = HEADER_BYTES + length;
        let first = if bytes <= self.most { self.queue.free(bytes) } else { None };
        let Some(first) = first else { return write(&mut []) };
        let (header, frame) = self.queue.buffer(first, bytes).split_at_mut(HEADER_BYTES);
        let result = write(frame);
        if let Some(offload) = judge(frame) {
            offload.write(header);
            self.queue.lend(first, bytes);
        }
        result
    }
}

/// The most bytes of a frame that the device cuts into segments, with its header: what there is to send at once, of `send_bytes` that
/// wait, and what IPv4 can say; and no more than leaves room for another, so that one is written while the device sends the one before.
pub(super) fn most_bytes(transmit: &Buffers, send_bytes: usize) -> usize {
    const PARTS: u16 = 2;
    let room = usize::from((transmit.count() / PARTS).clamp(1, LONGEST_RUN)) * transmit.buffer_bytes();
    room.min(send_bytes + HEADERS_BYTES).min(HEADER_BYTES + usize::from(u16::MAX))
}
