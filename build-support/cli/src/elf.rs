//! Reads a kernel's ELF, and refuses what would not boot.
//!
//! A [`Kernel`] is a checked file: static, complete, every segment where a PVH loader can put it and none of them both
//! writable and executable, with the two notes that make it ours: the PVH entry and the declaration. What the linker
//! made and what an ISO carries as `KERNEL.ELF` ([`Kernel::stripped`]) are both read by [`Kernel::parse`]; the latter has
//! neither symbols nor stubs.
//!
//! The format is that of the System V ABI; the PVH note is of
//! <https://xenbits.xen.org/docs/unstable/misc/pvh.html>, the declaration's of [`unikernel_vocabulary::note`].

pub(crate) mod debug_information;
mod error;
#[cfg(test)]
pub(crate) mod fixture;
mod parse;
mod strip;
#[cfg(test)]
mod tests;

use object::{Object as _, ObjectSymbol as _};
use std::{fmt, ops::Range, path::Path};

use unikernel_vocabulary::{Decoded, contract::fnv1a, note};

pub use self::error::Error;

/// A kernel whose ELF is checked.
#[derive(Clone, Debug)]
pub struct Kernel {
    bytes: Vec<u8>,
    segments: Vec<Segment>,
    start: u64,
    entry: u32,
    declaration: Range<usize>,
    bios_stub: Option<Range<usize>>,
    uefi_stub: Option<Range<usize>>,
}

/// A part of the file that is loaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// The physical and virtual address: at least 1 MiB, and below 4 GiB as is all of the segment.
    pub address: u64,
    /// Where its bytes lie in the file.
    pub bytes: Range<usize>,
    /// How many bytes it takes in memory: those of the file, then zeros.
    pub memory_size: u64,
    /// What the kernel may do there.
    pub access: Access,
}

impl Segment {
    /// The address behind the segment.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.address + self.memory_size
    }
}

/// What may be done with a segment's memory; displayed as `r-x`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access {
    /// Reading is allowed.
    pub read: bool,
    /// Writing is allowed; then running is not.
    pub write: bool,
    /// Running is allowed; then writing is not.
    pub execute: bool,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (allowed, letter) in [(self.read, "r"), (self.write, "w"), (self.execute, "x")] {
            f.write_str(if allowed { letter } else { "-" })?;
        }
        Ok(())
    }
}

impl Kernel {
    /// Reads the kernel in a file.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`Kernel::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::parse(bytes)
    }

    /// Checks an ELF.
    ///
    /// # Errors
    /// When it is not a kernel of ours, or one that would not boot; [`Error`] lists the reasons.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, Error> {
        parse::parse(bytes)
    }

    /// The whole file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is loaded, by ascending address; at least one segment.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The bytes of a segment of this kernel.
    #[must_use]
    pub fn contents(&self, segment: &Segment) -> &[u8] {
        &self.bytes[segment.bytes.clone()]
    }

    /// The PVH entry, which lies in an executable segment.
    #[must_use]
    pub const fn entry(&self) -> u32 {
        self.entry
    }

    /// The address behind all that the kernel needs at boot.
    #[must_use]
    pub fn image_end(&self) -> u64 {
        self.segments.last().map_or(0, Segment::end)
    }

    /// The bytes that are loaded from the file: the size of the loaded image.
    #[must_use]
    pub fn loaded_size(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes.len() as u64).sum()
    }

    /// A hash of code and constants, 32-bit FNV-1a, which the kernel's own reports of crashes name: it tells which build they are of.
    #[must_use]
    pub fn hash(&self) -> u32 {
        let fixed = self.segments.iter().filter(|segment| !segment.access.write);
        let bytes = fixed.flat_map(|segment| self.contents(segment));
        fnv1a::hash(bytes.copied())
    }

    /// The application's declaration.
    ///
    /// # Panics
    /// Never: `parse` has decoded these bytes before.
    #[must_use]
    pub fn declaration(&self) -> Decoded<'_> {
        Decoded::new(note::FORMAT, &self.bytes[self.declaration.clone()]).expect("was decoded when it was parsed")
    }

    /// The length of the encoded declaration.
    #[cfg(test)]
    pub(crate) fn declaration_bytes(&self) -> usize {
        self.declaration.len()
    }

    /// The BIOS stub that the runtime brought along: the first bytes of an image.
    ///
    /// # Errors
    /// [`Error::NoBiosStub`] where there is none, as in the kernel of an ISO.
    pub fn bios_stub(&self) -> Result<&[u8], Error> {
        let range = self.bios_stub.clone().ok_or(Error::NoBiosStub)?;
        Ok(&self.bytes[range])
    }

    /// The stub for UEFI that the runtime brought along: the code of the file that a firmware starts.
    ///
    /// # Errors
    /// [`Error::NoUefiStub`] where there is none, as in the kernel of an ISO.
    pub fn uefi_stub(&self) -> Result<&[u8], Error> {
        let range = self.uefi_stub.clone().ok_or(Error::NoUefiStub)?;
        Ok(&self.bytes[range])
    }

    /// The address of a function by its Rust path, such as `hello::main`, if the file has symbols and this one.
    #[must_use]
    pub fn function(&self, path: &str) -> Option<u64> {
        let file = object::File::parse(self.bytes.as_slice()).ok()?;
        let is_wanted = |symbol: &object::Symbol<'_, '_>| {
            symbol.name().is_ok_and(|name| format!("{:#}", rustc_demangle::demangle(name)) == path)
        };
        file.symbols().find(is_wanted).map(|symbol| symbol.address())
    }

    /// The smallest file that boots as this one does: headers, the two notes, and what is loaded.
    ///
    /// It has no sections, so neither symbols, nor debug information, nor the stubs. It parses again.
    #[must_use]
    pub fn stripped(&self) -> Vec<u8> {
        strip::stripped(self)
    }
}
