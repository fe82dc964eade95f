//! The states: RFC 9293, sections 3.5, 3.6 and 3.10.

use super::{Peer, arp_reply, memory, server};
use crate::frames::{read_arp, read_tcp};
use crate::host::{Host, Sizes};
use core::time::Duration;
use smoltcp::wire::{TcpControl, TcpRepr, TcpSeqNumber};
use unikernel_net::{Error, Reason};

/// 3.5, figure 6, and 3.6, figure 12: three segments to open, four to close; the peer closes first.
#[test]
fn a_peer_opens_sends_and_closes() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    assert!(peer.say(b"question").is_empty(), "the acknowledgement is held back");
    let held = peer.pass(40);
    assert_eq!((held.len(), held[0].acknowledgement), (1, peer.next), "3.8.6.3: less than 500 ms");
    assert_eq!(peer.read(handle).unwrap(), b"question");
    let sent = peer.write(handle, b"answer");
    assert_eq!((sent[0].payload.as_slice(), sent[0].control), (&b"answer"[..], TcpControl::Psh));
    let end = peer.expected + 6;
    peer.acknowledge(end);
    let sent = peer.send(&TcpRepr { control: TcpControl::Fin, ..peer.plain() });
    peer.next += 1;
    assert_eq!(sent[0].acknowledgement, peer.next, "the end is acknowledged at once");
    assert_eq!(peer.read(handle).unwrap(), b"", "CLOSE-WAIT: it is the end");
    let sent = peer.write(handle, b"more");
    assert_eq!(sent[0].payload, b"more", "its other half is open");
    let (tcp, mut context) = peer.host.tcp();
    tcp.close(&mut context, handle).unwrap();
    let sent = peer.flush();
    assert_eq!(sent[0].control, TcpControl::Fin);
    peer.acknowledge(end + 5);
    assert_eq!(peer.host.tcp().0.connections(), 0, "LAST-ACK ends at once");
    assert_eq!(peer.host.stack.pool().available(), peer.host.stack.pool().capacity());
}

/// 3.6, figure 12 from the other side, and 3.3.2: TIME-WAIT lasts two segment lives, and answers a FIN that comes again.
#[test]
fn who_closes_first_waits() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    let (tcp, mut context) = peer.host.tcp();
    tcp.close(&mut context, handle).unwrap();
    assert_eq!(peer.flush()[0].control, TcpControl::Fin);
    let end = peer.expected + 1;
    assert!(peer.acknowledge(end).is_empty());
    let fin = TcpRepr { control: TcpControl::Fin, ..peer.plain() };
    assert_eq!(peer.send(&fin)[0].acknowledgement, peer.next + 1);
    peer.pass(50_000);
    assert_eq!(peer.send(&fin)[0].acknowledgement, peer.next + 1, "it may not have heard");
    peer.pass(59_000);
    assert_eq!(peer.host.tcp().0.connections(), 1);
    peer.pass(1_000);
    assert_eq!(peer.host.tcp().0.connections(), 0);
}

/// Each ends two segment lives after its peer's last FIN, in whatever order they have come to wait.
#[test]
fn those_who_wait_end_each_in_its_time() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let end = |peer: &mut Peer<'_, '_>, port| {
        (peer.port, peer.next) = (port, 1_000);
        let handle = peer.open(&peer.syn(), listener);
        let (tcp, mut context) = peer.host.tcp();
        tcp.close(&mut context, handle).unwrap();
        peer.flush();
        let end = peer.expected + 1;
        peer.acknowledge(end);
        let fin = TcpRepr { control: TcpControl::Fin, ..peer.plain() };
        assert_eq!(peer.send(&fin).len(), 1);
        fin
    };
    let first = end(&mut peer, 5000);
    peer.pass(10_000);
    end(&mut peer, 5001);
    peer.pass(20_000);
    assert_eq!(peer.send(&first).len(), 1, "it ends 90 s after it began, the second after 70 s");
    for (milliseconds, are_left) in [(39_000, 2), (2_000, 1), (18_000, 1), (2_000, 0)] {
        peer.pass(milliseconds);
        assert_eq!(peer.host.tcp().0.connections(), are_left);
    }
}

/// 3.6, figure 13: both close at once, CLOSING.
#[test]
fn both_close_at_once() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    let (tcp, mut context) = peer.host.tcp();
    tcp.shut_down(&mut context, handle).unwrap();
    assert_eq!(tcp.write(&mut context, handle, b"x"), Err(Error::NotConnected));
    assert_eq!(peer.flush()[0].control, TcpControl::Fin);
    let sent = peer.send(&TcpRepr { control: TcpControl::Fin, ..peer.plain() });
    assert_eq!(sent[0].acknowledgement, peer.next + 1);
    peer.next += 1;
    assert_eq!(peer.read(handle).unwrap(), b"");
    let end = peer.expected + 1;
    assert!(peer.acknowledge(end).is_empty());
    let (tcp, mut context) = peer.host.tcp();
    tcp.close(&mut context, handle).unwrap();
    peer.pass(60_000);
    assert_eq!(peer.host.tcp().0.connections(), 0);
}

/// RFC 2525, section 2.17: what was not read is lost, and the peer is to know.
#[test]
fn closing_with_unread_data_resets() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    peer.say(b"unread");
    let (tcp, mut context) = peer.host.tcp();
    tcp.close(&mut context, handle).unwrap();
    assert_eq!(peer.flush()[0].control, TcpControl::Rst);
    assert_eq!(peer.host.stack.pool().available(), peer.host.stack.pool().capacity());
}

/// 3.6.1: data after the application is gone is answered by a reset; half of a connection does not last for ever.
#[test]
fn nobody_is_left_to_read() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    let (tcp, mut context) = peer.host.tcp();
    tcp.close(&mut context, handle).unwrap();
    peer.flush();
    let end = peer.expected + 1;
    peer.acknowledge(end);
    assert_eq!(peer.say(b"late")[0].control, TcpControl::Rst);
    assert_eq!(peer.host.tcp().0.connections(), 0);
    let mut peer = Peer::new(&mut host, 5001);
    let handle = peer.open(&peer.syn(), listener);
    let (tcp, mut context) = peer.host.tcp();
    tcp.close(&mut context, handle).unwrap();
    peer.flush();
    let end = peer.expected + 1;
    peer.acknowledge(end);
    peer.pass(60_000);
    assert_eq!(peer.host.tcp().0.connections(), 0, "FIN-WAIT-2 ends");
}

/// 3.10.7.1: what is of no connection is reset, in both forms; a reset is not.
#[test]
fn what_is_of_no_connection_is_reset() {
    let mut memory = memory();
    let (mut host, _) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    peer.our_port = 81;
    let sent = peer.send(&peer.syn());
    assert_eq!((sent[0].control, sent[0].sequence, sent[0].acknowledgement), (TcpControl::Rst, 0, peer.next + 1));
    assert!(sent[0].has_ack);
    peer.expected = 77;
    let sent = peer.send(&TcpRepr { payload: b"data", ..peer.plain() });
    assert_eq!((sent[0].control, sent[0].sequence, sent[0].has_ack), (TcpControl::Rst, 77, false));
    assert!(peer.send(&TcpRepr { control: TcpControl::Rst, ..peer.plain() }).is_empty());
}

fn connecting<'m>(memory: &'m mut crate::host::Memory) -> (Host<'m>, unikernel_net::TcpHandle) {
    let mut host = Host::with_addresses(memory, &[("10.0.0.2", 24)]);
    let (tcp, mut context) = host.tcp();
    let handle = tcp.connect(&mut context, None, "10.0.0.9:7".parse().unwrap()).unwrap();
    host.stack.transmit(&mut host.cards, host.now);
    assert!(read_arp(&host.take_sent(0)[0]).is_some());
    (host, handle)
}

/// 3.10.7.3: connected, refused, or reset by an acknowledgement that is none; 3.8.1: SYNs again until patience ends.
#[test]
fn connects_or_says_why_not() {
    let mut memory = memory();
    let (mut host, handle) = connecting(&mut memory);
    let syn = read_tcp(&host.receive(&arp_reply())[0]).unwrap();
    assert_eq!((syn.control, syn.mss, syn.may_sack), (TcpControl::Syn, Some(1460), true));
    assert_eq!(host.tcp().0.connected(handle), Err(Error::WouldBlock));
    let mut peer = Peer::new(&mut host, 7);
    peer.our_port = syn.source;
    peer.expected = syn.sequence.wrapping_add(5);
    let wrong = peer.send(&TcpRepr { control: TcpControl::Syn, ..peer.plain() });
    assert_eq!((wrong[0].control, wrong[0].sequence), (TcpControl::Rst, peer.expected));
    peer.expected = syn.sequence.wrapping_add(1);
    let sent = peer.send(&TcpRepr { control: TcpControl::Syn, ..peer.plain() });
    assert_eq!((sent[0].control, sent[0].acknowledgement), (TcpControl::None, 1_001));
    assert_eq!(peer.host.tcp().0.connected(handle), Ok(()));

    let mut memory = super::memory();
    let (mut host, handle) = connecting(&mut memory);
    let syn = read_tcp(&host.receive(&arp_reply())[0]).unwrap();
    let mut peer = Peer::new(&mut host, 7);
    peer.our_port = syn.source;
    peer.expected = syn.sequence;
    peer.send(&TcpRepr { control: TcpControl::Rst, ..peer.plain() });
    assert_eq!(peer.host.tcp().0.connected(handle), Err(Error::WouldBlock), "that reset acknowledges nothing");
    peer.expected += 1;
    peer.send(&TcpRepr { control: TcpControl::Rst, ..peer.plain() });
    assert_eq!(peer.host.tcp().0.connected(handle), Err(Error::Refused));
}

/// A silent address is `TimedOut`, one that answers no ARP `Unreachable`; who gives up sends nothing more.
#[test]
fn a_failed_attempt_has_its_reason() {
    let mut memory = memory();
    let (mut host, handle) = connecting(&mut memory);
    host.pass(Duration::from_secs(3));
    assert_eq!(host.tcp().0.connected(handle), Err(Error::Unreachable(Reason::HostUnreachable)));
    let (tcp, mut context) = host.tcp();
    tcp.close(&mut context, handle).unwrap();
    let (tcp, mut context) = host.tcp();
    let handle = tcp.connect(&mut context, None, "10.0.0.9:7".parse().unwrap()).unwrap();
    host.stack.transmit(&mut host.cards, host.now);
    host.receive(&arp_reply());
    // The ARP entry is kept fresh meanwhile: what is counted are SYNs.
    let mut syns = 0;
    for _ in 0..60 {
        assert_eq!(host.tcp().0.connected(handle), Err(Error::WouldBlock));
        syns += host.pass(Duration::from_secs(1)).iter().filter(|frame| read_tcp(frame).is_some()).count();
        host.receive(&arp_reply());
    }
    assert_eq!(syns, 5, "at 1, 3, 7, 15 and 31 s");
    assert_eq!(host.tcp().0.connected(handle), Err(Error::TimedOut));
    let (tcp, mut context) = host.tcp();
    tcp.close(&mut context, handle).unwrap();
    let handle = tcp.connect(&mut context, None, "10.0.0.9:7".parse().unwrap()).unwrap();
    tcp.close(&mut context, handle).unwrap();
    let sent = host.pass(Duration::from_secs(100));
    assert!(sent.iter().all(|frame| read_tcp(frame).is_none()), "an abandoned attempt sends nothing more");
    assert_eq!(host.tcp().0.connections(), 0);
}

/// 3.5, figure 8: both open at once.
#[test]
fn both_open_at_once() {
    let mut memory = memory();
    let (mut host, handle) = connecting(&mut memory);
    let syn = read_tcp(&host.receive(&arp_reply())[0]).unwrap();
    let mut peer = Peer::new(&mut host, 7);
    peer.our_port = syn.source;
    let sent = peer.send(&peer.syn());
    assert_eq!((sent[0].control, sent[0].has_ack, sent[0].acknowledgement), (TcpControl::Syn, true, 1_001));
    assert_eq!(sent[0].sequence, syn.sequence);
    peer.next += 1;
    peer.expected = syn.sequence.wrapping_add(1);
    peer.send(&peer.plain());
    assert_eq!(peer.host.tcp().0.connected(handle), Ok(()));
    peer.say(b"hello");
    assert_eq!(peer.read(handle).unwrap(), b"hello");
}

/// 3.7.4 and 3.8.6.2.1: a part of a segment waits for what is on its way, unless told not to.
#[test]
fn short_segments_wait_for_acknowledgements() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    assert_eq!(peer.write(handle, b"a").len(), 1);
    assert!(peer.write(handle, b"b").is_empty());
    assert!(peer.write(handle, b"c").is_empty());
    let next = peer.expected + 1;
    assert_eq!(peer.acknowledge(next)[0].payload, b"bc");
    peer.host.tcp().0.set_no_delay(handle, true).unwrap();
    assert_eq!(peer.write(handle, b"d").len(), 1);
    assert_eq!(peer.write(handle, &[1; 3000]).len(), 3);
}

/// 3.8.6.1: a shut window is asked for, with ever longer waits, and the connection lives as long as there are answers.
#[test]
fn a_shut_window_is_probed() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    peer.window = 0;
    peer.send(&peer.plain());
    assert!(peer.write(handle, b"waiting").is_empty());
    let mut probes = Vec::new();
    for second in 0..600 {
        for probe in peer.pass(1_000) {
            assert_eq!((probe.payload.as_slice(), probe.sequence), (&b"w"[..], peer.expected));
            probes.push(second);
            peer.send(&peer.plain());
        }
    }
    let waits: Vec<i32> = probes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits.is_sorted() && waits.last() == Some(&60), "{probes:?}");
    peer.window = 1_000;
    let sent = peer.send(&peer.plain());
    assert_eq!(sent[0].payload, b"waiting", "it opens");
}

/// 3.8.4: keep-alives, off by default; five without an answer end the connection.
#[test]
fn keep_alives() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    assert!(peer.pass(10_000_000).is_empty());
    peer.host.tcp().0.set_keep_alive(handle, Some(Duration::from_secs(75))).unwrap();
    peer.send(&peer.plain());
    let sent = peer.pass(75_000);
    assert_eq!((sent.len(), sent[0].sequence, sent[0].payload.len()), (1, peer.expected.wrapping_sub(1), 0));
    peer.send(&peer.plain());
    assert_eq!(peer.pass(5 * 75_000).len(), 5);
    peer.pass(75_000);
    assert_eq!(peer.read(handle), Err(Error::TimedOut));
}

/// Lasting bytes go to the card from where they lie, and are sent again from there.
#[test]
fn lasting_bytes_take_no_memory() {
    static FILE: [u8; 100_000] = [0x42; 100_000];
    let mut memory = crate::host::Memory::new(&Sizes { blocks: 4, ..Sizes::default() });
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    let (tcp, mut context) = peer.host.tcp();
    tcp.write(&mut context, handle, b"head").unwrap();
    tcp.write_static(&mut context, handle, &FILE).unwrap();
    assert_eq!(peer.host.stack.pool().available(), 2);
    let mut received = Vec::new();
    let mut sent = peer.flush();
    while received.len() < 4 + FILE.len() {
        for segment in sent {
            assert_eq!(segment.sequence, peer.expected.wrapping_add(0));
            received.extend_from_slice(&segment.payload);
            peer.expected = peer.expected.wrapping_add(segment.payload.len() as u32);
        }
        let up_to = peer.expected;
        sent = peer.acknowledge(up_to);
    }
    assert_eq!((&received[..4], &received[4..]), (&b"head"[..], &FILE[..]));
    assert_eq!(peer.host.stack.pool().available(), 4);
}

/// A SYN in place of a connection in TIME-WAIT: RFC 6191, and 3.6.1 where there are no timestamps.
#[test]
fn a_new_connection_replaces_one_in_time_wait() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    let (tcp, mut context) = peer.host.tcp();
    tcp.close(&mut context, handle).unwrap();
    peer.flush();
    let end = peer.expected + 1;
    peer.acknowledge(end);
    peer.send(&TcpRepr { control: TcpControl::Fin, ..peer.plain() });
    let old = TcpRepr { seq_number: TcpSeqNumber(500), ..peer.syn() };
    assert_eq!(peer.send(&old)[0].control, TcpControl::None, "an old one is acknowledged only");
    peer.next = 2_000;
    let syn = peer.syn();
    peer.open(&syn, listener);
    assert_eq!(peer.host.tcp().0.connections(), 1);
}
