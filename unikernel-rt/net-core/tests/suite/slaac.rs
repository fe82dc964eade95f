//! Router advertisements: RFC 4861, section 6, RFC 4862, RFC 8106; group membership: RFC 3810.

use crate::host::{Host, Memory, Protocols, Sizes, mac};
use core::time::Duration;
use router::{ALL_NODES, advertisement, icmpv6, mtu, name_servers, prefix, read_icmpv6};
use unikernel_net::{Mld, Slaac, SlaacConfig};

mod groups;
mod networks;
pub mod router;

pub type Client<'m> = Host<'m, (Slaac, (Mld, Protocols<'m>))>;

/// The addresses of the first card's identifier.
const LINK: &str = "fe80::ff:fe00:1/128";
const GLOBAL: &str = "2001:db8:1::ff:fe00:1/128";

pub fn client(memory: &mut Memory) -> Client<'_> {
    Host::with_protocols(memory, |protocols| (Slaac::new(0, SlaacConfig::default()), (Mld::new(0), protocols)))
}

impl Client<'_> {
    fn told(&mut self, lifetime: u16, options: &[Vec<u8>]) -> Vec<Vec<u8>> {
        self.receive(&icmpv6("fe80::9", ALL_NODES, 255, advertisement(lifetime, 0, options)))
    }

    fn name_servers(&self) -> Vec<String> {
        self.stack.transports().0.name_servers().as_slice().iter().map(ToString::to_string).collect()
    }
}

/// RFC 4862, section 5.4.2; RFC 4861, section 6.3.7: what a host says before it has an address.
#[test]
fn probes_its_address_and_asks_for_routers() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    let sent: Vec<_> = host.pass(Duration::ZERO).iter().filter_map(|frame| read_icmpv6(frame)).collect();
    let [probe, solicitation, report] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!((&probe.0[..], &probe.1[..], probe.2), ("::", "ff02::1:ff00:1", 255));
    assert_eq!((probe.3[0], probe.3.len()), (135, 24), "without an address of the link");
    assert_eq!((&solicitation.0[..], &solicitation.1[..], solicitation.2), ("::", "ff02::2", 255));
    assert_eq!((solicitation.3[0], solicitation.3.len()), (133, 8));
    assert_eq!((report.2, report.3[0]), (1, 143));
    assert!(host.addresses().is_empty());
    host.pass(Duration::from_secs(1));
    assert_eq!(host.addresses(), [LINK]);
    // RFC 7559: again and again, less and less often; from its address, with that of the link.
    let mut pauses = Vec::new();
    while pauses.len() < 13 {
        let begin = host.now;
        let sent = host.pass(host.stack.deadline().since(host.now));
        let asked = sent.iter().filter_map(|frame| read_icmpv6(frame)).find(|sent| sent.3[0] == 133);
        if let Some((source, _, _, message)) = asked {
            assert_eq!((&source[..], &message[8..]), ("fe80::ff:fe00:1", &[1, 1, 2, 0, 0, 0, 0, 1][..]));
            pauses.push(host.now.since(begin).as_secs_f64());
        }
    }
    for (pause, expected) in
        pauses[1..].iter().zip([8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 3600.0])
    {
        assert!((pause / expected - 1.0_f64).abs() <= 0.101, "{pause} for {expected}");
    }
    host.told(1800, &[]);
    let asked = host.pass(Duration::from_secs(1700));
    assert!(asked.iter().filter_map(|frame| read_icmpv6(frame)).all(|sent| sent.3[0] != 133), "there is a router");
}

/// RFC 4429: an address of the caller's choice is used at once, given up where another host has it, and routers are not listened to.
#[test]
fn an_address_is_used_while_it_is_asked_for() {
    let config = SlaacConfig {
        is_optimistic: true,
        is_advertised: false,
        address: Some(("2001:db8:1::2".parse().unwrap(), 64)),
        ..SlaacConfig::default()
    };
    let mut memory = Memory::new(&Sizes::default());
    let mut host = Host::with_protocols(&mut memory, |protocols| (Slaac::new(0, config), (Mld::new(0), protocols)));
    let sent: Vec<_> = host.pass(Duration::ZERO).iter().filter_map(|frame| read_icmpv6(frame)).collect();
    assert_eq!(sent.iter().filter(|sent| sent.3[0] == 135).count(), 2, "both are asked for");
    assert!(sent.iter().all(|sent| sent.3[0] != 133), "no router is");
    assert_eq!(host.addresses(), [LINK, "2001:db8:1::2/128"]);
    assert_eq!(host.routes(), ["2001:db8:1::/64 link 0"]);
    host.told(1800, &[prefix("2001:db8:9::", 64, 0xC0, 400, 300)]);
    assert_eq!(host.routes(), ["2001:db8:1::/64 link 0"]);
    let own = "2001:db8:1::2".parse::<core::net::Ipv6Addr>().unwrap();
    let objection = [&[136, 0, 0, 0, 0x20, 0, 0, 0][..], &own.octets(), &[2, 1, 2, 0, 0, 0, 0, 9]].concat();
    host.receive(&icmpv6("2001:db8:1::2", ALL_NODES, 255, objection));
    assert_eq!(host.addresses(), [LINK], "another host has it");
    host.pass(Duration::from_secs(2));
    assert_eq!(host.addresses(), [LINK]);
}

/// RFC 4861, section 6.3.4; RFC 4862, section 5.5.3; RFC 8106, section 5: what a router tells, and for how long.
#[test]
fn takes_what_routers_tell_for_its_time() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    host.pass(Duration::from_secs(1));
    let options = [
        prefix("2001:db8:1::7", 64, 0xC0, 400, 300),
        name_servers(200, &["2001:db8::53", "::", "2001:db8::54"]),
        mtu(1400),
    ];
    let sent = host.told(300, &options);
    assert!(sent.iter().filter_map(|frame| read_icmpv6(frame)).any(|sent| sent.3[0] == 135), "it is probed for");
    assert_eq!(host.addresses(), [LINK]);
    assert_eq!(host.routes(), ["::/0 fe80::9 1", "2001:db8:1::/64 link 0"]);
    assert_eq!(host.name_servers(), ["2001:db8::53", "2001:db8::54"]);
    host.pass(Duration::from_secs(1));
    assert_eq!(host.addresses(), [LINK, GLOBAL]);
    // Who sends to another network is answered by the router, from the address that reaches as far.
    host.udp_goes("[2001:db8:9::1]:9", "fe80::9", GLOBAL);
    host.udp_goes("[2001:db8:1::5]:9", "2001:db8:1::5", GLOBAL);
    // 1,400 bytes are the most of a packet, its headers included.
    for (bytes, is_sent) in [(1353, false), (1352, true)] {
        let (protocols, mut context) = host.split();
        let udp = &mut protocols.1.1.0;
        let socket = udp.bind(&mut context, "[::]:7".parse().unwrap()).unwrap();
        let payload = [unikernel_net::Payload::Borrowed(&[1; 1500][..bytes])];
        let sent = udp.send(&mut context, socket, &payload, Some("[2001:db8:1::5]:9".parse().unwrap()));
        assert_eq!(sent.is_ok(), is_sent, "{bytes}");
        udp.close(&mut context, socket).unwrap();
    }
    host.pass(Duration::from_secs(198));
    assert_eq!(host.name_servers().len(), 2);
    host.pass(Duration::from_secs(1));
    assert!(host.name_servers().is_empty());
    host.pass(Duration::from_secs(100));
    assert_eq!(host.routes(), ["2001:db8:1::/64 link 0"], "the router was one for 300 s");
    host.pass(Duration::from_secs(100));
    assert!(host.routes().is_empty());
    assert_eq!(host.addresses(), [LINK]);
}

impl Client<'_> {
    /// A datagram goes to this neighbour, from this address.
    fn udp_goes(&mut self, remote: &str, neighbour: &str, source: &str) {
        let (protocols, mut context) = self.split();
        let udp = &mut protocols.1.1.0;
        let socket = udp.bind(&mut context, "[::]:7".parse().unwrap()).unwrap();
        udp.send(&mut context, socket, &[], Some(remote.parse().unwrap())).unwrap();
        udp.close(&mut context, socket).unwrap();
        let sent = self.take_sent(0);
        let (from, _, _, message) = sent.iter().find_map(|frame| read_icmpv6(frame)).unwrap();
        assert_eq!(
            (from, &message[8..24]),
            (
                source.trim_end_matches("/128").to_owned(),
                &neighbour.parse::<core::net::Ipv6Addr>().unwrap().octets()[..]
            )
        );
    }
}

/// RFC 4861, sections 6.1.2 and 4.2: who is not on the link, or says nonsense, is not a router; RFC 4191: preferences; a last word.
#[test]
fn takes_only_what_a_router_of_the_link_may_say() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    host.pass(Duration::from_secs(1));
    let good = advertisement(300, 0, &[prefix("2001:db8:1::", 64, 0xC0, 400, 300)]);
    let mut of_code = good.clone();
    of_code[1] = 1;
    let mut without_length = good.clone();
    without_length[17] = 0;
    let mut too_long = good.clone();
    too_long[17] = 5;
    for (source, hops, message) in [
        ("2001:db8::9", 255, &good),
        ("fe80::9", 254, &good),
        ("fe80::9", 255, &of_code),
        ("fe80::9", 255, &without_length),
        ("fe80::9", 255, &too_long),
        ("fe80::9", 255, &good[..12].to_vec()),
    ] {
        host.receive(&icmpv6(source, ALL_NODES, hops, message.clone()));
        assert!(host.routes().is_empty(), "{source} {hops} {message:?}");
    }
    for option in [
        prefix("fe80::", 64, 0xC0, 400, 300),
        prefix("ff02::", 64, 0xC0, 400, 300),
        prefix("2001:db8:1::", 129, 0xC0, 400, 300),
        prefix("2001:db8:1::", 65, 0x40, 400, 300),
        prefix("2001:db8:1::", 64, 0x40, 300, 400),
        prefix("2001:db8:1::", 64, 0x40, 400, 0),
        prefix("2001:db8:1::", 64, 0, 400, 300),
        mtu(1279),
        mtu(9000),
        vec![200, 1, 0, 0, 0, 0, 0, 0],
    ] {
        host.told(0, &[option]);
        assert!(host.routes().is_empty());
    }
    host.pass(Duration::from_secs(2));
    assert_eq!(host.addresses(), [LINK]);
    for (router, preference) in [("fe80::a", 3), ("fe80::b", 1), ("fe80::c", 0)] {
        host.receive(&icmpv6(router, ALL_NODES, 255, advertisement(300, preference, &[])));
    }
    assert_eq!(host.routes(), ["::/0 fe80::a 2", "::/0 fe80::b 0", "::/0 fe80::c 1"]);
    host.receive(&icmpv6("fe80::b", ALL_NODES, 255, advertisement(0, 1, &[])));
    assert_eq!(host.routes(), ["::/0 fe80::a 2", "::/0 fe80::c 1"]);
    // Invented routers, prefixes and servers take no more than their place.
    for number in 0..100 {
        let options = [
            prefix(&format!("2001:db8:{number:x}::"), 64, 0xC0, 400, 300),
            name_servers(9, &[&format!("2001:db8::{number:x}")]),
        ];
        host.receive(&icmpv6(&format!("fe80::1:{number:x}"), ALL_NODES, 255, advertisement(300, 0, &options)));
    }
    host.pass(Duration::from_secs(2));
    assert!(host.routes().len() <= 8 && host.addresses().len() <= 5 && host.name_servers().len() <= 4);
}

/// RFC 4862, section 5.5.3 (e): nobody ends the life of an address within two hours.
#[test]
fn a_short_lifetime_ends_no_address_at_once() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    host.told(1800, &[prefix("2001:db8:1::", 64, 0x40, 100_000, 100_000)]);
    host.pass(Duration::from_secs(2));
    host.told(1800, &[prefix("2001:db8:1::", 64, 0x40, 1, 1)]);
    host.pass(Duration::from_secs(7_190));
    assert!(host.addresses().contains(&GLOBAL.to_owned()));
    host.told(1800, &[prefix("2001:db8:1::", 64, 0x40, 5, 5)]);
    host.pass(Duration::from_secs(11));
    assert_eq!(host.addresses(), [LINK]);
}

/// RFC 4862, sections 5.4.3 to 5.4.5: an address that another host has, or asks for at the same time, is not used.
#[test]
fn an_address_of_another_host_is_not_used() {
    let target = |address: &str| address.parse::<core::net::Ipv6Addr>().unwrap().octets().to_vec();
    let own = "2001:db8:1::ff:fe00:1";
    let advertised = [vec![136, 0, 0, 0, 0x20, 0, 0, 0], target(own)].concat();
    let asked = [vec![135, 0, 0, 0, 0, 0, 0, 0], target(own)].concat();
    let mut looped = icmpv6("::", "ff02::1:ff00:1", 255, asked.clone());
    looped[6..12].copy_from_slice(&mac(1).0);
    for (frame, is_taken) in [
        (icmpv6(own, ALL_NODES, 255, advertised.clone()), true),
        (icmpv6("::", "ff02::1:ff00:1", 255, asked.clone()), true),
        (icmpv6("fe80::5", "ff02::1:ff00:1", 255, asked), false),
        (icmpv6(own, ALL_NODES, 254, advertised), false),
        (looped, false),
    ] {
        let mut memory = Memory::new(&Sizes::default());
        let mut host = client(&mut memory);
        let told = [prefix("2001:db8:1::", 64, 0x40, 4000, 3000)];
        host.told(1800, &told);
        host.receive(&frame);
        host.pass(Duration::from_secs(2));
        assert_eq!(host.addresses().contains(&GLOBAL.to_owned()), !is_taken);
        let duplicates: Vec<_> = host.stack.transports().0.duplicates().map(|address| address.to_string()).collect();
        assert_eq!(duplicates, if is_taken { vec![own] } else { vec![] });
        // It is not asked for again while its prefix is told.
        host.told(1800, &told);
        host.pass(Duration::from_secs(2));
        assert_eq!(host.addresses().contains(&GLOBAL.to_owned()), !is_taken);
        assert!(host.addresses().contains(&LINK.to_owned()));
    }
}
