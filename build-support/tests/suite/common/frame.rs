//! Ethernet frames of both protocols as a test makes and reads them; `smoltcp::wire` knows the formats.

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr, IpAddress, IpProtocol, IpRepr, TcpPacket,
    TcpSeqNumber, UdpPacket, UdpRepr,
};

/// The address of a card.
pub(crate) type Mac = [u8; 6];

/// The card on the test's end of a wire.
pub(crate) const PEER_MAC: Mac = [2, 0, 0, 0, 0, 1];

const ETHERNET_BYTES: usize = 14;
const TCP_BYTES: usize = 20;

/// Every checksum is computed where something is written.
pub(crate) fn checksums() -> ChecksumCapabilities {
    ChecksumCapabilities::default()
}

/// A frame from the test's card, whose payload `write` fills in.
pub(crate) fn ethernet(
    to: Mac,
    ethertype: EthernetProtocol,
    payload_bytes: usize,
    write: impl FnOnce(&mut [u8]),
) -> Vec<u8> {
    let mut frame = EthernetFrame::new_unchecked(vec![0; ETHERNET_BYTES + payload_bytes]);
    let header = EthernetRepr { src_addr: EthernetAddress(PEER_MAC), dst_addr: EthernetAddress(to), ethertype };
    header.emit(&mut frame);
    write(frame.payload_mut());
    frame.into_inner()
}

/// A frame with an IP packet from one address to another, whose payload `write` fills in.
pub(crate) fn ip(
    mac: Mac,
    [from, to]: [IpAddress; 2],
    protocol: IpProtocol,
    hop_limit: u8,
    payload_bytes: usize,
    write: impl FnOnce(&mut [u8]),
) -> Vec<u8> {
    let header = IpRepr::new(from, to, protocol, payload_bytes, hop_limit);
    let ethertype = if matches!(to, IpAddress::Ipv4(_)) { EthernetProtocol::Ipv4 } else { EthernetProtocol::Ipv6 };
    ethernet(mac, ethertype, header.buffer_len(), |bytes| {
        header.emit(&mut *bytes, &checksums());
        write(&mut bytes[header.header_len()..]);
    })
}

/// A frame with a UDP datagram, which has a checksum.
pub(crate) fn udp(mac: Mac, addresses: [IpAddress; 2], [from, to]: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let header = UdpRepr { src_port: from, dst_port: to };
    ip(mac, addresses, IpProtocol::Udp, 64, header.header_len() + payload.len(), |bytes| {
        let mut datagram = UdpPacket::new_unchecked(bytes);
        let write = |room: &mut [u8]| room.copy_from_slice(payload);
        header.emit(&mut datagram, &addresses[0], &addresses[1], payload.len(), write, &checksums());
    })
}

pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const RST: u8 = 4;
pub(crate) const PSH: u8 = 8;
pub(crate) const ACK: u8 = 16;

/// A TCP segment without options (RFC 9293, section 3.1), with any combination of flags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Segment {
    /// From which port to which.
    pub(crate) ports: [u16; 2],
    pub(crate) sequence: u32,
    pub(crate) acknowledged: u32,
    pub(crate) flags: u8,
    pub(crate) window: u16,
    pub(crate) payload: Vec<u8>,
}

impl Segment {
    /// Reads a segment, whose checksum must be right; options are skipped.
    pub(crate) fn read(bytes: &[u8], [from, to]: [IpAddress; 2]) -> Self {
        let segment = TcpPacket::new_checked(bytes).expect("a whole segment");
        assert!(segment.verify_checksum(&from, &to), "the checksum of {bytes:02x?}");
        let flags = [
            (segment.fin(), FIN),
            (segment.syn(), SYN),
            (segment.rst(), RST),
            (segment.psh(), PSH),
            (segment.ack(), ACK),
        ];
        Segment {
            ports: [segment.src_port(), segment.dst_port()],
            sequence: segment.seq_number().0 as u32,
            acknowledged: segment.ack_number().0 as u32,
            flags: flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).sum(),
            window: segment.window_len(),
            payload: segment.payload().to_vec(),
        }
    }

    /// A frame with it.
    pub(crate) fn frame(&self, mac: Mac, addresses: [IpAddress; 2]) -> Vec<u8> {
        ip(mac, addresses, IpProtocol::Tcp, 64, TCP_BYTES + self.payload.len(), |bytes| {
            let mut segment = TcpPacket::new_unchecked(bytes);
            segment.set_src_port(self.ports[0]);
            segment.set_dst_port(self.ports[1]);
            segment.set_seq_number(TcpSeqNumber(self.sequence as i32));
            segment.set_ack_number(TcpSeqNumber(self.acknowledged as i32));
            segment.set_header_len(TCP_BYTES as u8);
            segment.set_fin(self.flags & FIN != 0);
            segment.set_syn(self.flags & SYN != 0);
            segment.set_rst(self.flags & RST != 0);
            segment.set_psh(self.flags & PSH != 0);
            segment.set_ack(self.flags & ACK != 0);
            segment.set_window_len(self.window);
            segment.payload_mut().copy_from_slice(&self.payload);
            segment.fill_checksum(&addresses[0], &addresses[1]);
        })
    }
}
