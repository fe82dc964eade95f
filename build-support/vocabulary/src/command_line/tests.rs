//! The grammar of the command line, its faults, and random lines.

use std::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::*;
use crate::random::{self, cases};

/// All words of a line, with values as they reach an application.
fn read(line: &str) -> Result<Vec<(String, Option<String>)>, Fault> {
    let mut bytes = line.as_bytes().to_vec();
    words_mut(&mut bytes)
        .map(|word| {
            let word = word?;
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            Ok((text(word.key), word.value.map(|value| text(value))))
        })
        .collect()
}

fn pairs(line: &str) -> Vec<(String, String)> {
    read(line).unwrap().into_iter().map(|(key, value)| (key, value.unwrap_or("(none)".into()))).collect()
}

#[track_caller]
fn reads(line: &str, wanted: &[(&str, &str)]) {
    assert!(pairs(line).iter().map(|(key, value)| (&**key, &**value)).eq(wanted.iter().copied()), "{:?}", pairs(line));
}

#[test]
fn splits_into_words() {
    reads("", &[]);
    reads(" \t\r\n", &[]);
    reads("port=8080 net.ip=192.168.1.20/24", &[("port", "8080"), ("net.ip", "192.168.1.20/24")]);
    reads("  ro\tquiet=\nx=a=b  ", &[("ro", "(none)"), ("quiet", ""), ("x", "a=b")]);
    reads(r"path=C:\dir", &[("path", r"C:\dir")]);
    reads("name=größer", &[("name", "größer")]);
}

#[test]
fn takes_values_in_quotes() {
    reads(r#"a="x y" b="""#, &[("a", "x y"), ("b", "")]);
    reads(r#"a="say \"hi\"" b="C:\\dir\\""#, &[("a", r#"say "hi""#), ("b", r"C:\dir\")]);
    reads("a=\"tab\there\nand = there\"", &[("a", "tab\there\nand = there")]);
}

#[test]
fn takes_words_that_are_in_quotes_as_a_whole() {
    reads(r#""a b" x="y" "" "c=\"d\"""#, &[("", "a b"), ("x", "y"), ("", ""), ("", "c=\"d\"")]);
}

#[test]
fn the_rest_is_what_nothing_else_takes() {
    let arguments = ["port"];
    let rest = |line: &str| -> Vec<String> {
        let plain = |word: Word<'_>| {
            let mut text = String::new();
            word.write_plain(&mut text).unwrap();
            text
        };
        rest_of(line, arguments.into_iter()).map(plain).collect()
    };
    let line = r#"a port=80 console=ttyS0 b=c quiet d="e \" f" "quiet" "port=81" last= "\\""#;
    assert_eq!(rest(line), ["a", "b=c", "d=e \" f", "quiet", "port=81", "last=", "\\"]);
    let mut line = String::from("port=80");
    let words = ["a", "b=c", "d=e \" f", "quiet", "port=81", "", "=", "x\\y", "\"", "größer als", "--"];
    for word in words {
        line.push(' ');
        write_rest(&mut line, word, arguments.into_iter()).unwrap();
    }
    assert_eq!(rest(&line), words, "{line}");
    assert!(line.starts_with("port=80 a b=c \"d=e"), "quotes only where they are needed: {line}");
}

#[test]
fn random_words_reach_the_rest_unchanged() {
    let mut random = fastrand::Rng::with_seed(9);
    for _ in 0..cases() {
        let words: Vec<_> = (0..random.usize(1..4)).map(|_| random::text(&mut random).replace('\0', "")).collect();
        let mut line = String::new();
        for word in &words {
            write_rest(&mut line, word, [].into_iter()).unwrap();
            line.push(' ');
        }
        let found = rest_of(&line, [].into_iter()).map(|word| {
            let mut text = String::new();
            word.write_plain(&mut text).unwrap();
            text
        });
        assert!(found.eq(words), "{line:?}");
    }
}

#[test]
fn gives_words_as_they_stand() {
    let found: Vec<_> = words(r#" ro a="x \" y""#).map(Result::unwrap).collect();
    assert_eq!(found[0], Word { key: "ro", value: None, quoted: false, at: 1 });
    assert_eq!(found[1], Word { key: "a", value: Some(r#"x \" y"#), quoted: true, at: 4 });
    assert_eq!(found.len(), 2);
}

#[test]
fn tells_faults_and_their_place() {
    for (line, at, reason) in [
        ("a=1 =2", 4, FaultReason::KeyMissing),
        (r#"a=1 "b=2"c"#, 9, FaultReason::QuoteFollowed),
        (r#"a=1 "b=2"#, 4, FaultReason::QuoteOpen),
        (r#"a=1 b"c"=2"#, 5, FaultReason::QuoteInside),
        (r#"a=1 b=c"d""#, 7, FaultReason::QuoteInside),
        (r#"a="x"y"#, 5, FaultReason::QuoteFollowed),
        (r#"a=1 b="x y"#, 6, FaultReason::QuoteOpen),
        (r#"a="x\"#, 2, FaultReason::QuoteOpen),
        (r#"a="x\""#, 2, FaultReason::QuoteOpen),
        (r#"a="x\n""#, 4, FaultReason::Escape),
    ] {
        let wanted = Fault { at, reason };
        assert_eq!(read(line), Err(wanted), "{line}");
        assert_eq!(words(line).find_map(Result::err), Some(wanted), "{line}");
        assert!(words(line).skip_while(Result::is_ok).nth(1).is_none(), "goes on after a fault: {line}");
    }
    assert_eq!(read(r#"a="x"y"#).unwrap_err().to_string(), "a value that goes on behind its closing `\"` at byte 5");
}

#[test]
fn lets_foreign_words_pass() {
    for key in ["virtio_mmio.device", "console", "root", "ro", "rw", "reboot", "panic", "pci", "nomodule"] {
        assert!(is_foreign(key), "{key}");
    }
    for key in ["8250.nr_uarts", "i8042.noaux", "i8042.", "swiotlb", "earlycon"] {
        assert!(is_foreign(key), "{key}");
    }
    for key in FOREIGN.split_terminator('|') {
        assert!(is_foreign(key), "{key}");
    }
    for line in [
        // Firecracker's default of two generations, what its documentation has, and firecracker-containerd's default.
        "reboot=k panic=1 pci=off nomodule 8250.nr_uarts=0 i8042.noaux i8042.nomux i8042.nopnp i8042.dumbkbd",
        "reboot=k panic=1 nomodule 8250.nr_uarts=0 i8042.noaux i8042.nomux i8042.dumbkbd swiotlb=noforce",
        "console=ttyS0 reboot=k panic=1 pci=off root=/dev/vda ro ip=172.16.0.2::172.16.0.1:255.255.255.0::eth0:off",
        "ro noapic reboot=k panic=1 pci=off nomodules systemd.journald.forward_to_console init=/sbin/overlay-init",
        "console=ttyS0 noapic reboot=k panic=1 pci=off nomodules rw",
        "quiet loglevel=1 tsc=reliable ipv6.disable=1 random.trust_cpu=on virtio_mmio.device=4K@0xd0000000:5",
        // Cloud Hypervisor's documentation, QEMU's microvm, and what urunc makes.
        "console=hvc0 root=/dev/vda1 rw",
        "earlyprintk=ttyS0 console=ttyS0 root=/dev/vda acpi=off reboot=t",
        "panic=-1 console=ttyS0 root=/dev/vda rw loglevel=15 nokaslr ip=10.0.0.2::10.0.0.1:255.255.255.0:urunc:eth0:off",
        "panic=-1 root=/dev/ram0 rw URUNIT_DEFROUTE=1 PATH=/usr/bin:/bin HOSTNAME=pod rdinit=/kernel -- ",
        "root=fs0 rw rootfstype=9p rootflags=trans=virtio,version=9p2000.L,msize=5000000,cache=mmap,posixacl init=/k -- ",
    ] {
        assert_eq!(stranger(line.as_bytes()), None, "{line}");
    }
    for key in
        ["", "port", "r", "rootx", "consol", "8250", "i8042", "xi8042.a", "virtio_mmio.devic", "panic.x", "ro|rw"]
    {
        assert!(!is_foreign(key), "{key}");
    }
}

#[test]
fn finds_a_stranger() {
    for line in ["", "  ", "console=ttyS0 ro", r#"root="a \" b" pci=off"#, "8250.nr_uarts=0\treboot=k panic=1"] {
        assert_eq!(stranger(line.as_bytes()), None, "{line}");
    }
    for (line, key) in [
        ("port=80", "port"),
        ("ro port", "port"),
        (r#"root="a b" c"#, "c"),
        (r#"root="a \" b" d=1"#, "d"),
        ("=x", ""),
        ("console= x=1", "x"),
    ] {
        assert_eq!(stranger(line.as_bytes()), Some(key.as_bytes()), "{line}");
    }
}

#[test]
fn writes_quotes_where_they_are_needed() {
    for (value, wanted) in [
        ("8080", "k=8080"),
        ("", r#"k="""#),
        ("a b", r#"k="a b""#),
        (r"C:\dir", r"k=C:\dir"),
        (r"C:\my dir\", r#"k="C:\\my dir\\""#),
        (r#"say "hi""#, r#"k="say \"hi\"""#),
        ("größer", "k=größer"),
    ] {
        let mut line = String::new();
        write_word(&mut line, "k", value).unwrap();
        assert_eq!(line, wanted);
        reads(&line, &[("k", value)]);
    }
}

#[test]
fn random_values_reach_an_application_unchanged() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..cases() {
        let values: Vec<_> = (0..random.usize(1..4)).map(|_| random::text(&mut random)).collect();
        let mut line = String::new();
        for (index, value) in values.iter().enumerate() {
            write_word(&mut line, &format!("key{index}"), value).unwrap();
            line.push([' ', '\t', '\n'][random.usize(..3)]);
        }
        let found = pairs(&line);
        let wanted: Vec<_> =
            values.iter().enumerate().map(|(index, value)| (format!("key{index}"), value.clone())).collect();
        assert_eq!(found, wanted, "{line:?}");
    }
}

#[test]
fn random_lines_never_panic_and_all_readers_agree() {
    let mut random = fastrand::Rng::with_seed(8);
    let mut accepted = 0;
    for _ in 0..cases() {
        let line = random::bytes(&mut random);
        let raw: Result<Vec<_>, _> = raw_words(&line).collect();
        let mut copy = line.clone();
        let unescaped: Result<Vec<_>, _> = words_mut(&mut copy).collect();
        match (&raw, &unescaped) {
            (Ok(raw), Ok(unescaped)) => {
                accepted += 1;
                assert_eq!(raw.len(), unescaped.len());
                for (raw, unescaped) in raw.iter().zip(unescaped) {
                    assert_eq!((raw.key, raw.at), (unescaped.key, unescaped.at));
                    let mut value = raw.value.unwrap_or_default().to_vec();
                    if raw.quoted {
                        let length = unescape_in_place(&mut value);
                        value.truncate(length);
                    }
                    assert_eq!(raw.value.map(|_| value.as_slice()), unescaped.value.as_deref());
                }
                match raw.iter().find(|word| !is_foreign(word.key)) {
                    // A word in quotes as a whole is not split.
                    Some(word) if word.key.is_empty() => {
                        assert!(stranger(&line).is_some_and(|key| line[word.at..].starts_with(key)), "{line:?}");
                    }
                    first => assert_eq!(stranger(&line), first.map(|word| word.key), "{line:?}"),
                }
            }
            (Err(raw), Err(unescaped)) => assert_eq!(raw, unescaped),
            _ => panic!("{line:?} is read as {raw:?} and as {unescaped:?}"),
        }
        let _ = stranger(&line);
        if let Ok(text) = core::str::from_utf8(&line) {
            assert_eq!(words(text).find_map(Result::err), raw.err(), "{text:?}");
        }
    }
    assert!(accepted > cases() / 10, "only {accepted} lines were without a fault");
}

#[test]
fn unescapes_in_place() {
    let mut value = br#"\\a\"b\"#.to_vec();
    let length = unescape_in_place(&mut value);
    assert_eq!(&value[..length], br#"\a"b\"#);
    assert_eq!(unescape_in_place(&mut []), 0);
}
