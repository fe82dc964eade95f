//! Options: RFC 9293, section 3.7.1; RFC 7323; RFC 2018.

use super::{Peer, memory, server};
use crate::frames::timestamp;
use smoltcp::wire::{TcpControl, TcpRepr, TcpSeqNumber};

/// 3.7.1, MUST-15: without the option, segments of 536 bytes; RFC 7323, section 2.2: no scale without the peer's.
#[test]
fn what_the_peer_does_not_say_is_not_used() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let syn = TcpRepr { max_seg_size: None, ..peer.syn() };
    let answer = peer.send(&syn);
    assert_eq!(
        (answer[0].mss, answer[0].shift, answer[0].may_sack, answer[0].timestamp),
        (Some(1460), None, false, None)
    );
    let handle = peer.open(&syn, listener);
    let sent = peer.write(handle, &[1; 2000]);
    assert_eq!(sent.iter().map(|segment| segment.payload.len()).collect::<Vec<_>>(), [536, 536, 536]);
    assert!(sent.iter().all(|segment| segment.timestamp.is_none()));
}

/// RFC 7323, sections 2.2 and 3.2: what both say is used; segments are shorter by the option.
#[test]
fn what_both_say_is_used() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let syn = TcpRepr { window_scale: Some(3), sack_permitted: true, timestamp: timestamp(100, 0), ..peer.syn() };
    let answer = peer.send(&syn);
    assert_eq!(
        (answer[0].shift, answer[0].may_sack, answer[0].timestamp.map(|stamp| stamp.1)),
        (Some(3), true, Some(100))
    );
    let handle = peer.open(&syn, listener);
    // The window of 1,000 is one of 8,000.
    peer.window = 1_000;
    peer.send(&TcpRepr { timestamp: timestamp(102, 0), ..peer.plain() });
    let sent = peer.write(handle, &[1; 10_000]);
    assert_eq!(sent.iter().map(|segment| segment.payload.len()).sum::<usize>(), 8_000 / 1448 * 1448);
    assert!(sent.iter().all(|segment| segment.timestamp.is_some_and(|stamp| stamp.1 == 102)));
}

/// RFC 7323, section 5: an older timestamp is of an old segment; section 3.2: without one it is nobody's.
#[test]
fn old_segments_are_known_by_their_timestamps() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let syn = TcpRepr { timestamp: timestamp(1_000, 0), ..peer.syn() };
    let handle = peer.open(&syn, listener);
    let old = TcpRepr { payload: b"old", timestamp: timestamp(999, 0), ..peer.plain() };
    assert_eq!(peer.send(&old)[0].acknowledgement, peer.next);
    peer.send(&TcpRepr { timestamp: None, ..old });
    assert!(peer.read(handle).is_err());
    peer.send(&TcpRepr { payload: b"new", timestamp: timestamp(1_002, 0), ..peer.plain() });
    assert_eq!(peer.read(handle).unwrap(), b"new");
    // R3: the timestamp of a segment that leaves a gap is not the one that is sent back.
    let next = peer.next + 3;
    let gap = TcpRepr {
        seq_number: TcpSeqNumber(next as i32 + 10),
        payload: b"gap",
        timestamp: timestamp(2_000, 0),
        ..peer.plain()
    };
    assert_eq!(peer.send(&gap)[0].timestamp.unwrap().1, 1_002);
}

/// RFC 2018, sections 3 and 4: what came too early is told of, the last first; the data is not thrown away.
#[test]
fn what_came_too_early_is_told_of() {
    let mut memory = memory();
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let syn = TcpRepr { sack_permitted: true, ..peer.syn() };
    let handle = peer.open(&syn, listener);
    let base = peer.next;
    let at = |peer: &Peer<'_, '_>, offset: u32, payload: &'static [u8]| TcpRepr {
        seq_number: TcpSeqNumber((base + offset) as i32),
        payload,
        ..peer.plain()
    };
    let sent = peer.send(&at(&peer, 10, b"cc"));
    assert_eq!((sent[0].acknowledgement, sent[0].ranges.as_slice()), (base, &[(base + 10, base + 12)][..]));
    let sent = peer.send(&at(&peer, 20, b"ee"));
    assert_eq!(sent[0].ranges, [(base + 20, base + 22), (base + 10, base + 12)]);
    let sent = peer.send(&at(&peer, 12, b"ddddd"));
    assert_eq!(sent[0].ranges, [(base + 10, base + 17), (base + 20, base + 22)]);
    let sent = peer.send(&at(&peer, 0, b"aaaaabbbbb"));
    assert_eq!((sent[0].acknowledgement, sent[0].ranges.as_slice()), (base + 17, &[(base + 20, base + 22)][..]));
    let sent = peer.send(&at(&peer, 15, b"__xxx"));
    assert_eq!((sent[0].acknowledgement, sent[0].ranges.len()), (base + 22, 0));
    assert_eq!(peer.read(handle).unwrap(), b"aaaaabbbbbccdddddxxxee");
}

/// 3.8.6.2.2: the window shrinks as data comes, and is told of anew when it has grown by a segment, never by less.
#[test]
fn the_window_follows_the_reader() {
    let mut memory = crate::host::Memory::new(&crate::host::Sizes {
        blocks: 256,
        config: unikernel_net::Config { receive_window: 6_000, ..unikernel_net::Config::default() },
        ..crate::host::Sizes::default()
    });
    let (mut host, listener) = server(&mut memory);
    let mut peer = Peer::new(&mut host, 5000);
    let handle = peer.open(&peer.syn(), listener);
    for _ in 0..4 {
        peer.say(&[7; 1460]);
    }
    let sent = peer.say(&[7; 160]);
    let last = sent.into_iter().chain(peer.pass(50)).last().unwrap();
    assert_eq!((last.window, last.acknowledgement), (0, peer.next));
    let beyond = peer.send(&TcpRepr { payload: b"beyond", ..peer.plain() });
    assert_eq!((beyond[0].window, beyond[0].acknowledgement), (0, peer.next));
    let mut buffer = [0; 100];
    let (tcp, mut context) = peer.host.tcp();
    tcp.read(&mut context, handle, &mut buffer).unwrap();
    assert!(peer.flush().is_empty(), "100 bytes are not told of");
    peer.read(handle).unwrap();
    assert_eq!(peer.flush()[0].window, 6_000);
    assert_eq!(peer.send(&TcpRepr { control: TcpControl::Fin, ..peer.plain() }).len(), 1);
}
