//! The header of a frame: offloads for the device to do, or that it has done (section 5.1.6).

/// Bytes before each frame: `struct virtio_net_hdr` of a device of version 1.
pub(crate) const HEADER_BYTES: usize = 12;

/// Flags.
const NEEDS_CHECKSUM: u8 = 1;
#[cfg(feature = "sockets")]
const DATA_VALID: u8 = 2;
/// Segmentation types.
const CUT_TCP_IPV4: u8 = 1;

/// A checksum offload: the checksum field holds the sum of the pseudo-header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Checksum {
    /// The offset in the frame where the checksummed range starts.
    pub(crate) start: u16,
    /// The offset of the checksum field from there.
    pub(crate) offset: u16,
}

/// A segmentation offload for TCP over IPv4.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cut {
    /// Bytes of all headers, which every segment repeats.
    pub(crate) header_bytes: u16,
    /// Payload bytes of each segment.
    pub(crate) segment_bytes: u16,
}

/// The offloads of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Offload {
    pub(crate) checksum: Option<Checksum>,
    /// It goes with a checksum.
    pub(crate) cut: Option<Cut>,
}

impl Offload {
    pub(crate) const NOTHING: Offload = Offload { checksum: None, cut: None };

    /// Writes it into a header.
    #[inline]
    pub(super) fn write(self, header: &mut [u8]) {
        let Some(header) = header.first_chunk_mut::<HEADER_BYTES>() else { return };
        let mut fields = [0; HEADER_BYTES];
        if let Some(Checksum { start, offset }) = self.checksum {
            fields[0] = NEEDS_CHECKSUM;
            fields[6..8].copy_from_slice(&start.to_le_bytes());
            fields[8..10].copy_from_slice(&offset.to_le_bytes());
            if let Some(Cut { header_bytes, segment_bytes }) = self.cut {
                fields[1] = CUT_TCP_IPV4;
                fields[2..4].copy_from_slice(&header_bytes.to_le_bytes());
                fields[4..6].copy_from_slice(&segment_bytes.to_le_bytes());
            }
        }
        *header = fields;
    }
}

/// Whether a header marks the checksum of its frame as valid or partial.
#[cfg(feature = "sockets")]
#[inline]
pub(super) fn vouches(header: &[u8]) -> bool {
    header.first().is_some_and(|flags| flags & (NEEDS_CHECKSUM | DATA_VALID) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_where_the_specification_has_them() {
        let written = |offload: Offload| {
            let mut header = [0xee; HEADER_BYTES];
            offload.write(&mut header);
            header
        };
        assert_eq!(written(Offload::NOTHING), [0; 12]);
        let checksum = Some(Checksum { start: 34, offset: 16 });
        assert_eq!(written(Offload { checksum, cut: None }), [1, 0, 0, 0, 0, 0, 34, 0, 16, 0, 0, 0]);
        let cut = Some(Cut { header_bytes: 66, segment_bytes: 1448 });
        assert_eq!(written(Offload { checksum, cut }), [1, 1, 66, 0, 0xa8, 5, 34, 0, 16, 0, 0, 0]);
        Offload::NOTHING.write(&mut []);
        for (flags, expected) in [(0, false), (1, true), (2, true), (4, false), (5, true)] {
            assert_eq!(vouches(&[flags, 0]), expected);
        }
        assert!(!vouches(&[]));
    }
}
