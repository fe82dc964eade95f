//! Segments as they are on the wire: RFC 9293, section 3.1; options of RFC 7323 and RFC 2018.

use super::sequence::Seq;
use crate::bytes::{array_at, u16_at, u32_at};

pub(super) const FIN: u8 = 0x01;
pub(super) const SYN: u8 = 0x02;
pub(super) const RST: u8 = 0x04;
pub(super) const PSH: u8 = 0x08;
pub(super) const ACK: u8 = 0x10;

/// Bytes of the header without options.
const FIXED_BYTES: usize = 20;

/// The most ranges of an acknowledgement that there is room for.
pub(super) const MOST_RANGES: usize = 4;

/// A half-open range of sequence numbers.
pub(super) type Range = (Seq, Seq);

/// What a header says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) source: u16,
    pub(super) destination: u16,
    pub(super) sequence: Seq,
    pub(super) acknowledgement: Seq,
    pub(super) flags: u8,
    pub(super) window: u16,
    pub(super) options: Options,
}

#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Options {
    pub(super) mss: Option<u16>,
    pub(super) window_shift: Option<u8>,
    pub(super) may_sack: bool,
    /// The sender's clock, and the last of ours that it has seen.
    pub(super) timestamps: Option<(u32, u32)>,
    pub(super) ranges: [Range; MOST_RANGES],
    /// How many of them there are.
    pub(super) count: u8,
}

impl Options {
    pub(super) fn ranges(&self) -> &[Range] {
        self.ranges.get(..usize::from(self.count)).unwrap_or_default()
    }

    pub(super) fn add_range(&mut self, range: Range) {
        if let Some(place) = self.ranges.get_mut(usize::from(self.count)) {
            *place = range;
            self.count += 1;
        }
    }

    /// What an option is not understood is skipped (RFC 9293, section 3.1, MUST-6); the rest of a malformed one is ignored.
    fn parse(mut bytes: &[u8]) -> Options {
        /// RFC 7323, section 2.3.
        const MOST_SHIFT: u8 = 14;
        let mut options = Options::default();
        while let [kind, rest @ ..] = bytes {
            let length = match kind {
                0 => break,
                1 => {
                    bytes = rest;
                    continue;
                }
                _ => usize::from(rest.first().copied().unwrap_or(0)),
            };
            let Some(option) = bytes.get(2..length) else { break };
            match (kind, option.len()) {
                (2, 2) => options.mss = u16_at(option, 0),
                (3, 1) => options.window_shift = Some(option[0].min(MOST_SHIFT)),
                (4, 0) => options.may_sack = true,
                (5, _) => option.as_chunks::<8>().0.iter().for_each(|range| {
                    if let (Some(start), Some(end)) = (u32_at(range, 0), u32_at(range, 4)) {
                        options.add_range((Seq(start), Seq(end)));
                    }
                }),
                (8, 8) => options.timestamps = u32_at(option, 0).zip(u32_at(option, 4)),
                _ => {}
            }
            bytes = &bytes[length..];
        }
        options
    }
}

impl Segment {
    /// The header of a segment, and its payload.
    #[inline]
    pub(super) fn parse(bytes: &[u8]) -> Option<(Segment, &[u8])> {
        let fixed: [u8; FIXED_BYTES] = array_at(bytes, 0)?;
        let header_bytes = usize::from(fixed[12] >> 4) * 4;
        let options = bytes.get(FIXED_BYTES..header_bytes)?;
        let segment = Segment {
            source: u16::from_be_bytes([fixed[0], fixed[1]]),
            destination: u16::from_be_bytes([fixed[2], fixed[3]]),
            sequence: Seq(u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]])),
            acknowledgement: Seq(u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]])),
            flags: fixed[13],
            window: u16::from_be_bytes([fixed[14], fixed[15]]),
            options: if options.is_empty() { Options::default() } else { Options::parse(options) },
        };
        Some((segment, &bytes[header_bytes..]))
    }

    pub(super) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// How many sequence numbers it takes (SEG.LEN).
    pub(super) fn length(&self, payload: &[u8]) -> usize {
        payload.len() + usize::from(self.has(SYN)) + usize::from(self.has(FIN))
    }

    /// The header's bytes: the first so many of what is given.
    pub(super) fn bytes(&self) -> ([u8; 60], usize) {
        let mut header = [0; 60];
        header[..2].copy_from_slice(&self.source.to_be_bytes());
        header[2..4].copy_from_slice(&self.destination.to_be_bytes());
        header[4..8].copy_from_slice(&self.sequence.0.to_be_bytes());
        header[8..12].copy_from_slice(&self.acknowledgement.0.to_be_bytes());
        header[14..16].copy_from_slice(&self.window.to_be_bytes());
        let mut at = FIXED_BYTES;
        let mut put = |bytes: &[u8]| {
            if let Some(room) = header.get_mut(at..at + bytes.len()) {
                room.copy_from_slice(bytes);
                at += bytes.len();
            }
        };
        let options = &self.options;
        if let Some(mss) = options.mss {
            let [high, low] = mss.to_be_bytes();
            put(&[2, 4, high, low]);
        }
        if let Some(shift) = options.window_shift {
            put(&[1, 3, 3, shift]);
        }
        if options.may_sack {
            put(&[1, 1, 4, 2]);
        }
        if let Some((value, echo)) = options.timestamps {
            put(&[1, 1, 8, 10]);
            put(&value.to_be_bytes());
            put(&echo.to_be_bytes());
        }
        let ranges = options.ranges();
        if !ranges.is_empty() {
            let count = ranges.len().min(self.most_ranges());
            put(&[1, 1, 5, 2 + 8 * count as u8]);
            for (start, end) in ranges.iter().take(count) {
                put(&start.0.to_be_bytes());
                put(&end.0.to_be_bytes());
            }
        }
        (header[12], header[13]) = ((at as u8 / 4) << 4, self.flags);
        (header, at)
    }

    /// RFC 2018, section 3: four, and three beside timestamps.
    fn most_ranges(&self) -> usize {
        if self.options.timestamps.is_some() { MOST_RANGES - 1 } else { MOST_RANGES }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut segment = Segment {
            source: 1,
            destination: 65535,
            sequence: Seq(0xFFFF_FFF0),
            acknowledgement: Seq(7),
            flags: SYN | ACK,
            window: 0xABCD,
            options: Options {
                mss: Some(1460),
                window_shift: Some(9),
                may_sack: true,
                timestamps: Some((3, 4)),
                ..Options::default()
            },
        };
        let (bytes, length) = segment.bytes();
        let (read, payload) = Segment::parse(&bytes[..length]).unwrap();
        assert_eq!(format!("{read:?}"), format!("{segment:?}"));
        assert!(payload.is_empty());
        (segment.options.mss, segment.options.window_shift, segment.options.may_sack) = (None, None, false);
        for number in 0..4 {
            segment.options.add_range((Seq(number), Seq(number + 1)));
        }
        let (bytes, length) = segment.bytes();
        assert_eq!(length, 20 + 12 + 4 + 24);
        assert_eq!(Segment::parse(&bytes[..length]).unwrap().0.options.ranges().len(), 3);
    }

    /// RFC 9293, section 3.1, MUST-6 and MUST-7: unknown options are skipped, malformed ones end the list.
    #[test]
    fn unknown_and_malformed_options_are_survived() {
        assert_eq!(Options::parse(&[254, 4, 9, 9, 2, 4, 5, 0xB4]).mss, Some(1460));
        assert_eq!(Options::parse(&[254, 0, 2, 4, 5, 0xB4]).mss, None);
        assert_eq!(Options::parse(&[254, 1, 2, 4, 5, 0xB4]).mss, None);
        assert_eq!(Options::parse(&[2, 9, 5, 0xB4]).mss, None);
        assert_eq!(Options::parse(&[1, 1, 2, 4, 5, 0xB4, 0, 3]).mss, Some(1460));
        assert_eq!(Options::parse(&[3, 3, 200]).window_shift, Some(14));
        assert_eq!(Options::parse(&[2]).mss, None);
    }
}
