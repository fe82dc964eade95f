//! Random input for the tests of parsers: always the same, so that a failure can be repeated.

use std::{string::String, vec::Vec};

use fastrand::Rng;

/// How many cases each parser of outside bytes is tried with; `RANDOM_CASES` says otherwise.
pub(crate) fn cases() -> usize {
    std::env::var("RANDOM_CASES").map_or(100_000, |text| text.parse().expect("RANDOM_CASES is a number"))
}

/// Pieces of which inputs are made that come near to being right.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "0", "1", "9", "10", "24", "128", "255", "256", "65535", "ffff", "fd00", "18446744073709551616", "0x", "_", "-", "+",
    ".", ":", "::", "/", "|", "=", "\"", "\\", "\\\"", "\\\\", " ", "\t", "\n", "\0", "a", "Z", "red", "green", "true",
    "false", "ns", "us", "ms", "s", "m", "h", "KiB", "MiB", "port", "port=", "net.ip=", "console", "8250.", "root",
    "virtio_mmio.device=", "é", "€", "𝄞", "\u{202e}",
];

/// Makes a text of up to twelve pieces, here and there with any character in between.
pub(crate) fn text(random: &mut Rng) -> String {
    let mut text = String::new();
    for _ in 0..random.usize(0..=12) {
        match random.u8(0..8) {
            0 => text.push(random.char(..)),
            _ => text.push_str(PIECES[random.usize(..PIECES.len())]),
        }
    }
    text
}

/// Makes bytes that need not be UTF-8, mostly a text with some bytes changed.
pub(crate) fn bytes(random: &mut Rng) -> Vec<u8> {
    let mut bytes = text(random).into_bytes();
    mutate(random, &mut bytes);
    bytes
}

/// Changes, removes or adds up to three bytes.
pub(crate) fn mutate(random: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..random.usize(0..=3) {
        let at = random.usize(0..=bytes.len());
        match random.u8(0..4) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, random.u8(..)),
            _ if at == bytes.len() => {}
            2 => drop(bytes.remove(at)),
            _ => bytes[at] = random.u8(..),
        }
    }
}
