//! Echo and errors: RFC 792, RFC 1122, section 3.2.2, RFC 4443.

use crate::frames::{icmpv4, icmpv6, read_ip, udp};
use crate::host::{Host, Memory, Sizes, mac};
use core::net::IpAddr;
use core::time::Duration;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{Icmpv4DstUnreachable, Icmpv4Packet, Icmpv4Repr, Icmpv6Packet, Icmpv6Repr, IpProtocol, Ipv4Repr};
use unikernel_net::{Error, Mac, Reason};

const HERE: &[(&str, u8)] = &[("10.0.0.2", 24), ("2001:db8::2", 64)];

/// RFC 1122, section 3.2.2.6: an echo has the data of its request, and goes to where the frame came from without a question.
#[test]
fn answers_an_echo_request() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    let data = [0x5A; 56];
    for source in ["10.0.0.9", "198.51.100.1"] {
        let request = Icmpv4Repr::EchoRequest { ident: 77, seq_no: 5, data: &data };
        let sent = host.receive(&icmpv4((mac(9), mac(1)), source, "10.0.0.2", &request));
        let [frame] = &sent[..] else { panic!("{sent:?}") };
        let sent = read_ip(frame).unwrap();
        assert_eq!((sent.mac, sent.destination), (mac(9), source.parse::<IpAddr>().unwrap()));
        let packet = Icmpv4Packet::new_checked(&sent.payload[..]).unwrap();
        let reply = Icmpv4Repr::parse(&packet, &ChecksumCapabilities::default()).unwrap();
        assert_eq!(reply, Icmpv4Repr::EchoReply { ident: 77, seq_no: 5, data: &data });
    }
    let request = Icmpv6Repr::EchoRequest { ident: 77, seq_no: 5, data: &data };
    let sent = host.receive(&icmpv6((mac(9), mac(1)), "2001:db8::9", "2001:db8::2", 64, &request));
    let sent = read_ip(&sent[0]).unwrap();
    let (IpAddr::V6(source), IpAddr::V6(destination)) = (sent.source, sent.destination) else { panic!("{sent:?}") };
    let packet = Icmpv6Packet::new_checked(&sent.payload[..]).unwrap();
    let reply = Icmpv6Repr::parse(&source, &destination, &packet, &ChecksumCapabilities::default()).unwrap();
    assert_eq!(reply, Icmpv6Repr::EchoReply { ident: 77, seq_no: 5, data: &data });
}

/// RFC 1122, sections 3.2.1.3, 3.2.2 and 3.3.6: what goes to many, comes from nobody or is for others is not answered.
#[test]
fn does_not_amplify() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    let request = Icmpv4Repr::EchoRequest { ident: 1, seq_no: 1, data: &[] };
    for (to, source, destination) in [
        (Mac::BROADCAST, "10.0.0.9", "10.0.0.255"),
        (Mac::BROADCAST, "10.0.0.9", "255.255.255.255"),
        (Mac::BROADCAST, "10.0.0.9", "10.0.0.2"),
        (mac(1), "10.0.0.9", "10.0.0.3"),
        (mac(1), "10.0.0.255", "10.0.0.2"),
        (mac(1), "255.255.255.255", "10.0.0.2"),
        (mac(1), "224.0.0.1", "10.0.0.2"),
        (mac(1), "0.0.0.0", "10.0.0.2"),
        (mac(1), "127.0.0.1", "10.0.0.2"),
        (mac(1), "10.0.0.2", "10.0.0.2"),
        (mac(1), "10.0.0.9", "127.0.0.1"),
        (mac(2), "10.0.0.9", "10.0.0.2"),
    ] {
        assert!(
            host.receive(&icmpv4((mac(9), to), source, destination, &request)).is_empty(),
            "{source} to {destination}"
        );
        assert!(
            host.receive(&udp((mac(9), to), (source, 9), (destination, 9), b"x")).is_empty(),
            "{source} to {destination}"
        );
    }
}

/// RFC 1122, section 4.1.3.1: a closed port is said to be; RFC 4443, section 2.4 (f): at a limited rate.
#[test]
fn says_that_a_port_is_closed_at_a_limited_rate() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_addresses(&mut memory, HERE);
    for (source, destination, error) in [("10.0.0.9", "10.0.0.2", [3, 3]), ("2001:db8::9", "2001:db8::2", [1, 4])] {
        let sent = host.receive(&udp((mac(9), mac(1)), (source, 1000), (destination, 9), &[1; 2000][..1400]));
        let sent = read_ip(&sent[0]).unwrap();
        assert_eq!(sent.payload[..2], error);
        assert!(sent.payload.len() <= if source.contains(':') { 1240 } else { 556 });
        assert!(matches!(sent.protocol, IpProtocol::Icmp | IpProtocol::Icmpv6));
    }
    let mut count = 0;
    for _ in 0..1000 {
        count += host.receive(&udp((mac(9), mac(1)), ("10.0.0.9", 1000), ("10.0.0.2", 9), b"x")).len();
        host.pass(Duration::from_millis(1));
    }
    assert!((100..=160).contains(&count), "{count}");
}

/// RFC 1122, section 3.2.2.1: what a router says of a datagram reaches the socket that has sent it, and no other.
#[test]
fn errors_reach_who_has_sent_the_datagram() {
    let reasons = [
        (Icmpv4DstUnreachable::PortUnreachable, Error::Refused),
        (Icmpv4DstUnreachable::HostUnreachable, Error::Unreachable(Reason::HostUnreachable)),
        (Icmpv4DstUnreachable::NetUnreachable, Error::Unreachable(Reason::NetworkUnreachable)),
        (Icmpv4DstUnreachable::CommProhibited, Error::Unreachable(Reason::Prohibited)),
    ];
    for (reason, error) in reasons {
        let mut memory = Memory::new(&Sizes::default());
        let mut host = Host::with_addresses(&mut memory, HERE);
        let (udp, mut context) = host.calls();
        let [socket, other] =
            ["10.0.0.2:7", "10.0.0.2:8"].map(|local| udp.bind(&mut context, local.parse().unwrap()).unwrap());
        for (socket, peer) in [(socket, "10.0.0.9:9"), (other, "10.0.0.9:9")] {
            udp.connect(&mut context, socket, peer.parse().unwrap()).unwrap();
        }
        let header = Ipv4Repr {
            src_addr: "10.0.0.2".parse().unwrap(),
            dst_addr: "10.0.0.9".parse().unwrap(),
            next_header: IpProtocol::Udp,
            payload_len: 8,
            hop_limit: 64,
        };
        let unreachable = Icmpv4Repr::DstUnreachable { reason, header, data: &[0, 7, 0, 9, 0, 8, 0, 0] };
        host.receive(&icmpv4((mac(1), mac(1)), "10.0.0.1", "10.0.0.2", &unreachable));
        let (udp, mut context) = host.calls();
        assert!(udp.readiness(socket).unwrap().failed);
        assert_eq!(udp.send(&mut context, socket, &[], None), Err(error));
        assert_eq!(udp.send(&mut context, socket, &[], None), Ok(()), "once");
        assert_eq!(udp.send(&mut context, other, &[], None), Ok(()));
    }
}
