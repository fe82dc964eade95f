//! UDP: RFC 768, RFC 1122, section 4.1.

use crate::frames::{arp, read_udp, udp};
use crate::host::{Host, Memory, Sizes, card, mac};
use crate::wakes::Wakes;
use smoltcp::wire::ArpOperation;
use unikernel_net::{CardProperties, Error, Mac, Payload};

const HERE: &[(&str, u8)] = &[("10.0.0.2", 24), ("2001:db8::2", 64)];

#[test]
fn a_datagram_wakes_and_is_read_once() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    let free = host.stack.pool().available();
    let (sockets, mut context) = host.calls();
    let socket = sockets.bind(&mut context, "0.0.0.0:9".parse().unwrap()).unwrap();
    let wakes = Wakes::default();
    sockets.register(socket, &wakes.waker()).unwrap();
    assert_eq!(sockets.receive_from(&mut context, socket, &mut []), Err(Error::WouldBlock));
    for payload in [&b"first"[..], &[], &[3; 1472]] {
        host.receive(&udp((mac(9), mac(1)), ("10.0.0.9", 1000), ("10.0.0.2", 9), payload));
        assert_eq!(wakes.count(), 1, "who was woken registers anew");
    }
    let (sockets, mut context) = host.calls();
    let mut buffer = [0; 2000];
    for payload in [&b"first"[..], &[], &[3; 1472]] {
        assert!(sockets.readiness(socket).unwrap().readable);
        let peeked = sockets.peek_from(&mut context, socket, &mut buffer).unwrap();
        let received = sockets.receive_from(&mut context, socket, &mut buffer).unwrap();
        assert_eq!(peeked, received);
        assert_eq!((&buffer[..received.bytes], received.length), (payload, payload.len()));
        assert_eq!(received.peer, "10.0.0.9:1000".parse().unwrap());
    }
    assert_eq!(sockets.receive_from(&mut context, socket, &mut buffer), Err(Error::WouldBlock));
    assert_eq!(host.stack.pool().available(), free);
}

/// What a socket does not read is bounded, and costs others nothing.
#[test]
fn a_socket_that_does_not_read_is_bounded() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    let (sockets, mut context) = host.calls();
    let [lazy, other] =
        ["0.0.0.0:9", "0.0.0.0:10"].map(|local| sockets.bind(&mut context, local.parse().unwrap()).unwrap());
    for _ in 0..1000 {
        host.receive(&udp((mac(9), mac(1)), ("10.0.0.9", 1000), ("10.0.0.2", 9), b"flood"));
    }
    host.receive(&udp((mac(9), mac(1)), ("10.0.0.9", 1000), ("10.0.0.2", 10), b"one"));
    assert_eq!(host.stack.pool().available(), 64 - 8 - 1);
    let (sockets, mut context) = host.calls();
    assert!(sockets.receive_from(&mut context, other, &mut [0; 8]).is_ok());
    sockets.close(&mut context, lazy).unwrap();
    assert_eq!(host.stack.pool().available(), 64);
}

/// Of several sockets at a port, the one that fits best hears a datagram.
#[test]
fn the_closest_socket_hears_it() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, &[("10.0.0.2", 24), ("10.0.0.3", 24)]);
    let (sockets, mut context) = host.calls();
    let two = sockets.bind(&mut context, "10.0.0.2:9".parse().unwrap()).unwrap();
    let three = sockets.bind(&mut context, "10.0.0.3:9".parse().unwrap()).unwrap();
    sockets.connect(&mut context, three, "10.0.0.9:1000".parse().unwrap()).unwrap();
    assert_eq!(sockets.bind(&mut context, "0.0.0.0:9".parse().unwrap()), Err(Error::AddressInUse));
    assert_eq!(sockets.bind(&mut context, "10.0.0.4:9".parse().unwrap()), Err(Error::AddressNotAvailable));
    host.receive(&udp((mac(9), mac(1)), ("10.0.0.9", 1000), ("10.0.0.2", 9), b"two"));
    host.receive(&udp((mac(9), mac(1)), ("10.0.0.9", 1000), ("10.0.0.3", 9), b"three"));
    let refused = host.receive(&udp((mac(8), mac(1)), ("10.0.0.8", 1000), ("10.0.0.3", 9), b"not its peer"));
    assert_eq!(refused.len(), 1, "nobody there hears it");
    let (sockets, mut context) = host.calls();
    for (socket, length) in [(two, 3), (three, 5)] {
        assert_eq!(sockets.receive_from(&mut context, socket, &mut [0; 8]).unwrap().length, length);
        assert_eq!(sockets.receive_from(&mut context, socket, &mut [0; 8]), Err(Error::WouldBlock));
    }
}

/// What does not fit is said not to, at the true size.
#[test]
fn what_is_too_long_is_refused_at_the_true_size() {
    let mut memory = Memory::new(&Sizes { cards: vec![CardProperties { mtu: 1400, ..card(1) }], ..Sizes::default() });
    let mut host = Host::with_addresses(&mut memory, HERE);
    let bytes = [0; 70_000];
    assert_eq!(host.udp_send("10.0.0.2:7", "10.0.0.9:9", &bytes[..1400 - 28]), Ok(()));
    assert_eq!(host.udp_send("10.0.0.2:7", "10.0.0.9:9", &bytes[..1400 - 27]), Err(Error::MessageTooLarge));
    assert_eq!(host.udp_send("[::]:7", "[2001:db8::9]:9", &bytes[..1400 - 48]), Ok(()));
    assert_eq!(host.udp_send("[::]:7", "[2001:db8::9]:9", &bytes[..1400 - 47]), Err(Error::MessageTooLarge));
    assert_eq!(host.udp_send("10.0.0.2:7", "10.0.0.9:9", &bytes), Err(Error::MessageTooLarge));
    host.cards[0].is_full = true;
    assert_eq!(host.udp_send("10.0.0.2:7", "10.0.0.9:9", b"x"), Err(Error::WouldBlock));
}

/// RFC 6056: ports that nobody can guess; none is given twice.
#[test]
fn ephemeral_ports_are_random_and_free() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    let (sockets, mut context) = host.calls();
    let mut ports: Vec<u16> = (0..8)
        .map(|_| {
            let handle = sockets.bind(&mut context, "0.0.0.0:0".parse().unwrap()).unwrap();
            sockets.local_address(handle).unwrap().port()
        })
        .collect();
    assert_eq!(sockets.bind(&mut context, "0.0.0.0:0".parse().unwrap()), Err(Error::NoMemory));
    assert!(ports.iter().all(|port| *port >= 49152));
    assert!(ports.windows(2).any(|pair| pair[0].abs_diff(pair[1]) > 256), "{ports:?}");
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 8);
}

/// A card that completes checksums gets the sum of the pseudo-header; the frame is the same in the end.
#[test]
fn checksums_may_be_the_cards() {
    let mut frames = [false, true].map(|completes_checksums| {
        let mut memory =
            Memory::new(&Sizes { cards: vec![CardProperties { completes_checksums, ..card(1) }], ..Sizes::default() });
        let mut host = Host::with_addresses(&mut memory, HERE);
        host.receive(&arp(ArpOperation::Request, Mac::BROADCAST, (mac(9), "10.0.0.9"), (Mac::UNSPECIFIED, "10.0.0.2")));
        let (sockets, mut context) = host.calls();
        let socket = sockets.bind(&mut context, "10.0.0.2:7".parse().unwrap()).unwrap();
        let payload = [Payload::Static(b"odd"), Payload::Borrowed(b"and even")];
        sockets.send(&mut context, socket, &payload, Some("10.0.0.9:9".parse().unwrap())).unwrap();
        host.take_sent(0)
    });
    let frame = frames[0].remove(0);
    assert_eq!(frame, frames[1][0]);
    assert_eq!(read_udp(&frame).unwrap().3, b"oddand even");
}

/// A handle of a socket that was closed is of no other.
#[test]
fn a_handle_outlives_its_socket_harmlessly() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    let (sockets, mut context) = host.calls();
    let old = sockets.bind(&mut context, "0.0.0.0:9".parse().unwrap()).unwrap();
    sockets.close(&mut context, old).unwrap();
    let new = sockets.bind(&mut context, "0.0.0.0:9".parse().unwrap()).unwrap();
    assert_ne!(old, new);
    assert_eq!(sockets.close(&mut context, old), Err(Error::BadHandle));
    assert_eq!(sockets.send(&mut context, old, &[], None), Err(Error::BadHandle));
    assert!(sockets.readiness(new).is_ok());
}
