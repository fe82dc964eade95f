//! Frames that nobody means well with: nothing panics, nothing is kept.

use crate::cases;
use crate::frames::{advertisement, arp, icmpv4, icmpv6, read_tcp, segment, tcp, timestamp, udp};
use crate::host::{Host, Memory, Sizes, mac};
use core::time::Duration;
use smoltcp::wire::{ArpOperation, Icmpv4Repr, Icmpv6Repr, NdiscNeighborFlags, TcpControl, TcpRepr, TcpSeqNumber};
use unikernel_net::Mac;

/// Some frames of each kind, to be spoilt.
pub fn samples() -> Vec<Vec<u8>> {
    let macs = (mac(9), mac(1));
    let echo = Icmpv4Repr::EchoRequest { ident: 1, seq_no: 1, data: &[1; 40] };
    let echo_6 = Icmpv6Repr::EchoRequest { ident: 1, seq_no: 1, data: &[1; 40] };
    vec![
        arp(ArpOperation::Request, Mac::BROADCAST, (mac(9), "10.0.0.9"), (Mac::UNSPECIFIED, "10.0.0.2")),
        arp(ArpOperation::Reply, mac(1), (mac(9), "10.0.0.9"), (mac(1), "10.0.0.2")),
        icmpv4(macs, "10.0.0.9", "10.0.0.2", &echo),
        icmpv6(macs, "2001:db8::9", "2001:db8::2", 64, &echo_6),
        advertisement(macs, "2001:db8::9", "2001:db8::2", NdiscNeighborFlags::SOLICITED),
        udp(macs, ("10.0.0.9", 1), ("10.0.0.2", 9), b"datagram"),
        udp(macs, ("2001:db8::9", 1), ("2001:db8::2", 9), b"datagram"),
    ]
}

/// Frames, cut, lengthened and with bytes changed; the card says that their checksums are right, so that all get in.
#[test]
fn no_frame_makes_it_panic() {
    let mut random = fastrand::Rng::with_seed(4);
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, &[("10.0.0.2", 24), ("2001:db8::2", 64)]);
    let (sockets, mut context) = host.calls();
    let socket = sockets.bind(&mut context, "[::]:9".parse().unwrap()).unwrap();
    let samples = samples();
    for round in 0..cases(100_000, 10_000_000) {
        let mut frame = samples[random.usize(0..samples.len())].clone();
        for _ in 0..random.usize(0..4) {
            let at = random.usize(12..frame.len());
            frame[at] = if random.bool() { random.u8(..) } else { [0, 1, 255, 128, 6, 4][random.usize(0..6)] };
        }
        if random.bool() {
            frame.truncate(random.usize(0..=frame.len()));
        }
        host.stack.receive(&mut host.cards, 0, &frame, random.bool(), host.now);
        if round % 64 == 0 {
            host.pass(Duration::from_millis(random.u64(0..700)));
        }
    }
    let (sockets, mut context) = host.calls();
    sockets.close(&mut context, socket).unwrap();
    host.pass(Duration::from_secs(10));
    assert_eq!(host.stack.pool().available(), host.stack.pool().capacity());
    assert_eq!(host.receive(&samples[2]).len(), 1, "it still answers");
}

/// Segments with anything in them, near the windows of connections in every state: nothing panics, no block is lost, and no slot.
#[test]
fn no_segment_makes_it_panic() {
    let (mut accepted, mut connected) = (0, 0);
    for seed in 0..cases(150, 40_000) {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut memory = Memory::new(&Sizes { blocks: 24, ..Sizes::default() });
        let mut host = Host::with_addresses(&mut memory, &[("10.0.0.2", 24)]);
        let (stack, mut context) = host.tcp();
        let listener = stack.listen(&mut context, "10.0.0.2:80".parse().unwrap(), 4).unwrap();
        let mut handles = vec![
            stack.connect(&mut context, Some("10.0.0.2:90".parse().unwrap()), "10.0.0.9:7".parse().unwrap()).unwrap(),
        ];
        // What the host has last said to each port: its next sequence number, and what it expects.
        let mut said = [(0_u32, 0_u32); 3];
        let initial = if random.bool() { u32::MAX - 3_000 } else { random.u32(..) };
        said.iter_mut().for_each(|said| said.1 = initial);
        for _ in 0..250 {
            let to = random.usize(0..3);
            let (ours, theirs) = [(80, 1), (80, 2), (90, 7)][to];
            let near = |random: &mut fastrand::Rng, value: u32| match random.u8(0..6) {
                0 => value.wrapping_add(random.u32(0..3_000)),
                1 => value.wrapping_sub(random.u32(0..3_000)),
                2 if random.u8(0..8) == 0 => random.u32(..),
                _ => value,
            };
            let payload = vec![random.u8(..); if random.bool() { 0 } else { random.usize(0..2_000) }];
            let mut repr = TcpRepr {
                control: [TcpControl::None, TcpControl::Psh, TcpControl::Syn, TcpControl::Fin, TcpControl::Rst]
                    [random.usize(0..5).min(random.usize(0..6))],
                seq_number: TcpSeqNumber(near(&mut random, said[to].1) as i32),
                ack_number: (random.u8(0..12) > 0).then(|| TcpSeqNumber(near(&mut random, said[to].0) as i32)),
                window_len: if random.u8(0..4) == 0 { random.u16(0..50) } else { random.u16(..) },
                payload: &payload,
                ..segment(theirs, ours)
            };
            if repr.control == TcpControl::Syn || random.u8(0..20) == 0 {
                repr.max_seg_size = random.bool().then(|| random.u16(..));
                repr.window_scale = random.bool().then(|| random.u8(0..14));
                repr.sack_permitted = random.bool();
                repr.ack_number = repr.ack_number.filter(|_| to == 2);
            }
            repr.timestamp = timestamp(random.u32(0..5), random.u32(0..5)).filter(|_| random.u8(0..4) == 0);
            if random.u8(0..4) == 0 && repr.control != TcpControl::Syn {
                let start = near(&mut random, said[to].0);
                repr.sack_ranges[0] = Some((start, start.wrapping_add(random.u32(0..4_000))));
            }
            let frame = tcp((mac(9), mac(1)), [10, 0, 0, 9].into(), [10, 0, 0, 2].into(), &repr);
            let mut sent = host.receive(&frame);
            sent.extend(host.pass(Duration::from_millis(random.u64(0..300))));
            if random.u8(0..10) == 0 {
                sent.extend(host.receive(&samples()[1]));
                sent.extend(host.pass(Duration::from_secs(random.u64(0..30))));
            }
            for segment in
                sent.iter().filter_map(|frame| read_tcp(frame)).filter(|segment| segment.control != TcpControl::Rst)
            {
                let at = if segment.source == 90 { 2 } else { to.min(1) };
                said[at].0 = segment
                    .sequence
                    .wrapping_add(segment.payload.len() as u32)
                    .wrapping_add(u32::from(segment.control == TcpControl::Syn));
                if segment.has_ack {
                    said[at].1 = segment.acknowledgement;
                }
            }
            handles.extend(host.accept(listener));
            let (stack, mut context) = host.tcp();
            let handle = handles[random.usize(0..handles.len())];
            let mut buffer = [0; 900];
            match random.u8(0..12) {
                0..4 => drop(stack.write(&mut context, handle, &[1; 5_000][..random.usize(0..5_000)])),
                4..8 => drop(stack.read(&mut context, handle, &mut buffer)),
                8 => drop(stack.write_static(&mut context, handle, &[7; 3_000])),
                9 => drop(stack.readiness(&mut context, handle)),
                10 if random.u8(0..4) == 0 => drop(stack.shut_down(&mut context, handle)),
                11 if random.u8(0..8) == 0 => drop(stack.close(&mut context, handle)),
                _ => {}
            }
        }
        let (stack, mut context) = host.tcp();
        accepted += handles.len() - 1;
        connected += usize::from(said[2].0 != 0);
        for handle in handles {
            let _ = stack.abort(&mut context, handle);
        }
        stack.close_listener(&mut context, listener).unwrap();
        host.pass(Duration::from_secs(400));
        assert_eq!(host.stack.pool().available(), host.stack.pool().capacity(), "seed {seed}");
        assert_eq!(host.tcp().0.connections(), 0, "seed {seed}");
    }
    assert!(accepted > 100 && connected > 100, "they get in: {accepted}, {connected}");
}
