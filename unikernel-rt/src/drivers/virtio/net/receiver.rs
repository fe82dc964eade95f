//! The receiving half of a card: the current frame.

use super::super::queue::buffers::Buffers;
#[cfg(feature = "tcp")]
use super::super::queue::buffers::Merging;
#[cfg(feature = "sockets")]
use super::header;
use super::{ETHERNET_BYTES, HEADER_BYTES, HEADERS_BYTES};

/// The receiving half.
pub(crate) struct Receiver {
    pub(super) queue: Buffers,
    /// The current frame: its buffer, and its length with the header.
    pub(super) current: Option<(u16, usize)>,
    /// How frames in several buffers are merged; `None` if that is not negotiated.
    #[cfg(feature = "tcp")]
    pub(super) merging: Option<&'static Merging>,
}

impl Receiver {
    /// The current frame; empty if the device reported less than a header.
    #[cfg(any(not(feature = "sockets"), test))]
    #[inline]
    pub(crate) fn frame(&mut self) -> &mut [u8] {
        self.bytes().get_mut(HEADER_BYTES..).unwrap_or_default()
    }

    /// The same with its header.
    #[inline]
    fn bytes(&mut self) -> &mut [u8] {
        let Some((buffer, length)) = self.current else { return &mut [] };
        #[cfg(feature = "tcp")]
        if let Some(Merging { whole, .. }) = self.merging {
            return whole(&mut self.queue, buffer, length);
        }
        self.queue.buffer(buffer, length)
    }

    /// The current frame, and whether its checksum need not be verified: the device has done so, or the frame never left memory.
    /// Firecracker sends such frames even without negotiation.
    #[cfg(feature = "sockets")]
    #[inline]
    pub(crate) fn judged_frame(&mut self) -> (&mut [u8], bool) {
        match self.bytes().split_at_mut_checked(HEADER_BYTES) {
            Some((header, frame)) => (frame, header::vouches(header)),
            None => (&mut [], false),
        }
    }

    /// Returns the processed frame's buffers to the device.
    #[inline]
    pub(super) fn release(&mut self) {
        if let Some((buffer, _)) = self.current.take() {
            #[cfg(feature = "tcp")]
            if let Some(Merging { lend, .. }) = self.merging {
                return lend(&mut self.queue);
            }
            self.queue.lend(buffer, self.queue.buffer_bytes());
        }
    }
}

/// How much room there is behind `buffers` buffers for frames that reach beyond the last: of those that a peer sends who keeps to a
/// window of so many bytes. None where it is not worth it, and where the longest that can come has no room in the buffers: a
/// device would wait for more of them for ever.
pub(crate) const fn spill_bytes(buffers: usize, frame_bytes: usize, window_bytes: usize) -> usize {
    /// Senders make none of more than half a window (Linux), and then it should be several of what goes over a wire.
    const FRAMES: usize = 8;
    /// The longest packet, behind the longest header.
    const LONGEST: usize = HEADER_BYTES + ETHERNET_BYTES + u16::MAX as usize;
    if cfg!(not(feature = "tcp")) || window_bytes < FRAMES * frame_bytes || buffers * frame_bytes < LONGEST {
        return 0;
    }
    if window_bytes + HEADERS_BYTES < LONGEST { window_bytes + HEADERS_BYTES } else { LONGEST }
}
