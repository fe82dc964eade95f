//! Who sees every frame of a network and knows RFC 9293: no segment leaves the window that its receiver has told.

use crate::frames::read_ip;
use core::net::SocketAddr;
use smoltcp::wire::{IpAddress, IpProtocol, TcpOption, TcpPacket};
use std::collections::HashMap;

/// What one side of a connection has said.
#[derive(Clone, Copy, Default, Debug)]
struct Side {
    /// The farthest right edge that it has told.
    edge: Option<u32>,
    shift: Option<u8>,
}

#[derive(Default)]
pub struct Observer {
    sides: HashMap<(SocketAddr, SocketAddr), Side>,
    pub segments: u64,
    pub bytes: u64,
}

fn is_after(one: u32, other: u32) -> bool {
    (one.wrapping_sub(other) as i32) > 0
}

impl Observer {
    /// A frame as it leaves its sender.
    pub fn see(&mut self, frame: &[u8]) {
        let Some(sent) = read_ip(frame).filter(|sent| sent.protocol == IpProtocol::Tcp) else { return };
        let packet = TcpPacket::new_checked(&sent.payload[..]).expect("a whole segment");
        let (from, to) =
            (SocketAddr::new(sent.source, packet.src_port()), SocketAddr::new(sent.destination, packet.dst_port()));
        assert!(
            packet.verify_checksum(&IpAddress::from(sent.source), &IpAddress::from(sent.destination)),
            "TCP checksum"
        );
        if packet.rst() {
            self.sides.remove(&(from, to));
            self.sides.remove(&(to, from));
            return;
        }
        let (sequence, payload) = (packet.seq_number().0 as u32, packet.payload().len() as u32);
        self.segments += 1;
        self.bytes += u64::from(payload);
        let mut options = packet.options();
        let mut own_shift = None;
        while !options.is_empty() {
            let (rest, option) = TcpOption::parse(options).expect("well-formed options");
            if let TcpOption::WindowScale(shift) = option {
                own_shift = Some(shift);
            }
            options = rest;
        }
        if packet.syn() {
            let side = Side { shift: own_shift, edge: None };
            self.sides.insert((from, to), side);
        }
        let peer = self.sides.get(&(to, from)).copied().unwrap_or_default();
        let end =
            sequence.wrapping_add(payload).wrapping_add(u32::from(packet.fin())).wrapping_add(u32::from(packet.syn()));
        if let Some(edge) = peer.edge.filter(|_| !packet.syn()) {
            // One byte beyond is how a shut window is asked for (RFC 9293, section 3.8.6.1).
            let is_probe = end == edge.wrapping_add(1) && payload + u32::from(packet.fin()) == 1;
            assert!(!is_after(end, edge) || is_probe, "{from}: up to {end}, but the window ends at {edge}");
        }
        let both_scale = peer.shift.is_some() && self.sides.get(&(from, to)).is_some_and(|side| side.shift.is_some());
        let side = self.sides.entry((from, to)).or_default();
        if packet.ack() {
            let shift = if both_scale && !packet.syn() { side.shift.unwrap_or(0) } else { 0 };
            let edge = (packet.ack_number().0 as u32).wrapping_add(u32::from(packet.window_len()) << shift);
            if side.edge.is_none_or(|known| is_after(edge, known)) {
                side.edge = Some(edge);
            }
        }
    }
}
