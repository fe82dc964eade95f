//! The card as smoltcp sees it: frames are looked at and written where the card has them.

#[cfg(feature = "sockets")]
use crate::drivers::virtio::net::Offload;
use crate::drivers::virtio::net::{Card, Transmitter};
#[cfg(feature = "sockets")]
use core::net::Ipv4Addr;
use smoltcp::phy::{self, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// Bytes of an Ethernet header.
const ETHERNET_BYTES: usize = 14;

/// A card between smoltcp and its driver.
pub(super) struct Device {
    pub(super) card: Card,
    #[cfg(feature = "sockets")]
    pub(super) filter: Filter,
    #[cfg(feature = "sockets")]
    pub(super) loopback: super::loopback::Loopback,
    #[cfg(feature = "sockets")]
    pub(super) fetched: Fetched,
    /// Whether there was just seen to be room for a frame.
    #[cfg(feature = "tcp")]
    pub(super) has_room: bool,
    /// Bytes of the segments that frames are cut into which are longer than those on the wire; 0 where they go nowhere.
    #[cfg(feature = "tcp")]
    pub(super) segment_bytes: u16,
}

/// Where the frame is that has come, and that smoltcp gets next.
#[cfg(feature = "sockets")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fetched {
    None,
    Card,
    Loopback,
}

/// What is between the card and the stack: which frames come back.
#[cfg(feature = "sockets")]
pub(super) struct Filter {
    pub(super) mac: [u8; 6],
    pub(super) address: Option<Ipv4Addr>,
    #[cfg(feature = "ipv6")]
    pub(super) neighbours: super::neighbours::Neighbours,
    /// Whether the card completes checksums.
    pub(super) leaves_checksums: bool,
    /// The most bytes of a frame on the wire.
    #[cfg(feature = "tcp")]
    pub(super) wire_bytes: usize,
    /// Whether frames may be longer, which the card then cuts into segments.
    #[cfg(feature = "tcp")]
    pub(super) cuts: bool,
}

/// The frame that has come.
pub(super) struct Received<'a>(&'a mut [u8]);

/// Room for a frame.
pub(super) struct Room<'a> {
    transmitter: &'a mut Transmitter,
    #[cfg(feature = "sockets")]
    judge: Judge<'a>,
}

/// What becomes of a frame that was written.
#[cfg(feature = "sockets")]
struct Judge<'a> {
    filter: &'a Filter,
    looped: &'a mut super::loopback::Queue,
    #[cfg(feature = "tcp")]
    segment_bytes: u16,
}

impl phy::Device for Device {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Room<'a>;

    #[cfg(not(feature = "sockets"))]
    #[inline]
    fn receive(&mut self, _now: Instant) -> Option<(Received<'_>, Room<'_>)> {
        self.card
            .receive()
            .then(|| (Received(self.card.receiver.frame()), Room { transmitter: &mut self.card.transmitter }))
    }

    #[cfg(feature = "sockets")]
    #[inline]
    fn receive(&mut self, _now: Instant) -> Option<(Received<'_>, Room<'_>)> {
        let (filter, loopback) = (&self.filter, &mut self.loopback);
        let (frame, room) = match core::mem::replace(&mut self.fetched, Fetched::None) {
            Fetched::None => return None,
            Fetched::Loopback => {
                let (frame, looped) = loopback.parts();
                (frame, Room::new(&mut self.card.transmitter, filter, looped))
            }
            Fetched::Card => {
                (self.card.receiver.frame(), Room::new(&mut self.card.transmitter, filter, &mut loopback.queue))
            }
        };
        Some((Received(frame), room))
    }

    #[cfg(not(feature = "sockets"))]
    #[inline]
    fn transmit(&mut self, _now: Instant) -> Option<Room<'_>> {
        self.card.can_transmit().then_some(Room { transmitter: &mut self.card.transmitter })
    }

    #[cfg(feature = "sockets")]
    #[inline]
    fn transmit(&mut self, _now: Instant) -> Option<Room<'_>> {
        #[cfg(feature = "tcp")]
        let has_room = core::mem::take(&mut self.has_room);
        #[cfg(not(feature = "tcp"))]
        let has_room = false;
        if !has_room && !self.card.can_transmit_most() {
            return None;
        }
        #[allow(unused_mut)] // it is a matter of TCP's
        let mut room = Room::new(&mut self.card.transmitter, &self.filter, &mut self.loopback.queue);
        #[cfg(feature = "tcp")]
        {
            room.judge.segment_bytes = self.segment_bytes;
        }
        Some(room)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = usize::from(self.card.mtu()) + ETHERNET_BYTES;
        #[cfg(feature = "sockets")]
        {
            use phy::Checksum;
            // What comes is looked at before smoltcp sees it.
            let sums = if self.card.completes_checksums() { Checksum::None } else { Checksum::Tx };
            (capabilities.checksum.tcp, capabilities.checksum.udp) = (sums, sums);
        }
        // smoltcp's segments are as long as the card takes them: what it says to others of that, and they to it, is changed on
        // the way ([`Device::limit`], [`Judge::judge`]). Its own offload needs all of IPv6, which is 55 KB.
        #[cfg(feature = "tcp")]
        {
            capabilities.max_transmission_unit = self.card.most_bytes();
        }
        capabilities
    }
}

#[cfg(feature = "sockets")]
impl Device {
    /// Whether there may be a frame to fetch.
    pub(super) fn has_frame(&self) -> bool {
        if self.loopback.has_frame() {
            return true;
        }
        self.card.has_work()
    }

    /// Fetches the next frame, which smoltcp gets when it asks for one. It waits until there is room for an answer.
    #[inline]
    pub(super) fn fetch(&mut self, now: Instant) -> bool {
        let _ = now; // matters to IPv6 alone
        if self.loopback.has_frame() && self.card.can_transmit() && self.loopback.receive() {
            self.fetched = Fetched::Loopback;
            return true;
        }
        while self.card.receive() {
            #[cfg(feature = "ipv6")]
            if let Some(defence) = self.filter.neighbours.look(self.card.receiver.frame(), now) {
                self.card.transmitter.send(super::neighbours::Defence::BYTES, |frame| defence.write(frame));
            }
            let (frame, is_vouched_for) = self.card.receiver.judged_frame();
            if !super::loopback::is_martian(frame) && (is_vouched_for || super::checksum::is_right(frame)) {
                self.fetched = Fetched::Card;
                return true;
            }
        }
        self.fetched = Fetched::None;
        false
    }

    /// The frame that was fetched.
    #[cfg(feature = "tcp")]
    #[inline]
    pub(super) fn frame(&mut self) -> &[u8] {
        match self.fetched {
            Fetched::None => &[],
            Fetched::Card => self.card.receiver.frame(),
            Fetched::Loopback => self.loopback.parts().0,
        }
    }

    /// Lets smoltcp send segments as long as the card takes them to whoever has sent the fetched frame, which is the first of its
    /// side; gives the bytes of those that they are to be cut into, 0 for not at all.
    #[cfg(feature = "tcp")]
    #[inline(never)]
    pub(super) fn limit(&mut self, start: usize) -> u16 {
        /// Less is asked for by nobody who means well (RFC 9293, section 3.7.1).
        const LEAST: u16 = 536;
        const IPV4_START: usize = 34;
        let (most, longest_of_ours) = (self.filter.most_of_segment(start), self.card.most_bytes() - IPV4_START - 20);
        let (frame, most_segments) = match self.fetched {
            Fetched::None => return 0,
            Fetched::Card => (self.card.receiver.frame(), usize::from(u8::MAX)),
            // Those that find no room on the way back are lost.
            Fetched::Loopback => (self.loopback.parts().0, super::loopback::FRAMES / 2),
        };
        let is_ipv4 = frame.get(12) == Some(&8);
        let Some(longest) = super::segment::longest(frame, start) else { return 0 };
        let wanted = u16::from_be_bytes(*longest).min(most);
        if wanted < LEAST {
            return 0;
        }
        // Of IPv6, nothing is cut.
        let longest_of_ours = longest_of_ours.min(usize::from(wanted) * most_segments) as u16;
        *longest = if is_ipv4 { longest_of_ours.to_be_bytes() } else { wanted.to_be_bytes() };
        if is_ipv4 { wanted } else { 0 }
    }

    /// Nobody gets the frame that was fetched.
    #[cfg(feature = "tcp")]
    pub(super) fn drop_frame(&mut self) {
        self.fetched = Fetched::None;
    }
}

#[cfg(feature = "sockets")]
impl Filter {
    /// The most bytes of a segment, without its header, that begins at `start` on the wire.
    #[cfg(feature = "tcp")]
    fn most_of_segment(&self, start: usize) -> u16 {
        const HEADER_BYTES: usize = 20;
        (self.wire_bytes - start.min(self.wire_bytes)).saturating_sub(HEADER_BYTES) as u16
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

#[cfg(feature = "sockets")]
impl<'a> Room<'a> {
    #[inline]
    fn new(transmitter: &'a mut Transmitter, filter: &'a Filter, looped: &'a mut super::loopback::Queue) -> Self {
        let judge = Judge {
            filter,
            looped,
            #[cfg(feature = "tcp")]
            segment_bytes: 0,
        };
        Room { transmitter, judge }
    }
}

#[cfg(feature = "sockets")]
impl Judge<'_> {
    /// What the device has to do with a frame; nothing where it does not get it.
    #[inline]
    fn judge(&mut self, frame: &mut [u8]) -> Option<Offload> {
        use super::checksum;
        let comes_back = self.filter.keeps(frame);
        let mut offload = Offload::NOTHING;
        if self.filter.leaves_checksums {
            offload.checksum = checksum::begin(frame);
        }
        #[cfg(feature = "tcp")]
        if self.filter.cuts {
            let start = offload.checksum.map_or(usize::MAX, |checksum| usize::from(checksum.start));
            if frame.len() > self.filter.wire_bytes {
                // What cannot be cut, as a datagram, is too long.
                let checksum = offload.checksum.filter(|_| self.segment_bytes > 0)?;
                offload.cut = Some(checksum::cut(frame, checksum, self.segment_bytes)?);
            } else if start < frame.len() && super::segment::begins(frame, start) && checksum::is_tcp(offload.checksum)
            {
                let most = self.filter.most_of_segment(start);
                if let Some(longest) = super::segment::longest(frame, start) {
                    *longest = most.to_be_bytes();
                }
            }
        }
        if comes_back {
            self.looped.keep(frame, offload.cut);
        }
        (!comes_back && !super::loopback::is_port_unreachable(frame)).then_some(offload)
    }
}

impl phy::TxToken for Room<'_> {
    #[cfg(not(feature = "sockets"))]
    #[inline]
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        self.transmitter.send(length, write)
    }

    #[cfg(feature = "sockets")]
    #[inline]
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let Room { transmitter, mut judge } = self;
        transmitter.send_as(length, write, |frame| judge.judge(frame))
    }
}
