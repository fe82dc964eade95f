//! Frames that wait for a neighbour's answer: a few each, from memory that all share (RFC 4861, section 7.2.2).

use crate::card::{Offload, Payload};

/// The most that wait for one neighbour.
const MOST_EACH: usize = 3;

/// Bytes of the longest frame that waits.
pub const FRAME_BYTES: usize = 14 + 1500;

/// What is known of a frame.
#[derive(Clone, Copy, Debug)]
pub struct QueuedFrame {
    /// The entry that it waits for, or [`FREE`].
    entry: u16,
    bytes: u16,
    /// Counts up, for the order.
    number: u32,
    offload: Option<Offload>,
}

const FREE: u16 = u16::MAX;

impl QueuedFrame {
    /// Memory that no frame is in.
    pub const FREE: QueuedFrame = QueuedFrame { entry: FREE, bytes: 0, number: 0, offload: None };
}

/// A frame that has waited.
pub(crate) struct Waited<'a> {
    pub(crate) bytes: &'a mut [u8],
    pub(crate) offload: Option<Offload>,
}

/// All frames that wait.
pub(crate) struct Queue<'m> {
    frames: &'m mut [QueuedFrame],
    /// The bytes of each.
    bytes: &'m mut [[u8; FRAME_BYTES]],
    number: u32,
}

impl<'m> Queue<'m> {
    pub(crate) fn new(frames: &'m mut [QueuedFrame], bytes: &'m mut [[u8; FRAME_BYTES]]) -> Self {
        let count = frames.len().min(bytes.len());
        Queue { frames: &mut frames[..count], bytes, number: 0 }
    }

    /// Has a frame wait for an entry. The oldest gives way: of the same neighbour where it has its share, of all where there is no
    /// room. Gives the frames that are lost by that, the new one included.
    pub(crate) fn put(
        &mut self,
        entry: usize,
        header: &[u8],
        payload: &[Payload<'_>],
        offload: Option<Offload>,
    ) -> usize {
        let bytes = header.len() + payload.iter().map(|part| part.bytes().len()).sum::<usize>();
        if bytes > FRAME_BYTES {
            return 1;
        }
        let waits = |frame: &QueuedFrame| usize::from(frame.entry) == entry;
        let has_share = self.frames.iter().filter(|frame| waits(frame)).count() >= MOST_EACH;
        let number = self.number;
        let place = self
            .frames
            .iter_mut()
            .zip(self.bytes.iter_mut())
            .filter(|(frame, _)| !has_share || waits(frame))
            .max_by_key(|(frame, _)| (frame.entry == FREE, number.wrapping_sub(frame.number)));
        let Some((place, place_of_bytes)) = place else { return 1 };
        let lost = usize::from(place.entry != FREE);
        self.number = self.number.wrapping_add(1);
        *place = QueuedFrame { entry: entry as u16, bytes: bytes as u16, number, offload };
        let mut rest = &mut place_of_bytes[..];
        for part in core::iter::once(header).chain(payload.iter().map(Payload::bytes)) {
            let (room, after) = rest.split_at_mut(part.len());
            room.copy_from_slice(part);
            rest = after;
        }
        lost
    }

    /// The oldest frame that waits for an entry. Its memory is free.
    pub(crate) fn take(&mut self, entry: usize) -> Option<Waited<'_>> {
        let number = self.number;
        let (oldest, bytes) = self
            .frames
            .iter_mut()
            .zip(self.bytes.iter_mut())
            .filter(|(frame, _)| usize::from(frame.entry) == entry)
            .max_by_key(|(frame, _)| number.wrapping_sub(frame.number))?;
        oldest.entry = FREE;
        Some(Waited { bytes: bytes.get_mut(..usize::from(oldest.bytes))?, offload: oldest.offload })
    }
}
