//! Frames that nobody means well with: nothing panics, nothing is kept.

use crate::frames::{advertisement, arp, icmpv4, icmpv6, udp};
use crate::host::{Host, Memory, Sizes, mac};
use core::time::Duration;
use smoltcp::wire::{ArpOperation, Icmpv4Repr, Icmpv6Repr, NdiscNeighborFlags};
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

/// 100,000 frames, cut, lengthened and with bytes changed; the card says that their checksums are right, so that all get in.
#[test]
fn no_frame_makes_it_panic() {
    let mut random = fastrand::Rng::with_seed(4);
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, &[("10.0.0.2", 24), ("2001:db8::2", 64)]);
    let (sockets, mut context) = host.calls();
    let socket = sockets.bind(&mut context, "[::]:9".parse().unwrap()).unwrap();
    let samples = samples();
    for round in 0..100_000 {
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
