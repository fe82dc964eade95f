//! The Internet checksum (RFC 1071), where a frame comes with a partial one.

use super::header::{CHECKSUM_OFFSET, CHECKSUM_START, FLAGS, NEEDS_CHECKSUM};
use super::ring::HEADER_BYTES;

/// Completes the checksum of a frame behind its header; what the header says may be anything.
#[cold]
pub(super) fn complete(buffer: &mut [u8]) {
    let Some((header, frame)) = buffer.split_at_mut_checked(HEADER_BYTES) else { return };
    let field = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let (start, offset) = (field(CHECKSUM_START), field(CHECKSUM_OFFSET));
    // The device writes flags before each frame; those of this one are dealt with.
    let Some(covered) = frame.get_mut(start..).filter(|covered| covered.len() >= offset + 2) else { return };
    // The field holds the sum of the pseudo-header, and so belongs to what is summed up.
    let sum = fold(sum(covered));
    covered[offset..offset + 2].copy_from_slice(&(!sum).to_be_bytes());
    header[FLAGS] &= !NEEDS_CHECKSUM;
}

fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut sum: u64 = words.iter().map(|word| u64::from(u32::from_be_bytes(*word))).sum();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    sum += u64::from(u32::from_be_bytes(last));
    sum
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    sum as u16
}
