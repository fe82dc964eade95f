//! The ELF note in which an image carries its declaration.
//!
//! Section `.note.unikernel`, owner `unikernel`, type [`FORMAT`]; the descriptor is the encoded [`Declaration`]:
//!
//! ```text
//! text      u16 length, then that many bytes of UTF-8 (all numbers are little-endian)
//! list      u16 count, then that many items
//! note      text application, text version, u8 flags (1: async, 2: has a rest), list of device, list of argument,
//!           text name of the rest if any, zeros to a multiple of 4
//! device    text kind, text name, list of (text option, text value)
//! argument  text name, u8 shape, u8 flags (1: optional, 2: has a default), what the shape needs, text default if any
//! ```
//!
//! A change to any of this, a new shape included, is a new format.

mod decode;
mod encode;

pub use self::decode::{Arguments, Decoded, Device, Devices, Error, Fixed};
use crate::declaration::Declaration;

/// The version of the format: the type of the note.
pub const FORMAT: u32 = 3;

/// The owner of the note, as it stands in the ELF: with a NUL at its end.
pub const OWNER: &[u8; 10] = b"unikernel\0";

/// The section of the note.
pub const SECTION: &str = ".note.unikernel";

const ASYNC: u8 = 1;
const HAS_REST: u8 = 2;
const OPTIONAL: u8 = 1;
const HAS_DEFAULT: u8 = 2;

/// The whole note, to be placed in the section [`SECTION`] by a static of this type.
///
/// ```
/// use unikernel_vocabulary::{Declaration, note::Note};
/// const HELLO: Declaration<'_> =
///     Declaration { application: "hello", version: "0.1.0", is_async: false, devices: &[], arguments: &[], rest: None };
/// static NOTE: Note<{ HELLO.encoded_len() }> = Note::new(&HELLO);
/// ```
#[derive(Debug)]
#[repr(C, align(4))]
pub struct Note<const N: usize> {
    owner_bytes: u32,
    descriptor_bytes: u32,
    format: u32,
    owner: [u8; OWNER.len().next_multiple_of(4)],
    descriptor: [u8; N],
}

impl<const N: usize> Note<N> {
    /// Makes the note of a declaration, for `N` = [`Declaration::encoded_len`].
    ///
    /// # Panics
    /// As [`Declaration::encode`].
    #[must_use]
    pub const fn new(declaration: &Declaration<'_>) -> Self {
        let mut owner = [0; OWNER.len().next_multiple_of(4)];
        owner.split_at_mut(OWNER.len()).0.copy_from_slice(OWNER);
        let descriptor = declaration.encode::<N>();
        Self { owner_bytes: OWNER.len() as u32, descriptor_bytes: N as u32, format: FORMAT, owner, descriptor }
    }
}

#[cfg(test)]
mod tests;
