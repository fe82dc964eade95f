//! Attacks: RFC 4987 (floods), RFC 5961 (blind segments), RFC 6528 (sequence numbers).

use super::{PEER, Peer, US, memory, server};
use crate::frames::{read_tcp, segment, tcp, timestamp};
use crate::host::{Host, Memory, Sizes, mac};
use core::net::IpAddr;
use core::time::Duration;
use smoltcp::wire::{TcpControl, TcpRepr, TcpSeqNumber};
use unikernel_net::Error;

/// RFC 5961, section 3.2: a reset is exact, or is asked back; asked for at a limited rate (section 7).
#[test]
fn a_reset_must_be_exact() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    let reset = |peer: &Peer<'_, '_>, offset: u32| TcpRepr {
        control: TcpControl::Rst,
        seq_number: TcpSeqNumber((peer.next + offset) as i32),
        ..peer.plain()
    };
    let challenge = peer.send(&reset(&peer, 100));
    assert_eq!((challenge[0].control, challenge[0].acknowledgement), (TcpControl::None, peer.next));
    let count: usize = (0..100).map(|offset| peer.send(&reset(&peer, 200 + offset)).len()).sum();
    assert_eq!(count, 0);
    assert!(peer.send(&reset(&peer, 0x4000_0000)).is_empty(), "outside of the window");
    peer.say(b"unharmed");
    assert_eq!(peer.read(handle).unwrap(), b"unharmed");
    peer.send(&reset(&peer, 0));
    assert_eq!(peer.read(handle), Err(Error::Reset));
}

/// RFC 5961, sections 4.2 and 5.2: a SYN, and acknowledgements of what was never sent or long ago, change nothing.
#[test]
fn blind_segments_change_nothing() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    peer.host.pass(Duration::from_secs(1));
    assert_eq!(peer.send(&peer.syn())[0].control, TcpControl::None, "the SYN is challenged");
    peer.host.pass(Duration::from_secs(1));
    let expected = peer.expected;
    for acknowledgement in [expected.wrapping_add(1), expected.wrapping_sub(100_000)] {
        let forged =
            TcpRepr { payload: b"forged", ack_number: Some(TcpSeqNumber(acknowledgement as i32)), ..peer.plain() };
        let answer = peer.send(&forged);
        assert_eq!((answer.len(), answer[0].acknowledgement), (1, peer.next));
        peer.host.pass(Duration::from_secs(1));
    }
    assert_eq!(peer.read(handle), Err(Error::WouldBlock));
    // Without an acknowledgement it is dropped (RFC 9293, 3.10.7.4, fifth).
    assert!(peer.send(&TcpRepr { ack_number: None, payload: b"x", ..peer.plain() }).is_empty());
}

/// RFC 4987: 20,000 SYNs from anywhere leave everything to an honest client, options included where it has timestamps.
#[test]
fn a_flood_leaves_honest_clients_served() {
    let mut memory = Memory::new(&Sizes { blocks: 64, half_open: 16, ..Sizes::default() });
    let (mut host, listener) = server(&mut memory);
    host.add_route("0.0.0.0", 0, 0, Some("10.0.0.1"));
    let mut random = fastrand::Rng::with_seed(6);
    let mut served = 0;
    for number in 0..20_000_u32 {
        let source = IpAddr::from([198, 18, random.u8(..), random.u8(1..255)]);
        let syn = TcpRepr {
            control: TcpControl::Syn,
            seq_number: TcpSeqNumber(random.i32(..)),
            ..segment(random.u16(1024..), 80)
        };
        host.receive(&tcp((mac(6), mac(1)), source, US.parse().unwrap(), &syn));
        host.pass(Duration::from_micros(200));
        if number % 400 == 399 {
            let mut peer = Peer::new(&mut host, 5000 + (number / 400) as u16);
            let has_timestamps = number % 800 == 799;
            let syn = TcpRepr {
                timestamp: timestamp(7, 0).filter(|_| has_timestamps),
                window_scale: Some(7),
                sack_permitted: true,
                ..peer.syn()
            };
            let handle = peer.open(&syn, listener);
            peer.send(&TcpRepr {
                payload: b"GET",
                timestamp: timestamp(9, 0).filter(|_| has_timestamps),
                ..peer.plain()
            });
            peer.next += 3;
            assert_eq!(peer.read(handle).unwrap(), b"GET");
            let sent = peer.write(handle, b"200");
            assert_eq!((sent[0].payload.as_slice(), sent[0].timestamp.is_some()), (&b"200"[..], has_timestamps));
            let (tcp, mut context) = peer.host.tcp();
            tcp.abort(&mut context, handle).unwrap();
            served += 1;
        }
    }
    assert_eq!(served, 50);
    assert_eq!(host.tcp().0.connections(), 0, "a half-open connection costs no slot");
    // Forged acknowledgements open nothing.
    for _ in 0..2_000 {
        let forged = TcpRepr {
            seq_number: TcpSeqNumber(random.i32(..)),
            ack_number: Some(TcpSeqNumber(random.i32(..))),
            ..segment(random.u16(1024..), 80)
        };
        let sent = host.receive(&tcp((mac(6), mac(1)), IpAddr::from([198, 18, 1, 1]), US.parse().unwrap(), &forged));
        assert_eq!(read_tcp(&sent[0]).unwrap().control, TcpControl::Rst);
    }
    assert_eq!(host.tcp().0.connections(), 0);
}

/// RFC 6528: sequence numbers of other addresses, ports and keys tell nothing of each other.
#[test]
fn sequence_numbers_cannot_be_guessed() {
    let answer = |key: u8, port: u16| {
        let mut memory = Memory::new(&Sizes { key: [key; 16], ..Sizes::default() });
        let (mut host, _) = server(&mut memory);
        let mut peer = Peer::new(&mut host, port);
        let sent = peer.send(&peer.syn());
        (sent[0].sequence, sent[0].mac)
    };
    let (one, mac_of_answer) = answer(1, 5000);
    assert_eq!(mac_of_answer, mac(9), "to where the frame came from, without a question");
    assert_eq!(one, answer(1, 5000).0);
    let others = [answer(2, 5000).0, answer(1, 5001).0];
    assert!(others.iter().all(|other| one.abs_diff(*other) > 1 << 16), "{one} {others:?}");
}

/// The backlog is a bound: further ones are not answered, and none is lost that is there.
#[test]
fn the_backlog_is_a_bound() {
    let mut memory = memory();
    let mut host = Host::with_addresses(&mut memory, &[(US, 24)]);
    let (tcp, mut context) = host.tcp();
    let listener = tcp.listen(&mut context, "10.0.0.2:80".parse().unwrap(), 2).unwrap();
    assert_eq!(tcp.listen(&mut context, "0.0.0.0:80".parse().unwrap(), 2), Err(Error::AddressInUse));
    let mut answered = 0;
    for port in 5000..5006 {
        let mut peer = Peer::new(&mut host, port);
        if let [answer] = &peer.send(&peer.syn())[..] {
            answered += 1;
            peer.next += 1;
            peer.expected = answer.sequence.wrapping_add(1);
            peer.send(&peer.plain());
        }
    }
    assert_eq!(answered, 2);
    for _ in 0..2 {
        let handle = host.accept(listener).unwrap();
        assert_eq!(host.tcp().0.addresses(handle).unwrap().1.ip(), PEER.parse::<IpAddr>().unwrap());
    }
    assert_eq!(host.accept(listener), Err(Error::WouldBlock));
    assert_eq!(Peer::new(&mut host, 6000).send(&Peer::new(&mut Host::new(&mut super::memory()), 6000).syn()).len(), 1);
}
