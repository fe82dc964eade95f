//! Where the frames go that the network core sends: out by the card, or back to this machine.

#[cfg(feature = "sockets")]
use crate::drivers::virtio::net::{Checksum, Cut};
use crate::drivers::virtio::net::{Offload, Transmitter};
use unikernel_net::{Payload, write_frame};

/// One of a stack's ways out, in the order of the core's cards.
pub(crate) enum Port<'a> {
    /// The card.
    Wire(&'a mut Transmitter),
    /// The way back to this machine.
    #[cfg(feature = "sockets")]
    Loopback(&'a mut super::loopback::Queue),
}

impl unikernel_net::Card for Port<'_> {
    #[inline]
    fn has_room(&mut self) -> bool {
        match self {
            // Without sockets, only answers are sent, for each of which there is room before its frame is taken.
            #[cfg(not(feature = "sockets"))]
            Port::Wire(_) => true,
            #[cfg(feature = "sockets")]
            Port::Wire(transmitter) => transmitter.can_send_longest(),
            #[cfg(feature = "sockets")]
            Port::Loopback(queue) => queue.has_room(),
        }
    }

    #[inline]
    fn transmit(&mut self, header: &[u8], payload: &[Payload<'_>], offload: Option<unikernel_net::Offload>) {
        let bytes = header.len() + payload.iter().map(|part| part.bytes().len()).sum::<usize>();
        let write = |frame: &mut [u8]| write_frame(frame, header, payload);
        match self {
            Port::Wire(transmitter) => {
                let offload = for_device(header.len(), offload);
                let is_sent = match lasting(payload) {
                    Some((copied, rest)) => send_before(transmitter, header, copied, rest, offload),
                    None => false,
                };
                if !is_sent {
                    transmitter.send_as(bytes, write, |_| Some(offload));
                }
            }
            #[cfg(feature = "sockets")]
            Port::Loopback(queue) => queue.keep(bytes, write),
        }
    }

    #[cfg(feature = "sockets")]
    fn fresh_number() -> u64 {
        crate::entropy::fresh()
    }
}

/// Sends a frame whose last bytes are read from where they lie, if there is room for such a one.
#[inline(never)] // frames are sent from many places
fn send_before(
    transmitter: &mut Transmitter,
    header: &[u8],
    copied: &[Payload<'_>],
    rest: &'static [u8],
    offload: Offload,
) -> bool {
    let bytes = header.len() + copied.iter().map(|part| part.bytes().len()).sum::<usize>();
    transmitter.send_before(bytes, rest, |frame| write_frame(frame, header, copied), offload)
}

/// A payload, cut in two: what is copied, and what is read from where it lies. That is its last part, if it lives for ever and is so long
/// that a copy costs more than a descriptor.
#[cfg(feature = "tcp")]
#[inline]
fn lasting<'p>(payload: &'p [Payload<'p>]) -> Option<(&'p [Payload<'p>], &'static [u8])> {
    const LEAST_BYTES: usize = 512;
    match payload.split_last() {
        Some((Payload::Static(bytes), before)) if bytes.len() >= LEAST_BYTES => Some((before, bytes)),
        _ => None,
    }
}

/// Only streams take what lives for ever by reference.
#[cfg(not(feature = "tcp"))]
#[inline]
fn lasting<'p>(_payload: &'p [Payload<'p>]) -> Option<(&'p [Payload<'p>], &'static [u8])> {
    None
}

/// What is left to the device, as the driver has it.
#[cfg(feature = "sockets")]
#[inline]
fn for_device(header_bytes: usize, offload: Option<unikernel_net::Offload>) -> Offload {
    let Some(unikernel_net::Offload { start, offset, segment_bytes }) = offload else { return Offload::NOTHING };
    Offload {
        // All of it is inside of the headers.
        checksum: Some(Checksum { start: start as u16, offset: offset as u16 }),
        cut: segment_bytes.map(|segment| Cut { header_bytes: header_bytes as u16, segment_bytes: segment.get() }),
    }
}

#[cfg(not(feature = "sockets"))]
#[inline]
fn for_device(_header_bytes: usize, _offload: Option<unikernel_net::Offload>) -> Offload {
    Offload::NOTHING
}
