//! The memory for packets that are put together, and the numbers of those that are sent.

use super::Fragment;

/// None at first: fragments are dropped.
#[derive(Debug, Default)]
pub(crate) struct Fragments<'m> {
    pub(super) packets: &'m mut [Fragment],
    sent: u32,
}

impl<'m> Fragments<'m> {
    /// Hands all memory out, so that a packet can be read from it.
    pub(crate) fn lend(&mut self) -> &'m mut [Fragment] {
        core::mem::take(&mut self.packets)
    }

    /// Takes it back.
    pub(crate) fn restore(&mut self, packets: &'m mut [Fragment]) {
        self.packets = packets;
    }

    /// A number that the last packets did not have.
    pub(crate) fn next_number(&mut self) -> u32 {
        self.sent = self.sent.wrapping_add(1);
        self.sent
    }
}
