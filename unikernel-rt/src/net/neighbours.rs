//! IPv6 on the link: whether an address is somebody else's, and what routers advertise.
//!
//! smoltcp tells who asks for an address, and asks for those of others. It does not ask whether an address is taken before it
//! uses it, nor does it answer who asks that of one of its own (RFC 4862, section 5.4). That is done here, on the frames
//! before it sees them; and what routers advertise is taken here too (RFC 4861, section 6.3, RFC 4862, section 5.5): with
//! smoltcp 0.14 doing it, `Interface::poll_at` forgets the deadlines of all sockets while no route has one.
//!
//! An address is used while the question is open (RFC 4429), and given up if somebody objects within a second. One advertised
//! prefix and one router are taken at a time.

use super::stack::Stack;
use core::net::Ipv6Addr;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr, Icmpv6Packet, Icmpv6Repr, IpCidr, IpProtocol,
    Ipv6Cidr, Ipv6Packet, Ipv6Repr, NdiscNeighborFlags, NdiscPrefixInfoFlags, NdiscPrefixInformation, NdiscRepr,
};

/// The most addresses: the card's own, and a global one.
const ADDRESSES: usize = 3;
/// How long another's objection counts (RetransTimer).
const PROBE: Duration = Duration::from_secs(1);
/// Routers are asked so often, so far apart (MAX_RTR_SOLICITATIONS, RTR_SOLICITATION_INTERVAL).
const SOLICITATIONS: u8 = 3;
const SOLICITATION_INTERVAL: Duration = Duration::from_secs(4);

/// Bytes of an Ethernet header, of an IPv6 header, and of the longest message that is made here.
const ETHERNET_BYTES: usize = 14;
const IPV6_BYTES: usize = 40;
const MESSAGE_BYTES: usize = 32;

const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);

/// What is known of the link.
pub(super) struct Neighbours {
    mac: [u8; 6],
    own: [Option<Own>; ADDRESSES],
    /// Whether anything is to be taken from routers.
    is_advertised: bool,
    /// How often routers are still to be asked, and when next.
    solicitations: (u8, Instant),
    /// What routers have told: the way to all other networks, and an address; both for a time.
    router: Option<(Ipv6Addr, Instant)>,
    address: Option<(Ipv6Addr, Instant)>,
    /// The router and the address that are in use.
    used: [Option<Ipv6Addr>; 2],
}

/// An address of ours.
#[derive(Clone, Copy)]
struct Own {
    address: Ipv6Addr,
    /// Until when it is asked whether somebody else has it.
    asked_until: Instant,
    is_taken: bool,
}

impl Neighbours {
    /// Nothing is known yet.
    pub(super) fn new(mac: [u8; 6], is_advertised: bool, now: Instant) -> Self {
        let left = if is_advertised { SOLICITATIONS } else { 0 };
        Neighbours {
            mac,
            own: [None; ADDRESSES],
            is_advertised,
            solicitations: (left, now),
            router: None,
            address: None,
            used: [None; 2],
        }
    }

    /// When there is something to do without a frame.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let (left, at) = self.solicitations;
        let ends = [self.router, self.address].into_iter().flatten().map(|(_, until)| until);
        ends.chain((left > 0).then_some(at)).min()
    }

    fn owns(&self, address: &[u8]) -> bool {
        self.own.iter().flatten().any(|own| own.address.octets() == address)
    }

    /// Whether a frame that is to be sent asks for an address of our own, and so comes back.
    #[inline]
    pub(super) fn keeps(&self, frame: &[u8]) -> bool {
        const SOLICITATION: u8 = 135;
        is_icmpv6(frame) && frame.get(54) == Some(&SOLICITATION) && frame.get(62..78).is_some_and(|own| self.owns(own))
    }

    /// Looks at a frame that has come; the bytes of the answer that it wants, where it asks whether an address of ours is taken.
    #[inline]
    pub(super) fn look(&mut self, frame: &[u8], now: Instant) -> Option<Defence> {
        if is_icmpv6(frame) { self.look_closer(frame, now) } else { None }
    }

    #[inline(never)]
    fn look_closer(&mut self, frame: &[u8], now: Instant) -> Option<Defence> {
        const HOPS: u8 = 255;
        let packet = Ipv6Packet::new_checked(frame.get(ETHERNET_BYTES..)?).ok()?;
        let ip = Ipv6Repr::parse(&packet).ok()?;
        let message = Icmpv6Packet::new_checked(packet.payload()).ok()?;
        let message = Icmpv6Repr::parse(&ip.src_addr, &ip.dst_addr, &message, &ChecksumCapabilities::default()).ok()?;
        let (target, asks) = match message {
            Icmpv6Repr::Ndisc(NdiscRepr::NeighborSolicit { target_addr, .. }) if ip.src_addr.is_unspecified() => {
                (target_addr, true)
            }
            Icmpv6Repr::Ndisc(NdiscRepr::NeighborAdvert { target_addr, .. }) => (target_addr, false),
            Icmpv6Repr::Ndisc(NdiscRepr::RouterAdvert { router_lifetime, prefix_info, .. })
                if self.is_advertised && ip.hop_limit == HOPS && ip.src_addr.is_unicast_link_local() =>
            {
                self.take(ip.src_addr, router_lifetime, prefix_info, now);
                return None;
            }
            _ => return None,
        };
        let own = self.own.iter_mut().flatten().find(|own| own.address == target && ip.hop_limit == HOPS)?;
        if now < own.asked_until {
            own.is_taken = true;
            return None;
        }
        asks.then_some(Defence { mac: self.mac, target })
    }

    /// Takes what a router tells.
    fn take(&mut self, router: Ipv6Addr, lifetime: Duration, prefix: Option<NdiscPrefixInformation>, now: Instant) {
        const PREFIX_BITS: u8 = 64;
        self.solicitations.0 = 0;
        let is_free = |place: Option<(Ipv6Addr, Instant)>, wanted| place.is_none_or(|(there, _)| there == wanted);
        if is_free(self.router, router) {
            self.router = Some((router, now + lifetime));
        }
        let Some(prefix) = prefix.filter(|prefix| {
            prefix.flags.contains(NdiscPrefixInfoFlags::ADDRCONF)
                && prefix.prefix_len == PREFIX_BITS
                && !prefix.prefix.is_unicast_link_local()
                && !prefix.prefix.is_multicast()
        }) else {
            return;
        };
        let mut octets = link_local(self.mac).octets();
        octets[..8].copy_from_slice(&prefix.prefix.octets()[..8]);
        let address = Ipv6Addr::from(octets);
        if is_free(self.address, address) {
            self.address = Some((address, now + prefix.valid_lifetime));
        }
    }
}

/// The answer to who asks whether an address of ours is taken.
pub(super) struct Defence {
    mac: [u8; 6],
    target: Ipv6Addr,
}

impl Defence {
    pub(super) const BYTES: usize = ETHERNET_BYTES + IPV6_BYTES + MESSAGE_BYTES;

    /// Writes it.
    pub(super) fn write(&self, frame: &mut [u8]) {
        let message = NdiscRepr::NeighborAdvert {
            flags: NdiscNeighborFlags::OVERRIDE,
            target_addr: self.target,
            lladdr: Some(EthernetAddress(self.mac).into()),
        };
        write(frame, self.mac, self.target, ALL_NODES, message);
    }
}

#[inline]
fn is_icmpv6(frame: &[u8]) -> bool {
    const ICMPV6: u8 = 58;
    frame.get(12..14) == Some(&[0x86, 0xdd]) && frame.get(20) == Some(&ICMPV6)
}

/// Writes a frame to a multicast address.
fn write(frame: &mut [u8], mac: [u8; 6], from: Ipv6Addr, to: Ipv6Addr, message: NdiscRepr<'_>) {
    let message = Icmpv6Repr::Ndisc(message);
    let (src_addr, dst_addr) = (from, to);
    let ip = Ipv6Repr {
        src_addr,
        dst_addr,
        next_header: IpProtocol::Icmpv6,
        payload_len: message.buffer_len(),
        hop_limit: 255,
    };
    if frame.len() < ETHERNET_BYTES + IPV6_BYTES + message.buffer_len() {
        return; // a card that is gone has no room
    }
    let [.., a, b, c, d] = to.octets();
    let destination = EthernetAddress([0x33, 0x33, a, b, c, d]);
    let mut frame = EthernetFrame::new_unchecked(frame);
    EthernetRepr { src_addr: EthernetAddress(mac), dst_addr: destination, ethertype: EthernetProtocol::Ipv6 }
        .emit(&mut frame);
    let mut packet = Ipv6Packet::new_unchecked(frame.payload_mut());
    ip.emit(&mut packet);
    let mut packet = Icmpv6Packet::new_unchecked(packet.payload_mut());
    message.emit(&from, &to, &mut packet, &ChecksumCapabilities::default());
}

/// Where who has an address listens for questions (RFC 4291, section 2.7.1).
fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = address.octets();
    Ipv6Addr::from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c])
}

impl Stack {
    /// Takes what routers have told, asks for addresses that are new, and gives up those that are taken.
    pub(super) fn poll_neighbours(&mut self) {
        self.use_advertised();
        self.solicit();
        let neighbours = &mut self.device.filter.neighbours;
        for taken in neighbours.own.iter_mut().filter(|own| own.is_some_and(|own| own.is_taken)) {
            if let Some(own) = taken.take() {
                let is_other = |cidr: &IpCidr| cidr.address() != own.address.into();
                self.interface.update_ip_addrs(|addresses| addresses.retain(is_other));
            }
        }
        let has = |cidr: &IpCidr, address: Ipv6Addr| cidr.address() == address.into();
        for gone in &mut neighbours.own {
            *gone = gone.filter(|own| self.interface.ip_addrs().iter().any(|cidr| has(cidr, own.address)));
        }
        for cidr in self.interface.ip_addrs() {
            let IpCidr::Ipv6(cidr) = cidr else { continue };
            let address = cidr.address();
            if neighbours.own.iter().flatten().any(|own| own.address == address) || !self.device.card.can_transmit() {
                continue;
            }
            let Some(place) = neighbours.own.iter_mut().find(|place| place.is_none()) else { continue };
            *place = Some(Own { address, asked_until: self.now + PROBE, is_taken: false });
            let message = NdiscRepr::NeighborSolicit { target_addr: address, lladdr: None };
            let length = ETHERNET_BYTES + IPV6_BYTES + Icmpv6Repr::Ndisc(message).buffer_len();
            self.device.card.transmitter.send(length, |frame| {
                write(frame, neighbours.mac, Ipv6Addr::UNSPECIFIED, solicited_node(address), message);
            });
        }
    }

    /// Brings the interface in line with what routers have told.
    fn use_advertised(&mut self) {
        let neighbours = &mut self.device.filter.neighbours;
        for told in [&mut neighbours.router, &mut neighbours.address] {
            *told = told.filter(|(_, until)| self.now < *until);
        }
        let told = [neighbours.router, neighbours.address].map(|told| told.map(|(address, _)| address));
        let [old_router, old_address] = core::mem::replace(&mut neighbours.used, told);
        let [router, address] = told;
        if router != old_router {
            self.interface.routes_mut().remove_default_ipv6_route();
            if let Some(router) = router {
                // It fails where the table is full, and it has room for this.
                let _ = self.interface.routes_mut().add_default_ipv6_route(router);
            }
        }
        if address != old_address {
            self.interface.update_ip_addrs(|addresses| {
                addresses.retain(|cidr| Some(cidr.address()) != old_address.map(Into::into));
                if let Some(address) = address {
                    // The same.
                    let _ = addresses.push(IpCidr::Ipv6(Ipv6Cidr::new(address, 64)));
                }
            });
        }
    }

    /// Asks for routers, while none has answered.
    fn solicit(&mut self) {
        let Neighbours { mac, solicitations: (left, at), .. } = &mut self.device.filter.neighbours;
        if *left == 0 || self.now < *at || !self.device.card.can_transmit() {
            return;
        }
        (*left, *at) = (*left - 1, self.now + SOLICITATION_INTERVAL);
        let message = NdiscRepr::RouterSolicit { lladdr: Some(EthernetAddress(*mac).into()) };
        let length = ETHERNET_BYTES + IPV6_BYTES + Icmpv6Repr::Ndisc(message).buffer_len();
        self.device.card.transmitter.send(length, |frame| write(frame, *mac, link_local(*mac), ALL_ROUTERS, message));
    }
}

/// The address that follows from a card's (RFC 4291, appendix A).
pub(super) fn link_local(mac: [u8; 6]) -> Ipv6Addr {
    let [a, b, c, d, e, f] = mac;
    Ipv6Addr::from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f])
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: [u8; 6] = [0x52, 0x54, 0, 0, 0, 1];
    const OTHER: [u8; 6] = [0x52, 0x54, 0, 0, 0, 2];
    const OWN: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2);
    const START: Instant = Instant::ZERO;

    fn neighbours() -> Neighbours {
        let mut neighbours = Neighbours::new(MAC, false, START);
        neighbours.own[1] = Some(Own { address: OWN, asked_until: START + PROBE, is_taken: false });
        neighbours
    }

    fn question(target: Ipv6Addr) -> [u8; 78] {
        let mut frame = [0; 78];
        let message = NdiscRepr::NeighborSolicit { target_addr: target, lladdr: None };
        write(&mut frame, OTHER, Ipv6Addr::UNSPECIFIED, solicited_node(target), message);
        frame
    }

    #[test]
    fn an_address_that_is_ours_is_defended() {
        let mut neighbours = neighbours();
        let defence = neighbours.look(&question(OWN), START + PROBE).expect("an answer");
        assert!(!neighbours.own[1].unwrap().is_taken);
        let mut answer = [0; Defence::BYTES];
        defence.write(&mut answer);
        assert_eq!(answer[..14], [0x33, 0x33, 0, 0, 0, 1, 0x52, 0x54, 0, 0, 0, 1, 0x86, 0xdd]);
        // That very answer, from another, while we ask ourselves, takes it.
        assert!(neighbours.look(&answer, START).is_none());
        assert!(neighbours.own[1].unwrap().is_taken);
    }

    #[test]
    fn what_is_damaged_or_of_another_is_nothing() {
        let mut neighbours = neighbours();
        assert!(neighbours.look(&question(Ipv6Addr::LOCALHOST), START).is_none());
        for at in 0..78 {
            let mut frame = question(OWN);
            assert!(neighbours.look(&frame[..at], START).is_none());
            frame[at] ^= 0x11;
            // The Ethernet addresses, traffic class, flow label: not ours to judge.
            if !(0..12).contains(&at) && !(14..18).contains(&at) {
                assert!(neighbours.look(&frame, START).is_none(), "{at}");
                assert!(!neighbours.own[1].unwrap().is_taken, "{at}");
            }
        }
    }

    #[test]
    fn a_question_for_our_own_comes_back() {
        let neighbours = neighbours();
        assert!(neighbours.keeps(&question(OWN)) && !neighbours.keeps(&question(Ipv6Addr::LOCALHOST)));
        assert!(!neighbours.keeps(&[]) && !neighbours.keeps(&question(OWN)[..77]));
    }
}
