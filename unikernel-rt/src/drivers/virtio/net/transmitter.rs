//! The sending half of a card: frames are written where the device reads them.
//!
//! What lies still for ever, such as a file of the image, is not copied: the device reads it where it is.

use super::super::Transport;
use super::super::queue::Broken;
use super::super::queue::buffers::{Buffers, LONGEST_RUN};
use super::{HEADER_BYTES, HEADERS_BYTES, Offload, TRANSMIT};

/// The sending half.
pub(crate) struct Transmitter {
    pub(super) transport: Transport,
    pub(super) queue: Buffers,
    /// The most bytes of a frame, with its header, that room is kept for.
    pub(super) most: usize,
    /// Whether a frame found no free buffer and none has been taken back since, so a sender waits for the device.
    pub(super) is_starved: bool,
    /// Whether the device has violated the protocol, and was stopped.
    pub(super) is_broken: bool,
}

impl Transmitter {
    /// Whether any frame can be sent, up to the longest; reclaims sent buffers if needed.
    #[cfg(feature = "sockets")]
    #[inline(never)]
    pub(crate) fn can_send_longest(&mut self) -> bool {
        self.has_room(self.most)
    }

    #[inline]
    pub(super) fn has_room(&mut self, bytes: usize) -> bool {
        self.queue.free(bytes).is_some() || self.take_back(bytes)
    }

    #[inline(never)]
    fn take_back(&mut self, bytes: usize) -> bool {
        if self.is_broken {
            return false;
        }
        loop {
            match self.queue.take() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(Broken) => return self.give_up(),
            }
        }
        if self.queue.free(bytes).is_some() {
            // Who was refused before may find room now, and no interrupt would tell: there is nothing left for the device to return.
            self.is_starved = false;
            return true;
        }
        // A batch that has filled the ring has not been published yet.
        self.flush();
        self.is_starved = true;
        false
    }

    /// Publishes sent frames.
    pub(super) fn flush(&mut self) {
        if self.queue.publish() {
            self.transport.notify(TRANSMIT);
        }
    }

    /// Stops a device that violates the protocol: it could write anywhere in its buffers at any time.
    #[cold]
    pub(super) fn give_up(&mut self) -> bool {
        self.transport.reset();
        self.is_broken = true;
        false
    }

    /// Lets `write` fill a frame of `length` bytes, and sends it with the batch, with the offloads that `judge` says. [`super::Card::can_transmit`]
    /// or [`Transmitter::can_send_longest`] has said that there is room; without, and where `judge` says so, it goes nowhere.
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

    /// As [`Transmitter::send_as`], of a frame whose last bytes the device reads from where they lie; `write` fills the `length` bytes before
    /// them. Returns whether there is room for such a frame: without, nothing is written, and it may have room as a whole.
    #[inline]
    pub(crate) fn send_before(
        &mut self,
        length: usize,
        rest: &'static [u8],
        write: impl FnOnce(&mut [u8]),
        offload: Offload,
    ) -> bool {
        let bytes = HEADER_BYTES + length;
        if bytes > self.queue.buffer_bytes() || bytes + rest.len() > self.most {
            return false;
        }
        let Some(first) = self.queue.free_before() else { return false };
        let (header, frame) = self.queue.buffer(first, bytes).split_at_mut(HEADER_BYTES);
        write(frame);
        offload.write(header);
        self.queue.lend_before(first, bytes, rest);
        true
    }
}

/// The most bytes of a frame that the device cuts into segments, with its header: what there is to send at once, of `send_bytes` that
/// wait, and what IPv4 can say; and no more than leaves room for another, so that one is written while the device sends the one before.
pub(super) fn most_bytes(transmit: &Buffers, send_bytes: usize) -> usize {
    const PARTS: u16 = 2;
    let room = usize::from((transmit.count() / PARTS).clamp(1, LONGEST_RUN)) * transmit.buffer_bytes();
    room.min(send_bytes + HEADERS_BYTES).min(HEADER_BYTES + usize::from(u16::MAX))
}
