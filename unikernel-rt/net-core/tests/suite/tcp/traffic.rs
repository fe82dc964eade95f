//! What passes is counted: bytes of frames, connections, and what was sent again.

use super::{PEER, Peer, US, memory, server};
use crate::frames::{segment, tcp};
use crate::host::{Host, Memory, Sizes, mac};
use smoltcp::wire::{TcpControl, TcpRepr};
use unikernel_net::Traffic;

fn traffic(host: &mut Host<'_>) -> Traffic {
    *host.stack.link().traffic()
}

#[test]
fn bytes_are_those_of_frames() {
    let mut memory = memory();
    let (mut host, _) = server(&mut memory);
    assert_eq!(traffic(&mut host), Traffic::default());
    let syn = TcpRepr { control: TcpControl::Syn, ack_number: None, ..segment(5000, 80) };
    let frame = tcp((mac(9), mac(1)), PEER.parse().unwrap(), US.parse().unwrap(), &syn);
    let sent = host.receive(&frame);
    let counted = traffic(&mut host);
    assert_eq!(counted.received_bytes, frame.len() as u64);
    assert_eq!((sent.len(), counted.sent_bytes), (1, sent[0].len() as u64));
    // What waits for its neighbour is counted when it is sent.
    host.udp_send("0.0.0.0:7", "10.0.0.9:7", b"four").unwrap();
    let question = host.take_sent(0);
    let sent = host.receive(&super::arp_reply());
    let bytes: usize = question.iter().chain(&sent).map(Vec::len).sum();
    assert_eq!((question.len(), sent.len()), (1, 1));
    assert_eq!(traffic(&mut host).sent_bytes - counted.sent_bytes, bytes as u64);
    assert_eq!(host.stack.link().neighbours(), 1);
}

#[test]
fn connections_are_counted_once_and_those_without_room_apart() {
    let mut memory = Memory::new(&Sizes { connections: 1, ..Sizes::default() });
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    let mut second = Peer::new(&mut host, 5001);
    let answer = second.send(&second.syn());
    (second.next, second.expected) = (second.next + 1, answer[0].sequence.wrapping_add(1));
    second.send(&second.plain());
    let counted = traffic(&mut host);
    assert_eq!((counted.accepted, counted.turned_away, counted.connecting), (1, 1, 0));
    assert_eq!(host.tcp().0.open_connections(), 1);
    let (tcp, mut context) = host.tcp();
    tcp.abort(&mut context, handle).unwrap();
    tcp.connect(&mut context, None, "10.0.0.9:80".parse().unwrap()).unwrap();
    assert_eq!(traffic(&mut host).connecting, 1);
}

#[test]
fn every_segment_that_is_sent_again_counts() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    peer.write(handle, &[1; 1460]);
    assert_eq!(traffic(peer.host).retransmitted, 0);
    let again = peer.pass(4_000);
    assert!(again.len() > 1, "{again:?}");
    assert_eq!(traffic(peer.host).retransmitted, again.len() as u64);
    // And so is an answer to a SYN that nobody has acknowledged.
    let mut other = Peer::new(&mut host, 5001);
    other.send(&other.syn());
    let before = traffic(other.host).retransmitted;
    let again = other.pass(2_500).iter().filter(|segment| segment.control == TcpControl::Syn).count();
    assert!(again > 0);
    assert!(traffic(other.host).retransmitted >= before + again as u64);
}
