//! A router: what it tells, in parts, to be spoilt.

use crate::frames::{ip, read_ip};
use crate::host::mac;
use crate::network::Node;
use core::net::Ipv6Addr;
use core::time::Duration;
use smoltcp::wire::{Icmpv6Packet, IpProtocol};
use unikernel_net::{Instant, Mac};

pub const ALL_NODES: &str = "ff02::1";

/// A message of ICMPv6 in a frame to a group or a host.
pub fn icmpv6(source: &str, destination: &str, hop_limit: u8, mut message: Vec<u8>) -> Vec<u8> {
    let (from, to): (Ipv6Addr, Ipv6Addr) = (source.parse().unwrap(), destination.parse().unwrap());
    Icmpv6Packet::new_unchecked(&mut message).fill_checksum(&from, &to);
    let octets = to.octets();
    let group = Mac([0x33, 0x33, octets[12], octets[13], octets[14], octets[15]]);
    let link = if to.is_multicast() { group } else { mac(1) };
    ip((mac(9), link), from.into(), to.into(), IpProtocol::Icmpv6, hop_limit, &message)
}

/// The message of ICMPv6 in a frame, with its checksum: source, destination, hop limit and bytes.
pub fn read_icmpv6(frame: &[u8]) -> Option<(String, String, u8, Vec<u8>)> {
    let mut sent = read_ip(frame)?;
    if sent.protocol == IpProtocol::HopByHop {
        assert_eq!(sent.payload[..8], [58, 0, 5, 2, 0, 0, 1, 0], "router alert");
        sent.payload.drain(..8);
    } else if sent.protocol != IpProtocol::Icmpv6 {
        return None;
    }
    let (core::net::IpAddr::V6(from), core::net::IpAddr::V6(to)) = (sent.source, sent.destination) else { return None };
    // It does not know reports of the first version.
    let message = match sent.payload[0] {
        131 | 132 => Icmpv6Packet::new_unchecked(&sent.payload[..]),
        _ => Icmpv6Packet::new_checked(&sent.payload[..]).unwrap(),
    };
    assert!(message.verify_checksum(&from, &to), "ICMPv6 checksum");
    Some((from.to_string(), to.to_string(), sent.hop_limit, sent.payload))
}

/// The options of an advertisement after its header: lifetime of the router and its preference.
pub fn advertisement(lifetime: u16, preference: u8, options: &[Vec<u8>]) -> Vec<u8> {
    let mut message = vec![134, 0, 0, 0, 64, preference << 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    message[6..8].copy_from_slice(&lifetime.to_be_bytes());
    message.extend(options.concat());
    message
}

pub fn prefix(network: &str, bits: u8, flags: u8, valid: u32, preferred: u32) -> Vec<u8> {
    let mut option = vec![3, 4, bits, flags];
    option.extend_from_slice(&valid.to_be_bytes());
    option.extend_from_slice(&preferred.to_be_bytes());
    option.extend_from_slice(&[0; 4]);
    option.extend_from_slice(&network.parse::<Ipv6Addr>().unwrap().octets());
    option
}

pub fn name_servers(lifetime: u32, servers: &[&str]) -> Vec<u8> {
    let mut option = vec![25, 1 + 2 * servers.len() as u8, 0, 0];
    option.extend_from_slice(&lifetime.to_be_bytes());
    for server in servers {
        option.extend_from_slice(&server.parse::<Ipv6Addr>().unwrap().octets());
    }
    option
}

pub fn mtu(mtu: u32) -> Vec<u8> {
    [vec![5, 1, 0, 0], mtu.to_be_bytes().to_vec()].concat()
}

/// A router of a network: it tells what it is when it is asked, and every 100 seconds, for 300.
pub struct Router {
    pub is_up: bool,
    next: Instant,
}

impl Router {
    pub fn new() -> Router {
        Router { is_up: true, next: Instant::START }
    }
}

impl Node for Router {
    fn receive(&mut self, frame: &[u8], now: Instant) {
        // Asked by whatever is a solicitation, spoilt or not.
        if frame.len() > 54 && frame[12..14] == [0x86, 0xDD] && frame[54] == 133 {
            self.next = self.next.min(now);
        }
    }

    fn transmit(&mut self, now: Instant) -> Vec<Vec<u8>> {
        if now < self.next {
            return Vec::new();
        }
        self.next = now + Duration::from_secs(100);
        let told = [prefix("2001:db8:1::", 64, 0xC0, 300, 300), name_servers(300, &["2001:db8::53"])];
        let frame = icmpv6("fe80::9", ALL_NODES, 255, advertisement(300, 0, &told));
        if self.is_up { vec![frame] } else { Vec::new() }
    }

    fn deadline(&self) -> Instant {
        self.next
    }
}
