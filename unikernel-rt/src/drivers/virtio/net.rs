//! A virtio network card (virtio 1.2, section 5.1).
//!
//! Frames are not copied: received frames are parsed in the device's buffers, and frames to send are written there. A batch costs
//! one notification at most. Sent buffers are reclaimed when new ones are needed, without an interrupt. Receive interrupts are
//! enabled only while the driver is idle.

mod agreement;
mod feature;
mod header;
mod receiver;
mod transmitter;

use super::queue::Broken;
pub(crate) use super::queue::buffers::Memory;
use super::queue::buffers::{Buffers, Writer};
#[cfg(feature = "tcp")]
use super::queue::buffers::{MERGING, Merging};
use super::{Refused, Transport};
use agreement::{Agreed, agree, negotiate};
use core::mem::MaybeUninit;
use header::HEADER_BYTES;
pub(crate) use header::Offload;
#[cfg(feature = "sockets")]
pub(crate) use header::{Checksum, Cut};
use receiver::Receiver;
pub(crate) use receiver::spill_bytes;
pub(crate) use transmitter::Transmitter;
use transmitter::most_bytes;

/// Bytes of an Ethernet header.
const ETHERNET_BYTES: usize = 14;

/// The most bytes of the headers of a segment: the card's, Ethernet's, and those of IPv4 and TCP with all options.
const HEADERS_BYTES: usize = HEADER_BYTES + ETHERNET_BYTES + 60 + 60;

/// Bytes of a buffer for frames of an MTU.
pub(crate) const fn frame_bytes(mtu: usize) -> usize {
    (HEADER_BYTES + ETHERNET_BYTES + mtu).next_multiple_of(16)
}

/// The queues.
const RECEIVE: u16 = 0;
const TRANSMIT: u16 = 1;

/// The MAC address of a card.
pub(crate) type Mac = [u8; 6];

/// A card in use.
pub(crate) struct Card {
    mac: Mac,
    mtu: u16,
    #[cfg(feature = "sockets")]
    features: u64,
    pub(crate) receiver: Receiver,
    pub(crate) transmitter: Transmitter,
    /// Whether receive interrupts are enabled.
    #[cfg(feature = "sockets")]
    will_interrupt: bool,
}

impl Card {
    /// Starts a card with buffers in `received` and `sent`, for frames of at most `mtu` bytes and an Ethernet header. Longer
    /// frames, in several buffers, are received if there is spill room after the last one, and sent if the device segments them,
    /// up to the size of a connection's send buffer. A card without a MAC address gets one by `random`.
    pub(crate) fn start<const RX: usize, const TX: usize, const FRAME: usize, const SPILL: usize>(
        mut transport: Transport,
        mtu: u16,
        send_bytes: usize,
        random: impl FnOnce() -> u64,
        received: &'static mut MaybeUninit<Memory<RX, FRAME, SPILL>>,
        sent: &'static mut MaybeUninit<Memory<TX, FRAME>>,
    ) -> Result<Self, Refused> {
        const { assert!(FRAME > HEADER_BYTES + ETHERNET_BYTES, "a buffer holds the headers and more") };
        let (mut receive, receive_areas) = Buffers::new(received, Writer::Device);
        let (transmit, transmit_areas) = Buffers::new(sent, Writer::Driver);
        let agreed = negotiate(&mut transport, SPILL > 0).and_then(|features| {
            let queues = ((&mut receive, receive_areas), (&transmit, transmit_areas));
            Ok((features, agree(&mut transport, features, mtu, random, queues.0, queues.1)?))
        });
        match agreed {
            Ok((features, Agreed { mac, mtu })) => {
                let wire = HEADER_BYTES + ETHERNET_BYTES + usize::from(mtu);
                let most = if features & feature::CSUM != 0 && features & feature::HOST_TSO4 != 0 {
                    most_bytes(&transmit, send_bytes).max(wire)
                } else {
                    wire
                };
                Ok(Card {
                    mac,
                    mtu,
                    #[cfg(feature = "sockets")]
                    features,
                    receiver: Receiver {
                        queue: receive,
                        current: None,
                        #[cfg(feature = "tcp")]
                        merging: (SPILL > 0 && features & feature::MRG_RXBUF != 0).then_some(&MERGING),
                    },
                    transmitter: Transmitter { transport, queue: transmit, most, is_starved: false, is_broken: false },
                    #[cfg(feature = "sockets")]
                    will_interrupt: true,
                })
            }
            Err(refusal) => {
                transport.reset();
                Err(transport.refused(refusal))
            }
        }
    }

    /// The MAC address.
    pub(crate) fn mac(&self) -> Mac {
        self.mac
    }

    /// The maximum payload of an Ethernet frame.
    pub(crate) fn mtu(&self) -> u16 {
        self.mtu
    }

    /// Whether the device completes checksums of sent frames.
    #[cfg(feature = "sockets")]
    pub(crate) fn completes_checksums(&self) -> bool {
        self.features & feature::CSUM != 0
    }

    /// The most bytes of an IPv4 packet of TCP that the device cuts into segments; 0 where it cuts none.
    #[cfg(feature = "tcp")]
    pub(crate) fn cut_bytes(&self) -> u16 {
        let most = self.transmitter.most - HEADER_BYTES - ETHERNET_BYTES;
        if most > usize::from(self.mtu) { u16::try_from(most).unwrap_or(u16::MAX) } else { 0 }
    }

    /// Acknowledges the interrupt; called each time that there may be work.
    #[inline]
    pub(crate) fn acknowledge(&mut self) {
        self.transmitter.transport.acknowledge();
    }

    /// Whether frames have arrived, or a send buffer that was waited for is free.
    #[inline]
    pub(crate) fn has_work(&self) -> bool {
        let waits_for = if self.transmitter.is_starved { &self.transmitter.queue } else { &self.receiver.queue };
        waits_for.has_returned() && !self.transmitter.is_broken
    }

    /// How many received frames are pending, as reported by the device.
    #[cfg(feature = "sockets")]
    pub(crate) fn received(&self) -> u16 {
        self.receiver.queue.returned()
    }

    /// Whether a frame found no free buffer.
    #[cfg(feature = "sockets")]
    pub(crate) fn is_starved(&self) -> bool {
        self.transmitter.is_starved || self.transmitter.is_broken
    }

    /// Disables interrupts; called before [`Card::receive`].
    pub(crate) fn begin(&mut self) {
        self.receiver.queue.set_interrupts(false);
        self.transmitter.is_starved = false;
        #[cfg(feature = "sockets")]
        {
            self.will_interrupt = false;
        }
    }

    /// Publishes sent and processed buffers, with one notification each at most, and enables interrupts; called last. Returns
    /// whether there is nothing left to do until the device interrupts.
    pub(crate) fn end(&mut self) -> bool {
        #[cfg(feature = "sockets")]
        {
            self.will_interrupt = true;
        }
        if self.transmitter.is_broken {
            return true;
        }
        self.submit();
        self.receiver.queue.set_interrupts(true);
        self.transmitter.queue.set_interrupts(self.transmitter.is_starved);
        !self.has_work()
    }

    /// Whether receive interrupts are enabled: not between [`Card::begin`] and [`Card::end`].
    #[cfg(feature = "sockets")]
    pub(crate) fn will_interrupt(&self) -> bool {
        self.will_interrupt
    }

    /// As [`Card::end`], with more work to do at once: interrupts stay disabled.
    pub(crate) fn submit(&mut self) {
        self.receiver.release();
        if self.transmitter.is_broken {
            return;
        }
        if self.receiver.queue.publish() {
            self.transmitter.transport.notify(RECEIVE);
        }
        self.transmitter.flush();
    }

    /// Whether a frame has arrived, which [`Receiver::frame`] then returns, and whether it can be answered.
    ///
    /// A frame stays with the device while there is no room for an answer.
    #[inline]
    pub(crate) fn receive(&mut self) -> bool {
        self.receiver.release();
        if !self.receiver.queue.has_returned() || self.transmitter.is_broken || !self.can_transmit() {
            return false;
        }
        match self.receiver.queue.take() {
            Ok(Some(frame)) => {
                #[cfg(feature = "tcp")]
                let frame = {
                    let mut frame = frame;
                    if let Some(Merging { gather, .. }) = self.receiver.merging
                        && gather(&mut self.receiver.queue, &mut frame) == Err(Broken)
                    {
                        return self.transmitter.give_up();
                    }
                    frame
                };
                self.receiver.current = Some(frame);
                true
            }
            Ok(None) => false,
            Err(Broken) => self.transmitter.give_up(),
        }
    }

    /// Whether an answer, which fits into the MTU, can be sent; reclaims sent buffers if needed.
    #[inline]
    pub(crate) fn can_transmit(&mut self) -> bool {
        self.transmitter.has_room(HEADER_BYTES + ETHERNET_BYTES + usize::from(self.mtu))
    }
}

#[cfg(test)]
#[expect(unsafe_code, reason = "the memory is looked at while the device has it")]
mod tests;
