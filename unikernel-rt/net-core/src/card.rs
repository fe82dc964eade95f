//! What a card is to the stack: where frames go.

use crate::ethernet::Mac;
use core::num::NonZeroU16;

/// A card, or what stands for one. The caller implements it.
pub trait Card {
    /// Whether a frame can be taken now, the longest included. Where not, the stack holds back what can wait.
    fn has_room(&mut self) -> bool;

    /// Takes a frame that begins with `header`, and goes on with `payload`.
    ///
    /// It is called without room too, where nothing is lost but time if the frame is dropped.
    fn transmit(&mut self, header: &[u8], payload: &[Payload<'_>], offload: Option<Offload>);

    /// A number that is mixed into each port, transaction and delay that is drawn. Where it is the hardware's, machines that are restored from
    /// one snapshot, and have the same key and the same clock, draw others.
    fn fresh_number() -> u64 {
        0
    }
}

/// A part of a frame's payload.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// Lives for ever: a card with scatter and gather reads it from where it lies.
    Static(&'static [u8]),
    /// Is there until [`Card::transmit`] returns: it is to be copied.
    Borrowed(&'a [u8]),
}

impl Payload<'_> {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Payload::Static(bytes) => bytes,
            Payload::Borrowed(bytes) => bytes,
        }
    }
}

/// Writes a frame to where there is room for all of it; where there is less, as many of its parts as have room.
///
/// It is one function for all who call it: the loops of copying are large, and most frames have two parts.
#[inline(never)]
pub fn write_frame(room: &mut [u8], header: &[u8], payload: &[Payload<'_>]) {
    let Some((place, mut rest)) = room.split_at_mut_checked(header.len()) else { return };
    place.copy_from_slice(header);
    for part in payload.iter().map(Payload::bytes) {
        let Some((place, after)) = rest.split_at_mut_checked(part.len()) else { return };
        place.copy_from_slice(part);
        rest = after;
    }
}

/// What is left to the card: to complete a checksum, whose field holds the sum of the pseudo-header, and to cut the frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Offload {
    /// Where in the frame the bytes begin that the checksum is of, to the frame's end.
    pub start: usize,
    /// Where its field is, from there.
    pub offset: usize,
    /// The most bytes of data of each of the segments that a frame of TCP is to be cut into; `None` where it is one.
    pub segment_bytes: Option<NonZeroU16>,
}

/// What the stack is to know of a card.
#[derive(Clone, Copy, Debug)]
pub struct CardProperties {
    /// Its address.
    pub mac: Mac,
    /// The most bytes of an IP packet.
    pub mtu: u16,
    /// Whether it completes the checksums of TCP and UDP.
    pub completes_checksums: bool,
    /// The most bytes of an IPv4 packet that it cuts into segments of TCP itself; 0 where it cuts none. It completes checksums, too.
    pub cut_bytes: u16,
    /// Whether frames that are sent come back to this stack, and go nowhere else.
    pub is_loopback: bool,
}
