//! What is encoded is decoded again, and bytes that were not encoded are refused.

use std::{
    string::{String, ToString},
    vec::Vec,
};

use super::{Decoded, Error, FORMAT, Note, OWNER};
use crate::{
    declaration::{Argument, Declaration, Device},
    kind::{Kind, Shape},
    random::{self, cases},
    value::Family,
};

const DECLARATION: Declaration<'static> = Declaration {
    application: "static_web",
    version: "0.1.0",
    is_async: true,
    devices: &[
        Device { kind: "console", name: "console", fixed: &[] },
        Device { kind: "net", name: "lan", fixed: &[("rx_buffers", "64"), ("label", "größer")] },
        Device { kind: "values", name: "values", fixed: &[("linux", "true"), ("smbios", "false")] },
    ],
    arguments: &[
        Argument { name: "port", kind: Kind::integer(0, 65535), default: Some("80") },
        Argument { name: "name", kind: Kind::text(100), default: None },
        Argument { name: "low", kind: Kind::integer(i64::MIN as i128, -1), default: Some("-7") },
        Argument { name: "verbose", kind: Kind::BOOL.optional(), default: None },
        Argument { name: "lan.ip", kind: Kind::ADDRESS_PREFIX_V4, default: Some("10.0.0.2/24") },
        Argument { name: "lan.dns", kind: Kind::ADDRESS.optional(), default: Some("") },
        Argument { name: "wait", kind: Kind::DURATION, default: None },
        Argument { name: "mac", kind: Kind::MAC, default: None },
        Argument { name: "cache", kind: Kind::SIZE, default: None },
        Argument { name: "colour", kind: Kind::words("red|green|blue"), default: Some("red") },
    ],
    rest: None,
};
const ENCODED: [u8; DECLARATION.encoded_len()] = DECLARATION.encode();

#[test]
fn decodes_what_was_encoded() {
    let decoded = Decoded::new(FORMAT, &ENCODED).unwrap();
    assert_eq!(decoded.application(), "static_web");
    assert_eq!(decoded.version(), "0.1.0");
    assert!(decoded.is_async());
    let devices: Vec<_> = decoded.devices().map(|device| (device.kind, device.name, device.fixed.len())).collect();
    assert_eq!(devices, [("console", "console", 0), ("net", "lan", 2), ("values", "values", 2)]);
    let fixed: Vec<_> = decoded.devices().flat_map(|device| device.fixed).collect();
    assert_eq!(fixed[..2], [("rx_buffers", "64"), ("label", "größer")]);
    for (source, is_named) in [("linux", true), ("smbios", false), ("label", false)] {
        assert_eq!(decoded.has_values_of(source), is_named, "{source}");
        assert_eq!(DECLARATION.has_values_of(source), is_named, "{source}");
    }
    assert_eq!(decoded.arguments().len(), DECLARATION.arguments.len());
    assert_eq!(decoded.arguments().collect::<Vec<_>>(), DECLARATION.arguments);
    let required: Vec<_> = decoded.arguments().filter(Argument::is_required).map(|argument| argument.name).collect();
    assert_eq!(required, ["name", "wait", "mac", "cache"]);
}

/// The format is a contract with images that exist already: a change to these bytes needs a new [`FORMAT`].
#[test]
fn keeps_its_format() {
    const SMALL: Declaration<'static> = Declaration {
        application: "hello",
        version: "1",
        is_async: true,
        devices: &[Device { kind: "log", name: "log", fixed: &[("a", "b")] }],
        arguments: &[
            Argument { name: "p", kind: Kind::integer(0, 255).optional(), default: Some("8") },
            Argument { name: "t", kind: Kind::text(258), default: None },
        ],
        rest: Some("rest"),
    };
    let mut wanted = Vec::new();
    wanted.extend(b"\x05\0hello\x01\x001\x03");
    wanted.extend(b"\x01\0\x03\0log\x03\0log\x01\0\x01\0a\x01\0b");
    wanted.extend(b"\x02\0\x01\0p\0\x03");
    wanted.extend(0i128.to_le_bytes());
    wanted.extend(255i128.to_le_bytes());
    wanted.extend(b"\x01\x008");
    wanted.extend(b"\x01\0t\x02\0\x02\x01");
    wanted.extend(b"\x04\0rest");
    wanted.resize(wanted.len().next_multiple_of(4), 0);
    assert_eq!(SMALL.encode::<{ SMALL.encoded_len() }>().as_slice(), wanted);
}

#[test]
fn is_laid_out_as_an_elf_note() {
    static NOTE: Note<{ DECLARATION.encoded_len() }> = Note::new(&DECLARATION);
    assert_eq!(size_of_val(&NOTE), 12 + 12 + ENCODED.len());
    assert_eq!(ENCODED.len() % 4, 0);
    assert_eq!((NOTE.owner_bytes, NOTE.descriptor_bytes, NOTE.format), (10, ENCODED.len() as u32, 3));
    assert_eq!(NOTE.owner, *b"unikernel\0\0\0");
    assert_eq!(OWNER.len(), 10);
    assert_eq!(NOTE.descriptor, ENCODED);
}

#[test]
fn refuses_another_format() {
    let newer = Decoded::new(FORMAT + 1, &ENCODED).unwrap_err();
    assert_eq!(newer, Error::Format(4));
    assert_eq!(
        newer.to_string(),
        "the declaration has format 4, this tool knows format 3: update the tool to the version of the runtime"
    );
    assert_eq!(
        Decoded::new(0, &ENCODED).unwrap_err().to_string(),
        "the declaration has format 0, this tool needs format 3: build the application again with the current runtime"
    );
}

#[test]
fn refuses_every_truncation_and_what_follows() {
    let last = ENCODED.iter().rposition(|byte| *byte != 0).unwrap();
    for length in 0..=last {
        assert!(Decoded::new(FORMAT, &ENCODED[..length]).is_err(), "{length} bytes");
    }
    let mut longer = ENCODED.to_vec();
    longer.extend([0; 4]);
    assert_eq!(Decoded::new(FORMAT, &longer), Err(Error::Trailing));
}

#[test]
fn refuses_what_it_does_not_know() {
    let patched = |from: &[u8], to: &[u8]| {
        let at = ENCODED.windows(from.len()).position(|window| window == from).unwrap();
        let mut bytes = ENCODED.to_vec();
        bytes[at..at + to.len()].copy_from_slice(to);
        Decoded::new(FORMAT, &bytes).map(|_| ()).unwrap_err()
    };
    for (from, to) in [
        (b"\x0a\0static_web".as_slice(), b"\x0a\0../tic_web".as_slice()), // a path
        (b"\x0a\0static_web", b"\x0a\0.tatic_web"),
        (b"0.1.0\x01", b"0.1.0\x04"), // an unknown flag
        (b"\x03\0net", b"\x03\0n t"), // no name
        (b"\x06\0lan.ip", b"\x06\0lan.=p"),
        (b"\x06\0lan.ip", b"\x06\0lan..p"),
        (b"\x04\0port\0\x02", b"\x04\0port\x09\x02"), // an unknown shape
        (b"\x04\0port\0\x02", b"\x04\0port\0\x06"),   // an unknown flag
        (b"lan.ip\x04\x02\0", b"lan.ip\x04\x02\x03"), // an unknown family
        (b"\x04\0port\0\x02\0", b"\x04\0port\0\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x7f"), // min > max
        (b"\x02\080", b"\x02\0\xff0"),                // not UTF-8
    ] {
        assert!(matches!(patched(from, to), Error::Malformed { .. }), "{from:?} -> {to:?}");
    }
}

fn shape(random: &mut fastrand::Rng, words: &'static str) -> Shape<'static> {
    let family = [Family::V4, Family::V6, Family::Any][random.usize(..3)];
    match random.u8(0..9) {
        0 => {
            let (a, b) = (i128::from(random.u64(..)), -i128::from(random.u64(..)));
            Shape::Integer { min: a.min(b), max: a.max(b) }
        }
        1 => Shape::Bool,
        2 => Shape::Text { max_bytes: random.u16(..) },
        3 => Shape::Address(family),
        4 => Shape::AddressPrefix(family),
        5 => Shape::Duration,
        6 => Shape::Mac,
        7 => {
            let (a, b) = (random.u64(..), random.u64(..));
            Shape::Size { min: a.min(b), max: a.max(b) }
        }
        _ => Shape::Words(words),
    }
}

#[test]
fn random_declarations_round_trip() {
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..cases() {
        let texts: [String; 4] = core::array::from_fn(|_| random::text(&mut random));
        let names = ["a", "port", "net.ip", "rx-buffers", "_x", "Lan0.dns_1"];
        let fixed: Vec<_> = (0..random.usize(..3)).map(|at| ("size", texts[at].as_str())).collect();
        let devices: Vec<_> = (0..random.usize(..4))
            .map(|at| Device {
                kind: "net",
                name: ["lan", "w0", "x_y"][random.usize(..3)],
                fixed: &fixed[..fixed.len().min(at)],
            })
            .collect();
        let arguments: Vec<_> = (0..random.usize(..5))
            .map(|_| Argument {
                name: names[random.usize(..names.len())],
                kind: Kind { shape: shape(&mut random, "a|b|ü"), optional: random.bool() },
                default: random.bool().then(|| texts[random.usize(..4)].as_str()),
            })
            .collect();
        let (version, is_async) = (texts[3].as_str(), random.bool());
        let rest = random.bool().then_some("rest");
        let declaration =
            Declaration { application: "app", version, is_async, devices: &devices, arguments: &arguments, rest };
        // No declaration of these has more than 2 KiB; the length is not a constant here, as `encode` wants it.
        let mut bytes = [0; 4096];
        let length = declaration.write(&mut bytes);
        assert_eq!(length, declaration.encoded_len());
        let decoded = Decoded::new(FORMAT, &bytes[..length]).unwrap();
        assert_eq!((decoded.version(), decoded.is_async()), (version, is_async));
        assert!(decoded.arguments().eq(arguments.iter().copied()));
        assert_eq!(decoded.rest(), rest);
        assert_eq!(decoded.devices().len(), devices.len());
        for (found, wanted) in decoded.devices().zip(&devices) {
            assert_eq!((found.kind, found.name), (wanted.kind, wanted.name));
            assert!(found.fixed.eq(wanted.fixed.iter().copied()));
        }
    }
}

#[test]
fn random_bytes_never_panic_and_what_decodes_can_be_read() {
    let mut random = fastrand::Rng::with_seed(6);
    let mut accepted = 0;
    for case in 0..cases() {
        let mut bytes = if case % 4 == 0 { random::bytes(&mut random) } else { ENCODED.to_vec() };
        random::mutate(&mut random, &mut bytes);
        if let Ok(decoded) = Decoded::new(FORMAT, &bytes) {
            accepted += 1;
            assert_eq!(decoded.devices().count(), decoded.devices().len());
            assert!(decoded.devices().all(|device| device.fixed.count() == device.fixed.len()));
            assert_eq!(decoded.arguments().count(), decoded.arguments().len());
        }
    }
    assert!(accepted > cases() / 100, "only {accepted} cases were decoded");
}
