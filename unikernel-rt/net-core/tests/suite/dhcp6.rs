//! Name servers by stateless DHCPv6: RFC 8415.

use crate::frames::{read_udp, udp};
use crate::host::{Host, Memory, Protocols, Sizes, mac};
use crate::slaac::router::{ALL_NODES, advertisement, icmpv6};
use core::time::Duration;
use unikernel_net::{Dhcp6, Slaac, SlaacConfig};

type Client<'m> = Host<'m, (Dhcp6, (Slaac, Protocols<'m>))>;

const OTHER: u8 = 0x40;
const MANAGED: u8 = 0x80;
const LINK: &str = "fe80::ff:fe00:1";
/// DUID-LL of the first card.
const IDENTIFIER: [u8; 10] = [0, 3, 0, 1, 2, 0, 0, 0, 0, 1];

fn client(memory: &mut Memory) -> Client<'_> {
    let slaac = Slaac::new(0, SlaacConfig::default());
    let mut host = Host::with_protocols(memory, |protocols| (Dhcp6::new(0), (slaac, protocols)));
    host.pass(Duration::from_secs(2));
    host
}

/// An advertisement with these flags.
fn told(flags: u8) -> Vec<u8> {
    let mut message = advertisement(1800, 0, &[]);
    message[5] |= flags;
    icmpv6("fe80::9", ALL_NODES, 255, message)
}

/// The questions among frames: number of the transaction, and hundredths of a second since the first one.
fn questions(frames: &[Vec<u8>]) -> Vec<([u8; 3], u16)> {
    let sent = frames.iter().filter_map(|frame| read_udp(frame)).filter(|sent| sent.2 == 547);
    sent.map(|(packet, source, _, message)| {
        assert_eq!((packet.source.to_string(), packet.destination.to_string()), (LINK.into(), "ff02::1:2".into()));
        assert_eq!((source, message[0], message.len()), (546, 11, 34));
        let (mut options, mut rest, mut elapsed) = (Vec::new(), &message[4..], 0);
        while let [high, low, _, bytes, after @ ..] = rest {
            let (option, after) = after.split_at(usize::from(*bytes));
            match (u16::from_be_bytes([*high, *low]), option) {
                (1, option) => assert_eq!(option, IDENTIFIER),
                (6, option) => assert_eq!(option, [0, 23, 0, 32, 0, 83]),
                (8, [high, low]) => elapsed = u16::from_be_bytes([*high, *low]),
                other => panic!("{other:?}"),
            }
            options.push(*low);
            rest = after;
        }
        options.sort_unstable();
        assert_eq!((options, rest), (vec![1, 6, 8], &[][..]));
        ([message[1], message[2], message[3]], elapsed)
    })
    .collect()
}

fn option(code: u8, bytes: &[u8]) -> Vec<u8> {
    [&[0, code, 0, bytes.len() as u8][..], bytes].concat()
}

fn servers(addresses: &[&str]) -> Vec<u8> {
    let octets = addresses.iter().map(|address| address.parse::<core::net::Ipv6Addr>().unwrap().octets());
    option(23, &octets.collect::<Vec<_>>().concat())
}

/// What every reply has.
fn identified() -> Vec<u8> {
    [option(1, &IDENTIFIER), option(2, &[0, 3, 0, 1, 2, 0, 0, 0, 0, 9])].concat()
}

fn reply(kind: u8, transaction: [u8; 3], options: &[u8]) -> Vec<u8> {
    let message = [&[kind][..], &transaction, options].concat();
    udp((mac(9), mac(1)), ("fe80::9", 547), (LINK, 546), &message)
}

fn name_servers(host: &Client<'_>) -> Vec<String> {
    host.stack.transports().0.name_servers().iter().map(ToString::to_string).collect()
}

/// RFC 4861, section 4.2; RFC 8415, section 18.2.6: nobody is asked before a router says that there is somebody.
#[test]
fn asks_where_a_router_says_so() {
    for (flags, is_asked) in [(0, false), (OTHER, true), (MANAGED, true), (OTHER | MANAGED, true)] {
        let mut memory = Memory::new(&Sizes::default());
        let mut host = client(&mut memory);
        assert!(questions(&host.pass(Duration::from_secs(100))).is_empty());
        host.receive(&told(flags));
        let sent = questions(&host.pass(Duration::from_secs(1)));
        assert_eq!(!sent.is_empty(), is_asked, "{flags:#x}");
        // The router is one of Slaac's, too.
        assert_eq!(host.routes(), ["::/0 fe80::9 1"]);
    }
    // Before it has an address of the link it has none to be answered at.
    let mut memory = Memory::new(&Sizes::default());
    let slaac = Slaac::new(0, SlaacConfig { probe_time: Duration::from_secs(20), ..SlaacConfig::default() });
    let mut host = Host::with_protocols(&mut memory, |protocols| (Dhcp6::new(0), (slaac, protocols)));
    host.receive(&told(OTHER));
    assert!(questions(&host.pass(Duration::from_secs(19))).is_empty());
    assert_eq!(questions(&host.pass(Duration::from_secs(2)))[0].1, 0);
}

/// Section 15, with the values of 7.6: after a second, and then after twice as long each time, an hour at most, for ever.
#[test]
fn asks_again_less_and_less_often() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    host.receive(&told(OTHER));
    let (mut times, mut asked) = (Vec::new(), Vec::new());
    while times.len() < 16 {
        let sent = questions(&host.pass(host.stack.deadline().since(host.now)));
        times.extend(sent.iter().map(|_| host.now));
        asked.extend(sent);
    }
    assert!(asked.iter().all(|question| question.0 == asked[0].0), "one transaction");
    let mut last = 1.0;
    for (index, pair) in times.windows(2).enumerate() {
        let pause = pair[1].since(pair[0]).as_secs_f64();
        let expected: f64 = if index == 0 { 1.0 } else { (2.0_f64 * last).min(3600.0) };
        assert!((pause / expected - 1.0).abs() <= 0.101, "{pause} for {expected}");
        let elapsed = times[index].since(times[0]).as_millis() / 10;
        assert_eq!(u128::from(asked[index].1), elapsed.min(0xFFFF));
        last = pause;
    }
    // A server may want fewer or more questions; not any number of them (section 21.25).
    let transaction = asked[0].0;
    for (seconds, longest) in [(59_u32, 3960.0), (86_401, 3960.0), (60, 66.0)] {
        let options = [identified(), option(83, &seconds.to_be_bytes()), option(13, &[0, 1])].concat();
        host.receive(&reply(7, transaction, &options));
        host.pass(Duration::from_secs(4000));
        let begin = host.now;
        while questions(&host.pass(host.stack.deadline().since(host.now))).is_empty() {}
        assert!(host.now.since(begin).as_secs_f64() <= longest, "{seconds}");
    }
}

/// Sections 16.10 and 18.2.10.4; RFC 3646: what is taken, and for how long.
#[test]
fn takes_name_servers_for_their_time() {
    for (time, least, most) in [
        (None, 86_400, 86_410),
        (Some(1000_u32), 1000, 1010),
        (Some(1), 600, 610),
        (Some(u32::MAX), u64::MAX, u64::MAX),
    ] {
        let mut memory = Memory::new(&Sizes::default());
        let mut host = client(&mut memory);
        host.receive(&told(OTHER));
        let (transaction, _) = questions(&host.pass(Duration::from_secs(1)))[0];
        let refresh = time.map_or(Vec::new(), |time| option(32, &time.to_be_bytes()));
        let told_servers = servers(&["2001:db8::53", "::", "ff02::1", "::1", "2001:db8::54"]);
        host.receive(&reply(7, transaction, &[option(99, b"x"), identified(), refresh, told_servers].concat()));
        assert_eq!(name_servers(&host), ["2001:db8::53", "2001:db8::54"]);
        // A router that says it again changes nothing; the name servers stay until there are others.
        host.receive(&told(OTHER));
        let begin = host.now;
        let mut asked = Vec::new();
        while asked.is_empty() && host.now.since(begin) < Duration::from_secs(100_000) {
            let next = host.stack.deadline().since(host.now).clamp(Duration::from_millis(1), Duration::from_secs(50));
            asked = questions(&host.pass(next));
            host.receive(&told(OTHER));
        }
        let after = if asked.is_empty() { u64::MAX } else { host.now.since(begin).as_secs() };
        assert!((least..=most).contains(&after), "{time:?}: {after}");
        assert_eq!(name_servers(&host), ["2001:db8::53", "2001:db8::54"]);
        if let [(another, 0), ..] = asked[..] {
            assert_ne!(another, transaction);
            host.receive(&reply(7, transaction, &[identified(), servers(&["2001:db8::55"])].concat()));
            assert_eq!(name_servers(&host).len(), 2, "an answer to an old question");
            host.receive(&reply(7, another, &[identified(), servers(&["2001:db8::55"])].concat()));
            assert_eq!(name_servers(&host), ["2001:db8::55"]);
        }
    }
}

/// Sections 16.10 and 21: what is no answer, or not to this question, or refuses it.
#[test]
fn takes_nothing_else() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    host.receive(&told(OTHER));
    let (transaction, _) = questions(&host.pass(Duration::from_secs(1)))[0];
    let [a, b, c] = transaction;
    let good = [identified(), servers(&["2001:db8::53"])].concat();
    let (client_only, server_only) = (identified()[..14].to_vec(), identified()[14..].to_vec());
    let another = option(1, &[0, 3, 0, 1, 2, 0, 0, 0, 0, 2]);
    for (kind, transaction, options) in [
        (2, transaction, good.clone()),
        (7, [a, b, c ^ 1], good.clone()),
        (7, transaction, [client_only, servers(&["2001:db8::53"])].concat()),
        (7, transaction, [server_only.clone(), servers(&["2001:db8::53"])].concat()),
        (7, transaction, [another, server_only, servers(&["2001:db8::53"])].concat()),
        (7, transaction, [good.clone(), option(13, &[0, 1])].concat()),
        (7, transaction, good[..good.len() - 1].to_vec()),
        (7, transaction, [good.clone(), vec![0, 1, 0]].concat()),
    ] {
        host.receive(&reply(kind, transaction, &options));
        assert!(name_servers(&host).is_empty(), "{kind} {options:?}");
    }
    // A list that is cut is none; that there is none is an answer, too.
    host.receive(&reply(7, transaction, &[identified(), option(23, &[1; 15])].concat()));
    assert!(name_servers(&host).is_empty() && questions(&host.pass(Duration::from_secs(80_000))).is_empty());
    // To nobody's question.
    let mut memory = Memory::new(&Sizes::default());
    let mut silent = client(&mut memory);
    silent.receive(&reply(7, [0; 3], &good));
    assert!(name_servers(&silent).is_empty());
}

/// Nothing that comes makes it panic, and it goes on asking.
#[test]
fn survives_what_is_spoilt() {
    let mut memory = Memory::new(&Sizes::default());
    let mut host = client(&mut memory);
    host.receive(&told(OTHER));
    let (transaction, _) = questions(&host.pass(Duration::from_secs(1)))[0];
    let options = [identified(), option(32, &[0, 0, 1, 0]), servers(&["2001:db8::53"]), option(83, &[0, 0, 2, 0])];
    let mut random = fastrand::Rng::with_seed(6);
    for _ in 0..20_000 {
        let mut options = options.concat();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(0..options.len());
            options[at] = random.u8(..);
        }
        options.truncate(random.usize(0..=options.len()));
        host.receive(&reply(7, transaction, &options));
    }
    assert!(name_servers(&host).len() <= 4);
    assert!(!questions(&host.pass(Duration::from_secs(90_000))).is_empty());
}
