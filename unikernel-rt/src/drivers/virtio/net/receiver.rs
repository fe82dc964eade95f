//! The receiving half of a card: the frame that is being looked at.

#[cfg(feature = "sockets")]
use super::header;
use super::ring::{HEADER_BYTES, Ring};

/// The receiving half.
pub(crate) struct Receiver {
    pub(super) ring: Ring,
    /// The frame that is being looked at: its buffer, and its length with the header.
    pub(super) current: Option<(u16, usize)>,
}

impl Receiver {
    /// The frame that has come; empty if the device has said that it wrote less than a header.
    #[inline]
    pub(crate) fn frame(&mut self) -> &mut [u8] {
        match self.current {
            Some((buffer, length)) => self.ring.buffer(buffer, length).get_mut(HEADER_BYTES..).unwrap_or_default(),
            None => &mut [],
        }
    }

    /// Whether the device vouches for the frame: it has looked at its checksum, or nothing but memory was between. Firecracker
    /// passes such frames on without having been asked to.
    #[cfg(feature = "sockets")]
    #[inline]
    pub(crate) fn is_vouched_for(&mut self) -> bool {
        let Some((buffer, _)) = self.current else { return false };
        header::vouches(self.ring.buffer(buffer, HEADER_BYTES))
    }

    /// Gives the frame that was looked at back to the device.
    #[inline]
    pub(super) fn release(&mut self) {
        if let Some((buffer, _)) = self.current.take() {
            self.ring.lend(buffer, 0);
        }
    }
}
