//! Least rates: who takes what is sent to it too slowly is given up, whatever its window does, and nobody else is.

use super::{Peer, memory, server};
use crate::host::{Memory, Sizes};
use core::time::Duration;
use smoltcp::wire::TcpControl;
use unikernel_net::{Error, TcpHandle};

const LEAST: u32 = 500;
const GRACE: Duration = Duration::from_secs(10);
static FILE: [u8; 200_000] = [b'f'; 200_000];

fn write_file(peer: &mut Peer<'_, '_>, handle: TcpHandle) {
    let (tcp, mut context) = peer.host.tcp();
    tcp.write_static(&mut context, handle, &FILE).unwrap();
    peer.flush();
}

/// Looks at all peers; whether there is somebody left to look at, and whether a reset was sent.
fn look(peer: &mut Peer<'_, '_>) -> (bool, bool) {
    let (tcp, mut context) = peer.host.tcp();
    let is_any_left = tcp.give_up_slow(&mut context, LEAST, GRACE);
    (is_any_left, peer.flush().iter().any(|segment| segment.control == TcpControl::Rst))
}

/// A second goes by, in which the peer takes so many bytes, and has room for so many more.
fn second(peer: &mut Peer<'_, '_>, taken: u32, window: u16) -> (bool, bool) {
    peer.window = window;
    peer.acknowledge(peer.expected.wrapping_add(taken));
    peer.pass(1_000);
    look(peer)
}

#[test]
fn a_window_of_a_byte_now_and_then_is_not_waited_for() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    peer.window = 100;
    let handle = peer.open(&peer.syn(), listener);
    assert_eq!(look(&mut peer), (false, false), "nothing is to be sent");
    write_file(&mut peer, handle);
    second(&mut peer, 100, 0);
    for seconds in 1.. {
        let step = u32::from(seconds % 10 == 0);
        let (is_any_left, is_reset) = second(&mut peer, step, step as u16);
        if is_reset {
            assert!((10..=12).contains(&seconds), "{seconds} s");
            assert!(!is_any_left);
            break;
        }
        assert!(is_any_left && seconds < 20);
    }
    let (tcp, mut context) = peer.host.tcp();
    assert_eq!(tcp.write(&mut context, handle, b"more"), Err(Error::TimedOut));
    tcp.close(&mut context, handle).unwrap();
    assert_eq!(tcp.connections(), 0);
    assert_eq!(peer.host.stack.pool().available(), peer.host.stack.pool().capacity());
}

#[test]
fn who_takes_enough_is_waited_for_as_long_as_it_takes() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    peer.window = 600;
    let handle = peer.open(&peer.syn(), listener);
    write_file(&mut peer, handle);
    for round in 0..60 {
        assert_eq!(second(&mut peer, 600, 600), (true, false), "second {round}");
    }
    let (tcp, mut context) = peer.host.tcp();
    assert!(tcp.readiness(&mut context, handle).is_ok_and(|readiness| !readiness.failed));
}

/// Short answers with silence in between are no slow long one.
#[test]
fn what_is_over_soon_is_not_slow() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    for round in 0..40 {
        // The answer is on its way when the peers are looked at, and there soon after that.
        peer.write(handle, b"answer");
        assert_eq!(look(&mut peer), (true, false), "round {round}");
        assert_eq!(second(&mut peer, 6, 1_000), (false, false), "round {round}");
        peer.pass(if round % 2 == 0 { 1_000 } else { 20_000 });
    }
}

/// Where there is no room, the slowest gives way long before its time is over, and those that a listener has back are not told.
#[test]
fn the_slowest_gives_way_where_there_is_no_room() {
    let mut memory = Memory::new(&Sizes { connections: 3, blocks: 256, ..Sizes::default() });
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    peer.window = 60_000;
    let mut handles = Vec::new();
    for port in [5000, 5001, 5002] {
        (peer.port, peer.next) = (port, 1_000);
        let handle = peer.open(&peer.syn(), listener);
        write_file(&mut peer, handle);
        let (tcp, mut context) = peer.host.tcp();
        tcp.requeue(&mut context, handle, None).unwrap();
        handles.push((port, peer.next, peer.expected));
    }
    assert_eq!(look(&mut peer), (true, false));
    for (taken, (port, next, expected)) in [2_920, 1_460, 4_380].into_iter().zip(&handles) {
        (peer.port, peer.next) = (*port, *next);
        peer.acknowledge(expected + taken);
    }
    peer.pass(1_100);
    assert_eq!(look(&mut peer), (true, true));
    assert_eq!(peer.host.tcp().0.connections(), 2);
    assert_eq!(peer.host.accept(listener), Err(Error::WouldBlock), "there is nothing to read");
    // There is room for another, and nobody has to give way any more.
    peer.pass(1_100);
    assert!(!look(&mut peer).1);
    (peer.port, peer.next) = (5003, 1_000);
    peer.open(&peer.syn(), listener);
    // The one that has gone is the slowest: it is not known any more.
    for (port, is_known) in [(5000, true), (5001, false), (5002, true)] {
        let (_, next, expected) = handles.iter().find(|other| other.0 == port).unwrap();
        (peer.port, peer.next, peer.expected) = (port, *next, *expected);
        let resets = peer.send(&peer.plain()).iter().any(|segment| segment.control == TcpControl::Rst);
        assert_eq!(!resets, is_known, "{port}");
    }
}

/// One that is still taking an answer is not idle, and is again once it has it.
#[test]
fn who_is_taking_an_answer_is_not_idle() {
    let mut memory = Memory::new(&Sizes { connections: 1, blocks: 256, ..Sizes::default() });
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    peer.window = 60_000;
    let handle = peer.open(&peer.syn(), listener);
    peer.write(handle, &[b'a'; 1_000]);
    let (tcp, mut context) = peer.host.tcp();
    tcp.requeue(&mut context, handle, None).unwrap();
    look(&mut peer);
    assert_eq!(peer.host.tcp().0.connections(), 1);
    assert_eq!(second(&mut peer, 1_000, 60_000), (false, false));
    peer.pass(2_000);
    (peer.port, peer.next) = (5001, 1_000);
    peer.open(&peer.syn(), listener);
    assert_eq!(peer.host.tcp().0.connections(), 1, "the first has given way");
}

/// Memory that others have to wait for is room, too: who holds it and takes nothing gives way before its time is over.
#[test]
fn who_holds_the_memory_gives_way_where_others_need_it() {
    let mut memory = Memory::new(&Sizes { blocks: 32, ..Sizes::default() });
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    peer.window = 0;
    let handle = peer.open(&peer.syn(), listener);
    let (tcp, mut context) = peer.host.tcp();
    while tcp.write(&mut context, handle, &[1; 1460]).is_ok() {}
    peer.flush();
    assert_eq!(look(&mut peer), (true, false));
    peer.pass(1_100);
    assert!(look(&mut peer).1, "long before its ten seconds");
    assert_eq!(peer.host.stack.pool().available(), peer.host.stack.pool().capacity());
}
