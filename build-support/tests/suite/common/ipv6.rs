//! IPv6 packets and the messages of neighbours and routers (RFC 4861), as a test sends and reads them.

use std::net::Ipv6Addr;
use std::time::{Duration, Instant};

use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, Icmpv6Packet, Icmpv6Repr, IpAddress, IpProtocol, Ipv6Packet,
    NdiscNeighborFlags, NdiscPrefixInfoFlags, NdiscPrefixInformation, NdiscRepr, NdiscRouterFlags, RawHardwareAddress,
    UdpPacket,
};

use super::PATIENCE;
use super::frame::{self, Mac, PEER_MAC, Segment, checksums};
use super::wire::Wire;

pub(crate) const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
/// This side's own address on the link.
pub(crate) const PEER_LINK: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);

/// The hop limit of messages that must not have passed a router.
const ON_LINK: u8 = 255;

/// A packet that has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    /// To which card, and from which.
    pub(crate) mac: [Mac; 2],
    pub(crate) from: Ipv6Addr,
    pub(crate) to: Ipv6Addr,
    pub(crate) protocol: IpProtocol,
    pub(crate) hops: u8,
    pub(crate) payload: Vec<u8>,
}

impl Packet {
    /// The TCP segment in it, if it is one.
    pub(crate) fn segment(&self) -> Option<Segment> {
        let is_tcp = self.protocol == IpProtocol::Tcp;
        is_tcp.then(|| Segment::read(&self.payload, addresses([self.from, self.to])))
    }
}

/// Source and destination of a packet.
pub(crate) fn addresses(addresses: [Ipv6Addr; 2]) -> [IpAddress; 2] {
    addresses.map(IpAddress::Ipv6)
}

/// The card's address that multicast goes to.
pub(crate) fn multicast_mac(address: Ipv6Addr) -> Mac {
    let [.., a, b, c, d] = address.octets();
    [0x33, 0x33, a, b, c, d]
}

/// The multicast address at which the owner of an address is asked for.
pub(crate) fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = address.octets();
    Ipv6Addr::from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c])
}

/// The address that follows from a card's.
pub(crate) fn with_prefix(prefix: [u16; 4], mac: Mac) -> Ipv6Addr {
    let [a, b, c, d, e, f] = mac;
    let mut octets = [0, 0, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f];
    octets.chunks_mut(2).zip(prefix).for_each(|(place, word)| place.copy_from_slice(&word.to_be_bytes()));
    Ipv6Addr::from(octets)
}

/// An ICMPv6 message in a frame.
fn icmp(mac: Mac, [from, to]: [Ipv6Addr; 2], hop_limit: u8, message: &Icmpv6Repr<'_>) -> Vec<u8> {
    frame::ip(mac, addresses([from, to]), IpProtocol::Icmpv6, hop_limit, message.buffer_len(), |bytes| {
        message.emit(&from, &to, &mut Icmpv6Packet::new_unchecked(bytes), &checksums());
    })
}

fn own_card() -> Option<RawHardwareAddress> {
    Some(EthernetAddress(PEER_MAC).into())
}

/// Asks who has an address; from the unspecified one, whether it is taken.
pub(crate) fn neighbor_solicitation(from: Ipv6Addr, target: Ipv6Addr) -> Vec<u8> {
    let to = solicited_node(target);
    let lladdr = if from.is_unspecified() { None } else { own_card() };
    let message = NdiscRepr::NeighborSolicit { target_addr: target, lladdr };
    icmp(multicast_mac(to), [from, to], ON_LINK, &Icmpv6Repr::Ndisc(message))
}

/// Tells that this side has an address.
pub(crate) fn neighbor_advertisement(mac: Mac, from: Ipv6Addr, to: Ipv6Addr, flags: NdiscNeighborFlags) -> Vec<u8> {
    let message = NdiscRepr::NeighborAdvert { flags, target_addr: from, lladdr: own_card() };
    icmp(mac, [from, to], ON_LINK, &Icmpv6Repr::Ndisc(message))
}

/// A router tells of itself, for so many seconds, and of a prefix of 64 bits.
pub(crate) fn router_advertisement(lifetime_s: u16, prefix: [u16; 4], prefix_lifetime_s: u32) -> Vec<u8> {
    use smoltcp::time::Duration;
    let [a, b, c, d] = prefix;
    let lifetime = Duration::from_secs(prefix_lifetime_s.into());
    let message = NdiscRepr::RouterAdvert {
        hop_limit: 64,
        flags: NdiscRouterFlags::empty(),
        router_lifetime: Duration::from_secs(lifetime_s.into()),
        reachable_time: Duration::ZERO,
        retrans_time: Duration::ZERO,
        lladdr: own_card(),
        mtu: None,
        prefix_info: Some(NdiscPrefixInformation {
            prefix_len: 64,
            flags: NdiscPrefixInfoFlags::ON_LINK | NdiscPrefixInfoFlags::ADDRCONF,
            valid_lifetime: lifetime,
            preferred_lifetime: lifetime,
            prefix: Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0),
        }),
    };
    icmp(multicast_mac(ALL_NODES), [PEER_LINK, ALL_NODES], ON_LINK, &Icmpv6Repr::Ndisc(message))
}

/// An echo request with a pattern that depends on its number.
pub(crate) fn echo_request(mac: Mac, addresses: [Ipv6Addr; 2], number: u16, payload_bytes: usize) -> Vec<u8> {
    let [_, low] = number.to_be_bytes();
    let data: Vec<u8> = (0..payload_bytes).map(|index| (index as u8).wrapping_mul(11) ^ low).collect();
    icmp(mac, addresses, 64, &Icmpv6Repr::EchoRequest { ident: 0x5678, seq_no: number, data: &data })
}

/// Reads a frame, if it is IPv6; its checksum must be right.
pub(crate) fn read(frame: &[u8]) -> Option<Packet> {
    let frame = EthernetFrame::new_checked(frame).ok()?;
    if frame.ethertype() != EthernetProtocol::Ipv6 {
        return None;
    }
    let packet = Ipv6Packet::new_checked(frame.payload()).ok()?;
    let (from, to, protocol, payload) = (packet.src_addr(), packet.dst_addr(), packet.next_header(), packet.payload());
    let [source, destination] = addresses([from, to]);
    let is_right = match protocol {
        IpProtocol::Icmpv6 => Icmpv6Packet::new_checked(payload).expect("a message").verify_checksum(&from, &to),
        // Zero, which stands for none elsewhere, is wrong here.
        IpProtocol::Udp => {
            let datagram = UdpPacket::new_checked(payload).expect("a datagram");
            datagram.checksum() != 0 && datagram.verify_checksum(&source, &destination)
        }
        IpProtocol::Tcp => {
            let _ = Segment::read(payload, [source, destination]);
            true
        }
        // The groups that the machine is in, told with the option by which routers look at it.
        IpProtocol::HopByHop => return None,
        other => panic!("a packet of {other}"),
    };
    assert!(is_right, "the checksum of {payload:02x?}");
    let mac = [frame.dst_addr().0, frame.src_addr().0];
    Some(Packet { mac, from, to, protocol, hops: packet.hop_limit(), payload: payload.to_vec() })
}

/// The next packet that `wanted` takes.
pub(crate) fn wait_for(wire: &Wire, what: &str, wanted: impl Fn(&Packet) -> bool) -> Packet {
    wire.wait_for(what, |frame| read(frame).filter(&wanted))
}

/// Waits until the machine answers for an address; returns its card's.
pub(crate) fn resolve(wire: &Wire, peer: Ipv6Addr, guest: Ipv6Addr) -> Mac {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        wire.send(&neighbor_solicitation(peer, guest));
        let again = Instant::now();
        while again.elapsed() < Duration::from_millis(500) {
            let packet = wire.receive(Duration::from_millis(100)).and_then(|frame| read(&frame));
            let Some(Packet { payload, hops: ON_LINK, protocol: IpProtocol::Icmpv6, .. }) = packet else { continue };
            let message = Icmpv6Packet::new_unchecked(&payload[..]);
            if let Ok(NdiscRepr::NeighborAdvert { target_addr, lladdr, .. }) = NdiscRepr::parse(&message)
                && target_addr == guest
            {
                let lladdr = lladdr.expect("its card's address");
                return lladdr.as_bytes().try_into().expect("six bytes");
            }
        }
    }
    panic!("nobody has {guest}")
}
