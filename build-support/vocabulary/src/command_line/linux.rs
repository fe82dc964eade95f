//! A boot command line that is written for Linux, as urunc writes one for its guests.
//!
//! ```text
//! panic=-1 console=ttyS0 ip=10.0.0.2::10.0.0.1:255.255.255.0:urunc:eth0:off HOME=/ init=/boot/kernel -- port=81 'name=J. Doe'
//! ```
//!
//! Before `--` stands what is meant for Linux, and an environment that nobody has quoted: [`kernel_words`] end at spaces. Behind it
//! stand the words for `init`: [`init_words`] have this module's grammar, and single quotes around a whole word. The line is one of
//! these where it has `init=` (or `rdinit=`), and a `--` behind that: see [`init_at`]. `ip=` is an [`InterfaceWord`].
//!
//! Linux, Documentation/admin-guide/kernel-parameters.rst and Documentation/admin-guide/nfs/nfsroot.rst; urunc,
//! pkg/unikontainers/unikernels/linux.go.

use core::ops::Range;

use super::{Fault, WordMut, WordsMut};
use crate::value::address_v4;

/// Where the words for `init` begin: behind the `--` that follows `init=`. `None` if the line is no Linux' line.
#[must_use]
pub fn init_at(line: &[u8]) -> Option<usize> {
    let (mut at, mut has_init) = (0, false);
    for word in line.split_inclusive(|byte| *byte <= b' ') {
        at += word.len();
        has_init |= word.starts_with(b"init=") || word.starts_with(b"rdinit=");
        if has_init && matches!(word, b"--" | [b'-', b'-', 0..=b' ']) {
            return Some(at);
        }
    }
    None
}

/// Splits the part before `--` into words, as they stand there.
#[must_use]
pub const fn kernel_words(line: &mut [u8]) -> KernelWords<'_> {
    KernelWords { rest: line, at: 0 }
}

/// Iterator over the words of a line before `--`.
#[derive(Debug)]
pub struct KernelWords<'a> {
    rest: &'a mut [u8],
    at: usize,
}

impl<'a> Iterator for KernelWords<'a> {
    type Item = WordMut<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = core::mem::take(&mut self.rest);
        let start = line.iter().position(|byte| *byte > b' ')?;
        let (_, line) = line.split_at_mut_checked(start)?;
        let length = line.iter().position(|byte| *byte <= b' ').unwrap_or(line.len());
        let (word, rest) = line.split_at_mut_checked(length)?;
        let at = self.at + start;
        (self.rest, self.at) = (rest, at + length);
        Some(split(word, at))
    }
}

/// Splits the part behind `--` into words, and unescapes the values where they stand.
#[must_use]
pub const fn init_words(line: &mut [u8], at: usize) -> InitWords<'_> {
    InitWords(WordsMut { rest: line, at })
}

/// Iterator over the words of a line behind `--`.
#[derive(Debug)]
pub struct InitWords<'a>(WordsMut<'a>);

impl<'a> Iterator for InitWords<'a> {
    type Item = Result<WordMut<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.0.rest.iter().position(|byte| *byte > b' ')?;
        let Some(length) = self.0.rest.get(start..).and_then(quoted_bytes) else { return self.0.next() };
        let (_, line) = core::mem::take(&mut self.0.rest).split_at_mut_checked(start + 1)?;
        let (word, rest) = line.split_at_mut_checked(length)?;
        let at = self.0.at + start + 1;
        self.0 = WordsMut { rest: rest.get_mut(1..)?, at: at + length + 1 };
        // As in double quotes, a word without `=` has no key: it is one of the rest.
        Some(Ok(if word.contains(&b'=') { split(word, at) } else { WordMut { key: &[], value: Some(word), at } }))
    }
}

/// The length of what stands in single quotes, where a line begins with such a word. A quote ends it at the end of a word alone:
/// urunc wraps words with an apostrophe as it does all others.
fn quoted_bytes(line: &[u8]) -> Option<usize> {
    let inside = line.strip_prefix(b"'")?;
    let is_end = |at: usize| inside.get(at) == Some(&b'\'') && inside.get(at + 1).is_none_or(|after| *after <= b' ');
    (0..inside.len()).find(|at| is_end(*at))
}

fn split(word: &mut [u8], at: usize) -> WordMut<'_> {
    let key_bytes = word.iter().position(|byte| *byte == b'=').unwrap_or(word.len());
    let (key, value) = word.split_at_mut_checked(key_bytes).unwrap_or_default();
    WordMut { key, value: value.get_mut(1..), at }
}

/// What `ip=` says of an interface, in the grammar of the options of `net`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct InterfaceWord<'a> {
    /// Which interface it is: 1 for `eth1`, and 0 where none is named.
    pub number: usize,
    /// Whether DHCP is to be used.
    pub dhcp: bool,
    /// Its address with a prefix.
    pub ip: Option<&'a str>,
    /// Its default gateway.
    pub gateway: Option<&'a str>,
    /// The first name server.
    pub dns: Option<&'a str>,
}

/// What is wrong with `ip=`, and the text at fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InterfaceFault<'a> {
    /// The text.
    pub text: &'a [u8],
    /// What is wrong with it, as what stands behind it.
    pub why: &'static str,
}

/// The fields of `ip=`, by their places.
const CLIENT: usize = 0;
const GATEWAY: usize = 2;
const NETMASK: usize = 3;
const DEVICE: usize = 5;
const AUTOCONF: usize = 6;
const DNS: usize = 7;

impl<'a> InterfaceWord<'a> {
    /// Reads `CLIENT:SERVER:GATEWAY:NETMASK:HOST:DEVICE:AUTOCONF:DNS...`, or AUTOCONF alone, and turns the netmask into a prefix,
    /// where it stands. Server, host and what follows the first name server are of no concern here.
    ///
    /// # Errors
    /// The first field that is not what it should be.
    pub fn read(value: &'a mut [u8]) -> Result<Self, InterfaceFault<'a>> {
        const FIELDS: usize = DNS + 1;
        let mut fields: [Range<usize>; FIELDS] = Default::default();
        let mut start = 0;
        for (place, field) in fields.iter_mut().zip(value.split(|byte| *byte == b':')) {
            *place = start..start + field.len();
            start = place.end + 1;
        }
        let mut word = Self::default();
        let is_method_alone = !value.contains(&b':') && value.first().is_some_and(u8::is_ascii_lowercase);
        for field in [CLIENT, GATEWAY, DNS] {
            if !is_method_alone && !fields[field].is_empty() && v4(value, &fields[field]).is_none() {
                return Err(fault(value, fields[field].clone(), "` is not an IPv4 address"));
            }
        }
        let method = if is_method_alone { fields[CLIENT].clone() } else { fields[AUTOCONF].clone() };
        word.dhcp = match value.get(method.clone()) {
            Some(b"dhcp" | b"on" | b"any" | b"both") => true,
            None | Some(b"" | b"off" | b"none" | b"static") => false,
            _ => return Err(fault(value, method, "` is no way to an address that this kernel has")),
        };
        if is_method_alone {
            return Ok(word);
        }
        let digits = fields[DEVICE].clone().rev().take_while(|at| value.get(*at).is_some_and(u8::is_ascii_digit));
        let first = digits.last().unwrap_or(fields[DEVICE].end);
        let number = value.get(first..fields[DEVICE].end).unwrap_or_default();
        word.number = number
            .iter()
            .fold(0, |number: usize, digit| number.saturating_mul(10).saturating_add(usize::from(digit - b'0')));
        let has_ip = !fields[CLIENT].is_empty() && !word.dhcp;
        if has_ip {
            let mask = v4(value, &fields[NETMASK]).filter(|mask| mask.leading_ones() + mask.trailing_zeros() >= 32);
            let Some(mask) = mask.filter(|mask| *mask != 0) else {
                return Err(fault(value, fields[NETMASK].clone(), "` is not a netmask"));
            };
            write_prefix(value, &mut fields, mask.leading_ones() as u8);
        }
        // Addresses are ASCII.
        let value: &'a [u8] = value;
        let text =
            |field: &Range<usize>| str::from_utf8(value.get(field.clone())?).ok().filter(|text| !text.is_empty());
        word.ip = text(&fields[CLIENT]).filter(|_| has_ip);
        word.gateway = text(&fields[GATEWAY]).filter(|_| has_ip);
        word.dns = text(&fields[DNS]);
        Ok(word)
    }
}

/// Writes the prefix behind the address. The gateway makes room for it, in the place of the netmask, which has 7 bytes at least.
fn write_prefix(value: &mut [u8], fields: &mut [Range<usize>], prefix: u8) {
    const ROOM: usize = 3;
    let [client, _, gateway, ..] = fields else { return };
    let moved = gateway.start + ROOM..gateway.end + ROOM;
    if moved.end > value.len() {
        return;
    }
    value.copy_within(gateway.clone(), moved.start);
    *gateway = moved;
    let short = [b'/', b'0' + prefix % 10];
    let long = [b'/', b'0' + prefix / 10, b'0' + prefix % 10];
    for byte in if prefix < 10 { &short[..] } else { &long } {
        if let Some(place) = value.get_mut(client.end) {
            *place = *byte;
        }
        client.end += 1;
    }
}

fn v4(value: &[u8], field: &Range<usize>) -> Option<u32> {
    let text = str::from_utf8(value.get(field.clone())?).ok()?;
    address_v4(text).ok().map(core::net::Ipv4Addr::to_bits)
}

fn fault<'a>(value: &'a [u8], field: Range<usize>, why: &'static str) -> InterfaceFault<'a> {
    InterfaceFault { text: value.get(field).unwrap_or_default(), why }
}

#[cfg(test)]
mod tests;
