//! The headers of a frame to send, written from the innermost to the outermost.

use crate::packet::UDP_HEADER_BYTES;

/// The most that is needed: Ethernet, IPv6, and TCP with all of its options.
const ROOM: usize = 14 + 40 + 60;

/// The bytes before a frame's payload.
pub(crate) struct Header {
    bytes: [u8; ROOM],
    start: usize,
}

impl Header {
    pub(crate) fn new() -> Self {
        Header { bytes: [0; ROOM], start: ROOM }
    }

    /// That of a datagram of so many bytes, the header's own among them (RFC 768); without a checksum yet.
    pub(crate) fn udp(source: u16, destination: u16, length: u16) -> Self {
        let mut udp = [0; UDP_HEADER_BYTES];
        udp[..2].copy_from_slice(&source.to_be_bytes());
        udp[2..4].copy_from_slice(&destination.to_be_bytes());
        udp[4..6].copy_from_slice(&length.to_be_bytes());
        let mut header = Header::new();
        header.prepend(&udp);
        header
    }

    /// Puts a part before what is there.
    #[inline]
    pub(crate) fn prepend(&mut self, part: &[u8]) {
        debug_assert!(part.len() <= self.start);
        let start = self.start.saturating_sub(part.len());
        if let Some(room) = self.bytes.get_mut(start..self.start)
            && room.len() == part.len()
        {
            room.copy_from_slice(part);
        }
        self.start = start;
    }

    /// Writes a field of the part that was put last.
    pub(crate) fn write_at(&mut self, offset: usize, value: u16) {
        let at = self.start + offset;
        if let Some(field) = self.bytes.get_mut(at..at + 2) {
            field.copy_from_slice(&value.to_be_bytes());
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub(crate) fn len(&self) -> usize {
        ROOM - self.start
    }
}
