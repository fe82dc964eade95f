//! The application's calls: reading and writing in place, idle connections, what is acknowledged.

use super::{Peer, memory, server};
use crate::host::{Memory, Sizes, card};
use crate::wakes::Wakes;
use core::time::Duration;
use smoltcp::wire::{TcpControl, TcpRepr};
use unikernel_net::{CardProperties, Config, Error};

/// What is written and read in place is as what is copied.
#[test]
fn bytes_are_read_and_written_in_place() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    peer.say(b"question");
    let (tcp, mut context) = peer.host.tcp();
    let seen = tcp.read_with(&mut context, handle, |bytes| (5, bytes.to_vec())).unwrap();
    assert_eq!(seen, b"question");
    let seen = tcp.read_with(&mut context, handle, |bytes| (usize::MAX, bytes.to_vec())).unwrap();
    assert_eq!(seen, b"ion", "what was used is gone");
    assert_eq!(tcp.read_with(&mut context, handle, |_| (0, ())), Err(Error::WouldBlock));
    let fill = |place: &mut [u8]| {
        place[..6].copy_from_slice(b"answer");
        (6, place.len())
    };
    let room = tcp.write_with(&mut context, handle, 100, fill).unwrap();
    assert!(room >= 100);
    assert_eq!(peer.flush()[0].payload, b"answer");
    let (tcp, _) = peer.host.tcp();
    assert_eq!(tcp.acknowledged(handle), Err(Error::WouldBlock));
    peer.acknowledge(peer.expected + 6);
    assert_eq!(peer.host.tcp().0.acknowledged(handle), Ok(()));
    let (tcp, mut context) = peer.host.tcp();
    tcp.shut_down(&mut context, handle).unwrap();
    assert_eq!(tcp.acknowledged(handle), Err(Error::WouldBlock), "the end is not");
    assert_eq!(peer.flush()[0].control, TcpControl::Fin);
    peer.acknowledge(peer.expected + 1);
    assert_eq!(peer.host.tcp().0.acknowledged(handle), Ok(()));
    peer.send(&TcpRepr { control: TcpControl::Fin, ..peer.plain() });
    let (tcp, mut context) = peer.host.tcp();
    assert_eq!(tcp.read_with(&mut context, handle, |bytes| (0, bytes.len())), Ok(0), "the end");
}

/// A connection that a listener has back is accepted again with what has come, its end included; and is closed where nothing comes.
#[test]
fn a_connection_is_requeued_until_there_is_something_to_read() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    let requeue = |peer: &mut Peer<'_, '_>, handle| {
        let (tcp, mut context) = peer.host.tcp();
        tcp.requeue(&mut context, handle, Some(Duration::from_secs(75))).unwrap();
        assert_eq!(tcp.read(&mut context, handle, &mut [0; 8]), Err(Error::BadHandle), "the handle is the listener's");
        peer.host.accept(listener)
    };
    assert_eq!(requeue(&mut peer, handle), Err(Error::WouldBlock));
    peer.pass(10_000);
    peer.say(b"again");
    let handle = peer.host.accept(listener).unwrap();
    assert_eq!(peer.read(handle).unwrap(), b"again");
    assert_eq!(requeue(&mut peer, handle), Err(Error::WouldBlock));
    peer.say(b"at once");
    let handle = peer.host.accept(listener).unwrap();
    let handle = requeue(&mut peer, handle).expect("something is there to read already");
    assert_eq!(peer.read(handle).unwrap(), b"at once");
    assert_eq!(requeue(&mut peer, handle), Err(Error::WouldBlock));
    assert!(peer.pass(74_000).iter().all(|segment| segment.control != TcpControl::Fin));
    assert!(peer.pass(2_000).iter().any(|segment| segment.control == TcpControl::Fin), "nothing has come for 75 s");
    assert_eq!(peer.host.accept(listener), Err(Error::WouldBlock));
}

/// One that is reset while it waits, new or not, is passed over: it is nobody's to read, and its memory is free again.
#[test]
fn who_is_reset_while_it_waits_is_never_accepted() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let free = host.stack.pool().available();
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    let (tcp, mut context) = peer.host.tcp();
    tcp.requeue(&mut context, handle, None).unwrap();
    peer.say(b"again");
    peer.send(&TcpRepr { control: TcpControl::Rst, ..peer.plain() });
    let mut peer = Peer::new(&mut host, 5001);
    peer.begin(&peer.syn());
    peer.say(b"once");
    peer.send(&TcpRepr { control: TcpControl::Rst, ..peer.plain() });
    let mut peer = Peer::new(&mut host, 5002);
    peer.begin(&peer.syn());
    let (tcp, mut context) = peer.host.tcp();
    let accepted = tcp.accept(&mut context, listener).expect("the third is there");
    assert_eq!(accepted.remote.port(), 5002);
    assert_eq!(tcp.addresses(accepted.handle), Ok((accepted.local, accepted.remote)));
    assert_eq!(peer.host.accept(listener), Err(Error::WouldBlock));
    assert_eq!((peer.host.tcp().0.connections(), host.stack.pool().available()), (1, free));
}

/// Where there is no room for a new connection, the one that has been idle longest gives way, and no other.
#[test]
fn idle_connections_give_way_to_new_ones() {
    let mut memory = Memory::new(&Sizes { connections: 3, ..Sizes::default() });
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let mut handles = Vec::new();
    for port in [5000, 5001, 5002] {
        (peer.port, peer.next) = (port, 1_000);
        handles.push(peer.open(&peer.syn(), listener));
        peer.pass(500);
    }
    let tcp = peer.host.tcp().0;
    tcp.set_idle(handles[1], true).unwrap();
    tcp.set_idle(handles[0], true).unwrap();
    tcp.set_idle(handles[0], false).unwrap();
    peer.pass(2_000);
    (peer.port, peer.next) = (5003, 1_000);
    let fourth = peer.open(&peer.syn(), listener);
    let tcp = peer.host.tcp().0;
    assert_eq!(tcp.addresses(fourth).unwrap().1.port(), 5003);
    assert_eq!(tcp.addresses(handles[1]), Err(Error::BadHandle), "it was idle");
    for used in [handles[0], handles[2]] {
        assert!(tcp.addresses(used).is_ok());
    }
    assert_eq!(tcp.connections(), 3);
}

/// What was sent may stay unacknowledged for as long as the connection says (RFC 5482), not as all do.
#[test]
fn the_user_timeout_is_the_connections_own() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    peer.host.tcp().0.set_user_timeout(handle, Some(Duration::from_secs(3))).unwrap();
    peer.write(handle, b"is anybody there");
    peer.pass(2_500);
    assert_eq!(peer.read(handle), Err(Error::WouldBlock));
    peer.pass(2_500);
    assert_eq!(peer.read(handle), Err(Error::TimedOut));
}

/// A card that cuts gets what there is to send in one frame: whole segments, as many as both windows take.
#[test]
fn a_card_that_cuts_gets_many_segments_at_once() {
    static FILE: [u8; 40_000] = [b'f'; 40_000];
    let cutting = CardProperties { completes_checksums: true, cut_bytes: u16::MAX, ..card(1) };
    let mut memory = Memory::new(&Sizes { cards: vec![cutting], config: Config::default(), ..Sizes::default() });
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    let (tcp, mut context) = peer.host.tcp();
    tcp.write_static(&mut context, handle, &FILE).unwrap();
    let sent = peer.flush();
    assert_eq!(sent.iter().map(|segment| segment.payload.len()).collect::<Vec<_>>(), [1460; 10], "the first window");
    assert_eq!(peer.host.stack.link().counters().sent, 2, "the answer to the SYN, and one frame");
}

/// Memory is all's: who finds none, and has nothing on the way that would be acknowledged, is woken by what another gives back. Some is left
/// for what comes.
#[test]
fn a_writer_without_memory_is_woken_when_another_gives_some_back() {
    let mut memory = Memory::new(&Sizes { blocks: 16, ..Sizes::default() });
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let first = peer.open(&peer.syn(), listener);
    let (next, expected) = (peer.next, peer.expected);
    (peer.port, peer.next) = (5001, 1_000);
    let second = peer.open(&peer.syn(), listener);
    let (tcp, mut context) = peer.host.tcp();
    while tcp.write(&mut context, first, &[1; 1460]).is_ok() {}
    assert_eq!(tcp.write(&mut context, second, b"answer"), Err(Error::WouldBlock));
    assert_eq!(tcp.write_static(&mut context, second, b"answer"), Err(Error::WouldBlock));
    assert!(!tcp.readiness(&mut context, second).unwrap().writable);
    let wakes = Wakes::default();
    tcp.register_write(second, &wakes.waker()).unwrap();
    peer.flush();
    assert!(peer.host.stack.pool().available() > 0, "something is left for what comes");
    assert_eq!(wakes.count(), 0);
    peer.say(b"question");
    assert_eq!(peer.read(second), Ok(b"question".to_vec()));
    (peer.port, peer.next) = (5000, next);
    peer.acknowledge(expected + 2 * 1460);
    assert_eq!(wakes.count(), 1);
    let (tcp, mut context) = peer.host.tcp();
    assert!(tcp.readiness(&mut context, second).unwrap().writable);
    assert_eq!(tcp.write(&mut context, second, b"answer"), Ok(6));
}

/// Who only asks whether a write would wait, as `epoll` does, is woken as well.
#[test]
fn who_is_told_that_there_is_no_memory_to_write_is_woken_when_there_is() {
    let mut memory = Memory::new(&Sizes { blocks: 16, ..Sizes::default() });
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let first = peer.open(&peer.syn(), listener);
    let (next, expected) = (peer.next, peer.expected);
    (peer.port, peer.next) = (5001, 1_000);
    let second = peer.open(&peer.syn(), listener);
    // As much as is not left to what comes: an eighth.
    while peer.host.stack.pool().available() > 2 {
        let (tcp, mut context) = peer.host.tcp();
        tcp.write(&mut context, first, &[1; 1460]).unwrap();
    }
    let (tcp, mut context) = peer.host.tcp();
    let wakes = Wakes::default();
    tcp.register_write(second, &wakes.waker()).unwrap();
    assert!(!tcp.readiness(&mut context, second).unwrap().writable);
    peer.flush();
    assert_eq!(wakes.count(), 0);
    (peer.port, peer.next) = (5000, next);
    peer.acknowledge(expected + 2 * 1460);
    assert_eq!(wakes.count(), 1);
    let (tcp, mut context) = peer.host.tcp();
    assert!(tcp.readiness(&mut context, second).unwrap().writable);
}
