//! What a card is to the stack: where frames go.

use crate::ethernet::Mac;

/// A card, or what stands for one. The caller implements it.
pub trait Card {
    /// Whether a frame can be taken now. Where not, the stack holds back what can wait.
    fn has_room(&self) -> bool;

    /// Takes a frame that begins with `header`, and goes on with `payload`.
    ///
    /// It is called without room too, where nothing is lost but time if the frame is dropped.
    fn transmit(&mut self, header: &[u8], payload: &[Payload<'_>], checksum: Option<PartialChecksum>);
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

/// A checksum that the card is to complete: the field holds the sum of the pseudo-header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartialChecksum {
    /// Where in the frame the bytes begin that it is of, to the frame's end.
    pub start: usize,
    /// Where its field is, from there.
    pub offset: usize,
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
    /// Whether frames that are sent come back to this stack, and go nowhere else.
    pub is_loopback: bool,
}
