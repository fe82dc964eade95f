//! Frames that wait for a neighbour's answer: a few each, from memory that all share (RFC 4861, section 7.2.2).

use crate::card::{Offload, Payload, write_frame};

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
        let entry = entry as u16;
        let has_share = self.frames.iter().filter(|frame| frame.entry == entry).count() >= MOST_EACH;
        let at =
            if has_share { self.oldest(Some(entry)) } else { self.oldest(Some(FREE)).or_else(|| self.oldest(None)) };
        let Some((place, own)) = at.and_then(|at| self.frames.get_mut(at).zip(self.bytes.get_mut(at))) else {
            return 1;
        };
        let lost = usize::from(place.entry != FREE);
        *place = QueuedFrame { entry, bytes: bytes as u16, number: self.number, offload };
        self.number = self.number.wrapping_add(1);
        write_frame(own, header, payload);
        lost
    }

    /// The oldest frame that waits for an entry. Its memory is free.
    pub(crate) fn take(&mut self, entry: usize) -> Option<Waited<'_>> {
        let at = self.oldest(Some(entry as u16))?;
        let (oldest, bytes) = self.frames.get_mut(at).zip(self.bytes.get_mut(at))?;
        oldest.entry = FREE;
        Some(Waited { bytes: bytes.get_mut(..usize::from(oldest.bytes))?, offload: oldest.offload })
    }

    /// The oldest of the frames of an entry, or of all.
    #[inline(never)]
    fn oldest(&self, entry: Option<u16>) -> Option<usize> {
        let mut oldest = None;
        for (at, frame) in self.frames.iter().enumerate() {
            let age = self.number.wrapping_sub(frame.number);
            if entry.is_none_or(|entry| frame.entry == entry) && oldest.is_none_or(|(other, _)| age >= other) {
                oldest = Some((age, at));
            }
        }
        oldest.map(|(_, at)| at)
    }
}
