//! Names in directories: long ones in UTF-16, and short ones of 8 and 3 bytes.
//!
//! An entry has one name here: the long one where it has one, else the short one, with its case. Names are the same where they
//! differ in the case of ASCII letters alone, because a folder cannot hold two such.

use crate::kv::error::Error;
use crate::kv::key::Key;
use hadris_fat_raw::lfn::Assembler;
use hadris_fat_raw::{ShortEntry, name::utf16_chars, short_name};

/// The name of an entry.
pub(super) enum Name<'n> {
    Long(&'n [u16]),
    Short([u8; short_name::DISPLAY_MAX], usize),
}

impl<'n> Name<'n> {
    /// The name of the entry that ends the slots collected in `long`.
    pub(super) fn new(entry: &ShortEntry, long: &'n mut Assembler) -> Self {
        if let Some(units) = long.finish(entry.lfn_checksum()).filter(|units| !units.is_empty()) {
            return Name::Long(units);
        }
        let mut text = [0; short_name::DISPLAY_MAX];
        // Which code page the bytes above ASCII are of, nothing says; a file with such a name has a long one.
        let length = short_name::display(&entry.name(), entry.nt_case(), |_| char::REPLACEMENT_CHARACTER, &mut text);
        Name::Short(text, length)
    }

    /// Calls `act` with the pieces of the name in UTF-8, until it returns false; whether it never did.
    fn all(&self, mut act: impl FnMut(&[u8]) -> bool) -> bool {
        match self {
            Name::Long(units) => {
                utf16_chars(units.iter().copied()).all(|char| act(char.encode_utf8(&mut [0; 4]).as_bytes()))
            }
            Name::Short(text, length) => act(text.get(..*length).unwrap_or_default()),
        }
    }

    /// Whether this is the name `part`.
    pub(super) fn is(&self, part: &[u8]) -> bool {
        self.rest_after(part).is_some_and(<[u8]>::is_empty)
    }

    /// What is left of `part` behind the whole name.
    fn rest_after<'p>(&self, mut part: &'p [u8]) -> Option<&'p [u8]> {
        let fits = self.all(|piece| match part.split_at_checked(piece.len()) {
            Some((same, rest)) if same.eq_ignore_ascii_case(piece) => {
                part = rest;
                true
            }
            _ => false,
        });
        fits.then_some(part)
    }

    /// Adds the name to a key.
    pub(super) fn add_to(&self, key: &mut Key) -> Result<(), Error> {
        let mut added = Ok(());
        self.all(|piece| {
            added = added.and_then(|()| key.push(piece));
            added.is_ok()
        });
        added
    }

    /// Whether it can be a part of a key: on a sane volume, all can.
    pub(super) fn is_sane(&self) -> bool {
        let mut is_empty = true;
        let all = self.all(|piece| {
            is_empty &= piece.is_empty();
            !piece.contains(&b'/') && !piece.contains(&0)
        });
        all && !is_empty
    }
}
