//! The card as smoltcp sees it: frames are looked at and written where the card has them.

use crate::drivers::virtio::Transport;
use crate::drivers::virtio::net::{Card, Transmitter};
#[cfg(any(feature = "tcp", feature = "udp"))]
use core::net::Ipv4Addr;
use smoltcp::phy::{self, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// Bytes of an Ethernet header.
const ETHERNET_BYTES: usize = 14;

/// A card between smoltcp and its driver.
pub(super) struct Device {
    pub(super) card: Card<Transport>,
    #[cfg(any(feature = "tcp", feature = "udp"))]
    pub(super) filter: Filter,
    #[cfg(any(feature = "tcp", feature = "udp"))]
    pub(super) loopback: super::loopback::Loopback,
}

/// What is between the card and the stack: which frames come back, and which have to wait.
#[cfg(any(feature = "tcp", feature = "udp"))]
pub(super) struct Filter {
    pub(super) mac: [u8; 6],
    pub(super) address: Option<Ipv4Addr>,
    #[cfg(feature = "ipv6")]
    pub(super) neighbours: super::neighbours::Neighbours,
    /// Ports to which new connections are overheard; 0 is none.
    #[cfg(feature = "tcp")]
    pub(super) full: Option<[u16; super::tcp_pool::LISTENERS]>,
}

/// The frame that has come.
pub(super) struct Received<'a>(&'a mut [u8]);

/// Room for a frame.
pub(super) struct Room<'a> {
    transmitter: &'a mut Transmitter,
    #[cfg(any(feature = "tcp", feature = "udp"))]
    filter: &'a Filter,
    #[cfg(any(feature = "tcp", feature = "udp"))]
    looped: &'a mut super::loopback::Queue,
}

impl phy::Device for Device {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Room<'a>;

    #[cfg(not(any(feature = "tcp", feature = "udp")))]
    #[inline]
    fn receive(&mut self, _now: Instant) -> Option<(Received<'_>, Room<'_>)> {
        self.card
            .receive()
            .then(|| (Received(self.card.receiver.frame()), Room { transmitter: &mut self.card.transmitter }))
    }

    #[cfg(any(feature = "tcp", feature = "udp"))]
    #[inline]
    fn receive(&mut self, _now: Instant) -> Option<(Received<'_>, Room<'_>)> {
        let Device { card, filter, loopback } = self;
        // As with the card, a frame waits until there is room for an answer.
        while loopback.has_frame() && card.can_transmit() && loopback.receive() {
            if !filter.must_wait(loopback.parts().0) {
                let (frame, looped) = loopback.parts();
                let room = Room { transmitter: &mut card.transmitter, filter, looped };
                return Some((Received(frame), room));
            }
        }
        while card.receive() {
            #[cfg(feature = "ipv6")]
            if let Some(defence) = filter.neighbours.look(card.receiver.frame(), _now) {
                card.transmitter.send(super::neighbours::Defence::BYTES, |frame| defence.write(frame));
            }
            if !filter.drops(card.receiver.frame()) {
                let room = Room { transmitter: &mut card.transmitter, filter, looped: &mut loopback.queue };
                return Some((Received(card.receiver.frame()), room));
            }
        }
        None
    }

    #[inline]
    fn transmit(&mut self, _now: Instant) -> Option<Room<'_>> {
        self.card.can_transmit().then_some(Room {
            transmitter: &mut self.card.transmitter,
            #[cfg(any(feature = "tcp", feature = "udp"))]
            filter: &self.filter,
            #[cfg(any(feature = "tcp", feature = "udp"))]
            looped: &mut self.loopback.queue,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = usize::from(self.card.mtu()) + ETHERNET_BYTES;
        capabilities
    }
}

#[cfg(any(feature = "tcp", feature = "udp"))]
impl Filter {
    /// Whether nobody is to see a frame that has come from outside.
    #[inline]
    fn drops(&self, frame: &[u8]) -> bool {
        self.must_wait(frame) || super::loopback::is_martian(frame)
    }

    /// Whether it wants a connection for which there is no socket now.
    #[inline]
    fn must_wait(&self, _frame: &[u8]) -> bool {
        #[cfg(feature = "tcp")]
        if let Some(full) = &self.full {
            return super::loopback::new_connection(_frame).is_some_and(|port| full.contains(&port));
        }
        false
    }

    /// Whether a frame that is to be sent comes back.
    #[inline]
    fn keeps(&self, frame: &[u8]) -> bool {
        #[cfg(feature = "ipv6")]
        if self.neighbours.keeps(frame) {
            return true;
        }
        super::loopback::comes_back(frame, self.mac, |address| address.is_loopback() || Some(address) == self.address)
    }
}

impl phy::RxToken for Received<'_> {
    #[inline]
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

impl phy::TxToken for Room<'_> {
    #[inline]
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        #[cfg(not(any(feature = "tcp", feature = "udp")))]
        return self.transmitter.send(length, write);
        #[cfg(any(feature = "tcp", feature = "udp"))]
        self.transmitter.send_unless(length, write, |frame| {
            let keeps = self.filter.keeps(frame);
            if keeps {
                self.looped.keep(frame);
            }
            keeps || super::loopback::is_port_unreachable(frame)
        })
    }
}
