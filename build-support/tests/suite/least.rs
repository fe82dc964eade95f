//! The answers of `bench_least`, of which a peer checks every checksum.
//!
//! The kernel itself is booted by `make bench`.

#[cfg(test)] // it is a file of another package, which is no layer here
#[path = "../kernels/plain/src/bin/bench_least/answer.rs"]
mod answer;

use smoltcp::wire::{EthernetFrame, Ipv4Packet};

use crate::common::frame::{ACK, FIN, PEER_MAC, PSH, RST, SYN, Segment};
use crate::common::ipv4::{self, GUEST, PEER};
use answer::{FRAME_BYTES, answer};

const MAC: [u8; 6] = [0x52, 0x54, 0, 0, 0, 2];
const PORTS: [u16; 2] = [40_000, 8080];
/// As wrk and curl ask.
const KEPT: &str = "GET /1k.html HTTP/1.1\r\nHost: 10.0.0.2:8080\r\n\r\n";
const CLOSED: [&str; 2] = [
    "GET /1k.html HTTP/1.1\r\nConnection: close\r\nHost: 10.0.0.2:8080\r\n\r\n",
    "GET /1k.html HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n",
];

/// The whole answer to a frame, which is to whom that came from.
fn answered(frame: &[u8]) -> Option<Vec<u8>> {
    // What was there before is in the rest of a buffer.
    let mut buffer = [0xaa; FRAME_BYTES];
    buffer[..frame.len()].copy_from_slice(frame);
    let answer = answer(&mut buffer, MAC)?;
    let page = answer.page.map_or(&[][..], |page| page.bytes);
    let whole = [&buffer[..answer.bytes], page].concat();
    assert_eq!((&whole[..6], &whole[6..12]), (&PEER_MAC[..], &MAC[..]));
    Some(whole)
}

fn segment(sequence: u32, acknowledged: u32, flags: u8, request: &str) -> Option<Segment> {
    let payload = request.as_bytes().to_vec();
    let segment = Segment { ports: PORTS, sequence, acknowledged, flags, window: 1024, payload };
    let answer = answered(&segment.frame(MAC, ipv4::addresses(PEER, GUEST)))?;
    let ethernet = EthernetFrame::new_checked(&answer[..]).expect("a frame");
    let packet = Ipv4Packet::new_checked(ethernet.payload()).expect("a packet");
    assert!(packet.verify_checksum(), "the header's checksum");
    assert_eq!((packet.src_addr().octets(), packet.dst_addr().octets()), (GUEST, PEER));
    assert_eq!(usize::from(packet.total_len()), ethernet.payload().len());
    let answer = ipv4::segment(&answer).expect("a segment");
    assert_eq!(answer.ports, [PORTS[1], PORTS[0]]);
    Some(answer)
}

#[test]
fn a_connection_is_answered_by_what_its_segments_say() {
    let syn = segment(u32::MAX, 7, SYN, "").expect("an answer");
    assert_eq!((syn.flags, syn.sequence, syn.acknowledged), (SYN | ACK, 0, 0));
    assert_eq!(segment(0, 1, ACK, ""), None);
    assert_eq!(segment(0, 1, ACK | RST, KEPT), None);
    let end = segment(5, 77, FIN | ACK, "").expect("an answer");
    assert_eq!((end.flags, end.sequence, end.acknowledged), (FIN | ACK, 77, 6));
    assert!(end.payload.is_empty());
}

#[test]
fn a_request_is_answered_by_the_page_of_static_web() {
    let body = include_bytes!("../../../apps/static_web/site/1k.html");
    // Sums that wrap in every way, and of an odd number of bytes.
    for acknowledged in (0..=u32::MAX).step_by(0x0fff_1235) {
        for request in [KEPT, CLOSED[0], CLOSED[1], "GET / HTTP/1.1\r\n\r\n", "odd"] {
            let is_closed = CLOSED.contains(&request);
            let page = segment(0xffff_fff0, acknowledged, PSH | ACK, request).expect("an answer");
            assert_eq!(page.flags, ACK | PSH | if is_closed { FIN } else { 0 });
            let taken = 0xffff_fff0_u32.wrapping_add(request.len() as u32);
            assert_eq!((page.sequence, page.acknowledged), (acknowledged, taken));
            let text = String::from_utf8_lossy(&page.payload);
            let (head, rest) = text.split_once("\r\n\r\n").expect("a head");
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("\r\ncontent-length: 1024"));
            assert_eq!(head.ends_with("\r\nconnection: close"), is_closed);
            assert_eq!(rest.as_bytes(), body);
        }
    }
    let last = segment(10, 20, PSH | ACK | FIN, KEPT).expect("an answer");
    assert_eq!((last.flags, last.acknowledged), (ACK | PSH | FIN, 11 + KEPT.len() as u32));
}

#[test]
fn pings_and_arp_are_answered() {
    for number in [0, 1, 0x1234, 0x7fff, 0xf7ff, 0xffff] {
        for bytes in [0, 1, 56, 1472] {
            let request = ipv4::echo_request(MAC, PEER, GUEST, number, bytes);
            let answer = answered(&request).expect("an answer");
            assert_eq!((ipv4::echo_reply(&answer, PEER, GUEST), answer.len()), (Some(number), request.len()));
        }
    }
    let answer = answered(&ipv4::arp_request(PEER, GUEST)).expect("an answer");
    assert_eq!(ipv4::arp_reply(&answer, GUEST), Some(MAC));
}

#[test]
fn nothing_else_is_answered() {
    let another = [10, 0, 0, 3];
    assert_eq!(answered(&ipv4::arp_request(PEER, another)), None);
    assert_eq!(answered(&ipv4::echo_request(MAC, PEER, another, 1, 56)), None);
    assert_eq!(answered(&ipv4::packet(MAC, PEER, GUEST, 17, &[0; 8])), None);
    assert_eq!(answered(&ipv4::tcp_syn(MAC, PEER, GUEST, 40_000, 80)), None);
    // Lengths and offsets that lie stay within the buffer.
    let mut random = fastrand::Rng::with_seed(12);
    for _ in 0..20_000 {
        let mut frame = Segment { ports: PORTS, flags: ACK, payload: KEPT.into(), ..Segment::default() }
            .frame(MAC, ipv4::addresses(PEER, GUEST));
        for at in [16, 17, 23, 46, 47, 34] {
            if random.bool() {
                frame[at] = random.u8(..);
            }
        }
        answered(&frame);
    }
}
