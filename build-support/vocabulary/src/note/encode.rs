//! Writes a declaration as the descriptor of the note, in a constant.

use super::{ASYNC, HAS_DEFAULT, HAS_REST, OPTIONAL};
use crate::{
    declaration::{Argument, Declaration, Device, is_name},
    kind::{Kind, Shape},
    value::{Family, is_range},
};

impl Declaration<'_> {
    /// The number of bytes that the encoded declaration takes, a multiple of 4.
    ///
    /// # Panics
    /// As [`Self::encode`].
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        self.write(&mut [])
    }

    /// Encodes the declaration, for `N` = [`Self::encoded_len`].
    ///
    /// # Panics
    /// When `N` is another number, a text or a list has more than 65,535 items, or a name is none: in a constant, as it
    /// is meant to be called, an error of the compiler.
    #[must_use]
    pub const fn encode<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        let length = self.write(&mut bytes);
        assert!(length == N, "encode into `encoded_len()` bytes");
        bytes
    }

    /// Writes as much as there is room for, and counts all of it.
    pub(super) const fn write(&self, bytes: &mut [u8]) -> usize {
        let mut writer = Writer { bytes, length: 0 };
        writer.text(self.application);
        writer.text(self.version);
        writer.byte(if self.is_async { ASYNC } else { 0 } | if self.rest.is_some() { HAS_REST } else { 0 });
        writer.count(self.devices.len());
        let mut devices = self.devices;
        while let [device, rest @ ..] = devices {
            writer.device(device);
            devices = rest;
        }
        writer.count(self.arguments.len());
        let mut arguments = self.arguments;
        while let [argument, rest @ ..] = arguments {
            writer.argument(argument);
            arguments = rest;
        }
        if let Some(name) = self.rest {
            assert!(is_name(name), "the rest of the words needs a name of letters and digits");
            writer.text(name);
        }
        while !writer.length.is_multiple_of(4) {
            writer.byte(0);
        }
        writer.length
    }
}

struct Writer<'a> {
    bytes: &'a mut [u8],
    length: usize,
}

impl Writer<'_> {
    const fn byte(&mut self, byte: u8) {
        if self.length < self.bytes.len() {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
    }

    const fn bytes(&mut self, mut bytes: &[u8]) {
        while let [byte, rest @ ..] = bytes {
            self.byte(*byte);
            bytes = rest;
        }
    }

    const fn count(&mut self, count: usize) {
        assert!(count <= u16::MAX as usize, "a declaration has at most 65535 of anything");
        self.bytes(&(count as u16).to_le_bytes());
    }

    const fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes(text.as_bytes());
    }

    const fn device(&mut self, device: &Device<'_>) {
        assert!(is_name(device.kind) && is_name(device.name), "a device needs a kind and a name of letters and digits");
        self.text(device.kind);
        self.text(device.name);
        self.count(device.fixed.len());
        let mut fixed = device.fixed;
        while let [(option, value), rest @ ..] = fixed {
            self.text(option);
            self.text(value);
            fixed = rest;
        }
    }

    const fn argument(&mut self, argument: &Argument<'_>) {
        self.text(argument.name);
        self.kind(&argument.kind, argument.default.is_some());
        if let Some(default) = argument.default {
            self.text(default);
        }
    }

    const fn kind(&mut self, kind: &Kind<'_>, has_default: bool) {
        self.byte(match kind.shape {
            Shape::Integer { .. } => 0,
            Shape::Bool => 1,
            Shape::Text { .. } => 2,
            Shape::Address(_) => 3,
            Shape::AddressPrefix(_) => 4,
            Shape::Duration => 5,
            Shape::Mac => 6,
            Shape::Size { .. } => 7,
            Shape::Words(_) => 8,
        });
        self.byte(if kind.optional { OPTIONAL } else { 0 } | if has_default { HAS_DEFAULT } else { 0 });
        match kind.shape {
            Shape::Integer { min, max } => {
                assert!(is_range(min, max), "an integer kind needs min <= max, each of at most 64 bits");
                self.bytes(&min.to_le_bytes());
                self.bytes(&max.to_le_bytes());
            }
            Shape::Text { max_bytes } => self.bytes(&max_bytes.to_le_bytes()),
            Shape::Address(family) | Shape::AddressPrefix(family) => self.byte(match family {
                Family::V4 => 0,
                Family::V6 => 1,
                Family::Any => 2,
            }),
            Shape::Words(words) => self.text(words),
            Shape::Size { min, max } => {
                assert!(min <= max, "a size kind needs min <= max");
                self.bytes(&min.to_le_bytes());
                self.bytes(&max.to_le_bytes());
            }
            Shape::Bool | Shape::Duration | Shape::Mac => {}
        }
    }
}
