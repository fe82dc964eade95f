//! Lines as urunc writes them, what is wrong with `ip=`, and random lines.

use std::{
    string::{String, ToString},
    vec::Vec,
};

use super::*;
use crate::command_line::FaultReason;
use crate::random::{bytes, cases};

/// Words: keys, and values where there are any.
type Words = Vec<(String, Option<String>)>;

/// The words of a line, those for Linux first.
fn read(line: &str) -> Option<[Words; 2]> {
    let mut line = line.as_bytes().to_vec();
    let at = init_at(&line)?;
    let (before, behind) = line.split_at_mut(at);
    let owned = |word: WordMut<'_>| {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (text(word.key), word.value.map(|value| text(value)))
    };
    Some([kernel_words(before).map(owned).collect(), init_words(behind, at).map(|word| owned(word.unwrap())).collect()])
}

#[track_caller]
fn reads(line: &str, wanted: [&[(&str, Option<&str>)]; 2]) {
    let found = read(line).unwrap();
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(found.iter().map(|(key, value)| (&**key, value.as_deref())).eq(wanted.iter().copied()), "{found:?}");
    }
}

#[test]
fn a_line_for_linux_has_init_and_its_words() {
    assert_eq!(init_at(b"panic=-1 init=/k -- port=81"), Some(20));
    assert_eq!(init_at(b"rdinit=/k --"), Some(12), "without words");
    assert_eq!(init_at(b"init='/my k' -- x"), Some(16));
    for line in ["", "port=81", "panic=-1 init=/k", "-- init=/k", "init=/k --port", "xinit=/k -- x", "init -- x"] {
        assert_eq!(init_at(line.as_bytes()), None, "{line}");
    }
}

#[test]
fn words_for_linux_end_at_spaces_and_those_for_init_may_be_quoted() {
    reads(
        r#"console=ttyS0 rw A=it's B="x y =z init=/k -- port=81 'name=J. "D" o' 'a rest' b="c d" it's '' 'it's two' 'tis"#,
        [
            &[
                ("console", Some("ttyS0")),
                ("rw", None),
                ("A", Some("it's")),
                ("B", Some("\"x")),
                ("y", None),
                ("", Some("z")),
                ("init", Some("/k")),
                ("--", None),
            ],
            &[
                ("port", Some("81")),
                ("name", Some(r#"J. "D" o"#)),
                ("", Some("a rest")),
                ("b", Some("c d")),
                ("it's", None),
                ("", Some("")),
                ("", Some("it's two")),
                ("'tis", None),
            ],
        ],
    );
}

#[test]
fn faults_behind_init_have_their_place_in_the_line() {
    let mut line = b"init=/k -- 'a b' x=\"y".to_vec();
    let (_, behind) = line.split_at_mut(11);
    let fault = init_words(behind, 11).find_map(Result::err);
    assert_eq!(fault, Some(Fault { at: 19, reason: FaultReason::QuoteOpen }));
}

fn interface(text: &str) -> Result<(usize, bool, String), String> {
    let mut bytes = text.as_bytes().to_vec();
    match InterfaceWord::read(&mut bytes) {
        Ok(InterfaceWord { number, dhcp, ip, gateway, dns }) => {
            let list: Vec<&str> = [ip, gateway, dns].iter().map(|text| text.unwrap_or("-")).collect();
            Ok((number, dhcp, list.join(" ")))
        }
        Err(InterfaceFault { text, why }) => Err([&String::from_utf8_lossy(text), why].concat()),
    }
}

#[test]
fn reads_an_interface() {
    for (text, wanted) in [
        ("10.4.0.9::10.4.0.1:255.255.255.0:urunc:eth0:off", (0, false, "10.4.0.9/24 10.4.0.1 -")),
        (
            "10.4.0.9::10.4.0.1:255.0.0.0:urunc:eth1:off:10.96.0.10:9.9.9.9",
            (1, false, "10.4.0.9/8 10.4.0.1 10.96.0.10"),
        ),
        ("10.4.0.9::169.254.1.1:255.255.255.255:urunc:eth0:off", (0, false, "10.4.0.9/32 169.254.1.1 -")),
        ("10.4.0.9:10.9.9.9::255.255.240.0", (0, false, "10.4.0.9/20 - -")),
        ("1.1.1.1::1.1.1.2:254.0.0.0:h:net", (0, false, "1.1.1.1/7 1.1.1.2 -")),
        ("dhcp", (0, true, "- - -")),
        ("off", (0, false, "- - -")),
        (":::::eth2:dhcp", (2, true, "- - -")),
        ("10.4.0.9::10.4.0.1:255.255.255.0::eth0:on", (0, true, "- - -")),
        ("::::::off:10.96.0.10", (0, false, "- - 10.96.0.10")),
        ("", (0, false, "- - -")),
    ] {
        assert_eq!(interface(text), Ok((wanted.0, wanted.1, wanted.2.to_string())), "{text}");
    }
}

#[test]
fn says_what_is_wrong_with_an_interface() {
    for (text, wanted) in [
        ("10.4.0.300::10.4.0.1:255.255.255.0", "10.4.0.300` is not an IPv4 address"),
        ("10.4.0.9::gateway:255.255.255.0", "gateway` is not an IPv4 address"),
        ("10.4.0.9::10.4.0.1:255.255.255.0:h:eth0:off:dns", "dns` is not an IPv4 address"),
        ("10.4.0.9::10.4.0.1:255.0.255.0", "255.0.255.0` is not a netmask"),
        ("10.4.0.9::10.4.0.1:0.0.0.0", "0.0.0.0` is not a netmask"),
        ("10.4.0.9::10.4.0.1:24", "24` is not a netmask"),
        ("10.4.0.9", "` is not a netmask"),
        ("bootp", "bootp` is no way to an address that this kernel has"),
        ("10.4.0.9::10.4.0.1:255.255.255.0:h:eth0:rarp", "rarp` is no way to an address that this kernel has"),
        ("[fd00::2]::[fd00::1]:64", "[fd00` is not an IPv4 address"),
    ] {
        assert_eq!(interface(text), Err(wanted.to_string()), "{text}");
    }
}

/// Whatever a line has: no panic, and an address is one of the grammar.
#[test]
fn random_lines() {
    let mut random = fastrand::Rng::with_seed(11);
    for case in 0..cases() {
        let mut line = bytes(&mut random);
        if case % 2 == 0 {
            line.extend_from_slice(b" init=/k -- ");
            line.extend(bytes(&mut random));
        }
        if let Some(at) = init_at(&line) {
            let (before, behind) = line.split_at_mut(at);
            assert!(kernel_words(before).all(|word| word.key.iter().all(|byte| *byte > b' ')));
            let _ = init_words(behind, at).count();
        }
        let mut value = b"10.4.0.9::10.4.0.1:255.255.255.0:urunc:eth0:off".to_vec();
        crate::random::mutate(&mut random, &mut value);
        if let Ok(InterfaceWord { ip: Some(ip), gateway, .. }) = InterfaceWord::read(&mut value) {
            assert!(crate::value::address_prefix(ip, crate::Family::V4).is_ok_and(|_| ip.contains('/')), "{ip}");
            assert!(gateway.is_none_or(|gateway| address_v4(gateway).is_ok()), "{gateway:?}");
        }
        let _ = InterfaceWord::read(&mut line);
    }
}
