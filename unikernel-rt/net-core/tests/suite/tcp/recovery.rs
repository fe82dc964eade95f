//! Losses: RFC 5681, RFC 6298, RFC 6582, RFC 6675, RFC 8985 (section 7), RFC 1191.

use super::{PEER, Peer, US, memory, server};
use crate::frames::{SentSegment, ip};
use crate::host::mac;
use smoltcp::wire::{IpProtocol, TcpRepr};
use unikernel_net::{Error, TcpHandle};

fn sizes(sent: &[SentSegment]) -> Vec<usize> {
    sent.iter().map(|segment| segment.payload.len()).collect()
}

/// A connection with SACK whose round trip is known to be about 20 ms.
fn opened<'h, 'm>(
    host: &'h mut crate::host::Host<'m>,
    listener: unikernel_net::ListenerHandle,
    may_sack: bool,
) -> (Peer<'h, 'm>, TcpHandle) {
    let mut peer = Peer::new(host, 5000);
    let syn = TcpRepr { sack_permitted: may_sack, ..peer.syn() };
    let handle = peer.open(&syn, listener);
    for _ in 0..20 {
        let up_to = peer.expected + peer.write(handle, b"x")[0].payload.len() as u32;
        peer.pass(20);
        peer.acknowledge(up_to);
    }
    (peer, handle)
}

/// RFC 6928: ten segments; RFC 5681, section 3.1: then one more for each that is acknowledged.
#[test]
fn begins_with_ten_segments_and_slow_start() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    assert_eq!(sizes(&peer.write(handle, &[1; 100_000])), [1460; 10]);
    let up_to = peer.expected + 1460;
    assert_eq!(sizes(&peer.acknowledge(up_to)), [1460; 2]);
    let up_to = peer.expected + 2920;
    assert_eq!(sizes(&peer.acknowledge(up_to)), [1460; 4]);
}

/// The same where acknowledgements come together, before anything else is sent: each of them is for a full window (RFC 9438, section
/// 5.8), and where one of them is for many (RFC 9406, section 4.2, with L = 8).
#[test]
fn slow_start_doubles_however_acknowledgements_come() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    let (start, first) = (peer.expected, peer.write(handle, &[1; 100_000]));
    assert_eq!(first.len(), 10);
    let edge = |segments: u32| start.wrapping_add(1460 * segments);
    assert_eq!(sizes(&peer.acknowledge_at_once((1..=10).map(edge))), [1460; 20]);
    assert_eq!(sizes(&peer.acknowledge(edge(18))), [1460; 16]);
}

/// RFC 9438, section 5.8: the window of a sender that does not use it does not grow.
#[test]
fn an_unused_window_does_not_grow() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    for _ in 0..50 {
        let up_to = peer.expected + peer.write(handle, &[1; 2_920]).len() as u32 * 1460;
        peer.acknowledge(up_to);
    }
    assert_eq!(peer.write(handle, &[1; 100_000]).len(), 10);
}

/// RFC 6298, sections 5.5 and 5.6: a time-out doubles; RFC 5681, section 3.1: one segment, then slow start; RFC 9293, 3.8.3: the end.
#[test]
fn a_time_out_sends_one_and_doubles() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let (mut peer, handle) = opened(&mut host, listener, false);
    let first = peer.write(handle, &[1; 14_600]);
    assert_eq!(first.len(), 10);
    let mut at = Vec::new();
    for time in 1..=2_900 {
        let sent = peer.pass(1);
        assert!(sent.len() <= 1);
        if let Some(segment) = sent.first() {
            assert_eq!(segment.sequence, first[0].sequence);
            at.push(time);
        }
    }
    assert_eq!(at[0], 200, "the floor");
    assert_eq!(at[1], 200 + 400);
    assert_eq!(at[2], 200 + 400 + 800);
    // Segments are shorter by then: they may have been too long (RFC 4821).
    let up_to = peer.expected + 1460;
    let sent = peer.acknowledge(up_to);
    assert_eq!((sent.len(), sent[0].sequence), (2, up_to));
    peer.pass(130_000);
    assert_eq!(peer.read(handle), Err(Error::TimedOut));
}

/// RFC 5681, section 3.2, and RFC 6582: three duplicates, the first again; a partial acknowledgement, the next hole.
#[test]
fn three_duplicates_without_sack() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let (mut peer, handle) = opened(&mut host, listener, false);
    let sent = peer.write(handle, &[1; 14_600]);
    let plain = peer.plain();
    assert!(peer.send(&plain).is_empty());
    assert!(peer.send(&plain).is_empty());
    let again = peer.send(&plain);
    assert_eq!((again.len(), again[0].sequence), (1, sent[0].sequence));
    // The first is there, the fourth is not.
    let again = peer.acknowledge(sent[3].sequence);
    assert_eq!(again[0].sequence, sent[3].sequence);
    let end = sent[9].sequence.wrapping_add(1460);
    assert!(peer.acknowledge(end).is_empty());
}

/// RFC 6675: what the ranges show to be lost is sent again, each once, and nothing that was received.
#[test]
fn holes_are_filled_and_nothing_else() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let (mut peer, handle) = opened(&mut host, listener, true);
    let sent = peer.write(handle, &[1; 14_600]);
    let edge = |index: usize| sent[0].sequence.wrapping_add(1460 * index as u32);
    // Lost: 0, 3 and 4.
    let mut again = Vec::new();
    for ranges in [
        vec![(edge(1), edge(2))],
        vec![(edge(1), edge(3))],
        vec![(edge(5), edge(6)), (edge(1), edge(3))],
        vec![(edge(5), edge(7)), (edge(1), edge(3))],
        vec![(edge(5), edge(8)), (edge(1), edge(3))],
        vec![(edge(5), edge(9)), (edge(1), edge(3))],
        vec![(edge(5), edge(10)), (edge(1), edge(3))],
    ] {
        let mut sack_ranges = [None; 3];
        ranges.into_iter().enumerate().for_each(|(at, range)| sack_ranges[at] = Some(range));
        let segment = TcpRepr { sack_ranges, ..peer.plain() };
        again.extend(peer.send(&segment).iter().map(|segment| segment.sequence.wrapping_sub(edge(0)) / 1460));
    }
    assert_eq!(again, [0, 3, 4]);
    let end = edge(10);
    assert!(peer.acknowledge(end).is_empty());
}

/// RFC 8985, section 7: the last of a flight is sent again before the time-out, and its loss is then known.
#[test]
fn the_tail_is_probed() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let (mut peer, handle) = opened(&mut host, listener, true);
    let sent = peer.write(handle, &[1; 4_380]);
    assert_eq!(sent.len(), 3);
    let mut at = 0;
    let probe = loop {
        at += 1;
        if let Some(probe) = peer.pass(1).pop() {
            break probe;
        }
    };
    assert!((30..100).contains(&at), "after two round trips: {at} ms");
    assert_eq!(probe.sequence, sent[2].sequence);
    let end = sent[2].sequence.wrapping_add(1460);
    let mut segment = peer.plain();
    segment.sack_ranges[0] = Some((sent[2].sequence, end));
    peer.send(&segment);
    let again = peer.pass(400);
    assert_eq!(again[0].sequence, sent[0].sequence);
    assert!(peer.acknowledge(end).is_empty());
}

/// RFC 6298, section 3 (Karn): the answer to what was sent twice tells no time.
#[test]
fn a_retransmission_is_not_timed() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let (mut peer, handle) = opened(&mut host, listener, false);
    let up_to = peer.expected + 5;
    peer.write(handle, b"12345");
    assert_eq!(peer.pass(5_000).len(), 4, "at 0.2, 0.6, 1.4 and 3.0 s");
    peer.acknowledge(up_to);
    peer.write(handle, b"67890");
    assert!(peer.pass(199).is_empty());
    assert_eq!(peer.pass(1).len(), 1, "the time-out is what it was");
}

/// RFC 1191, section 3, checked as RFC 5927, section 7 asks: only by what is on its way; all of it is sent again, shorter.
#[test]
fn routers_say_how_long_packets_may_be() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let (mut peer, handle) = opened(&mut host, listener, true);
    let sent = peer.write(handle, &[1; 14_600]);
    let too_large = |sequence: u32, mtu: u16| {
        let mut message = vec![3, 4, 0, 0, 0, 0, 0, 0];
        message[6..8].copy_from_slice(&mtu.to_be_bytes());
        let tcp = [&80_u16.to_be_bytes()[..], &5000_u16.to_be_bytes(), &sequence.to_be_bytes()].concat();
        let ours = ip((mac(1), mac(9)), US.parse().unwrap(), PEER.parse().unwrap(), IpProtocol::Tcp, 60, &tcp);
        message.extend_from_slice(&ours[14..]);
        let mut sum =
            message.chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0))).sum::<u32>();
        while sum > 0xFFFF {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        message[2..4].copy_from_slice(&(!(sum as u16)).to_be_bytes());
        ip((mac(9), mac(1)), "10.0.0.1".parse().unwrap(), US.parse().unwrap(), IpProtocol::Icmp, 60, &message)
    };
    let read =
        |frames: Vec<Vec<u8>>| frames.iter().filter_map(|frame| crate::frames::read_tcp(frame)).collect::<Vec<_>>();
    assert!(
        read(peer.host.receive(&too_large(sent[0].sequence.wrapping_sub(1), 1300))).is_empty(),
        "an attacker's guess"
    );
    assert!(read(peer.host.receive(&too_large(sent[0].sequence.wrapping_add(20_000), 1300))).is_empty());
    assert!(read(peer.host.receive(&too_large(sent[0].sequence, 1500))).is_empty(), "no shorter than it is");
    let again = read(peer.host.receive(&too_large(sent[0].sequence, 1300)));
    assert_eq!((again[0].sequence, again[0].payload.len()), (sent[0].sequence, 1260));
    assert!(again.len() >= 10, "it is no congestion: {}", again.len());
}
