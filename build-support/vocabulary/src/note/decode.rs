//! Reads a declaration back from the descriptor of the note.
//!
//! The bytes come from a file, so nothing about them is believed: [`Decoded::new`] walks over all of them once and
//! checks every length, text and name; what it hands out afterwards cannot fail.

use core::fmt;

use super::{ASYNC, FORMAT, HAS_DEFAULT, HAS_REST, OPTIONAL};
use crate::{
    declaration::{Argument, VALUES, is_name},
    devices::{self, Hardware},
    kind::{Kind, Shape},
    value::{Family, is_range},
};

/// A declaration that was read from an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decoded<'a> {
    application: &'a str,
    version: &'a str,
    is_async: bool,
    devices: Devices<'a>,
    arguments: Arguments<'a>,
    rest: Option<&'a str>,
}

/// Why a note is not a declaration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// It has another format than [`FORMAT`].
    Format(u32),
    /// It ends in the middle of something.
    Truncated,
    /// Something that is not there to be at this byte: a text that is not UTF-8, a name that is none, an unknown shape.
    Malformed {
        /// The offset in the descriptor behind what is wrong.
        at: usize,
    },
    /// It goes on behind its end.
    Trailing,
}

impl core::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(format) if *format > FORMAT => write!(
                f,
                "the declaration has format {format}, this tool knows format {FORMAT}: update the tool to the version \
                 of the runtime"
            ),
            Self::Format(format) => write!(
                f,
                "the declaration has format {format}, this tool needs format {FORMAT}: build the application again \
                 with the current runtime"
            ),
            Self::Truncated => f.write_str("the declaration is truncated"),
            Self::Malformed { at } => write!(f, "the declaration is malformed before its byte {at}"),
            Self::Trailing => f.write_str("the declaration is followed by unknown bytes"),
        }
    }
}

impl<'a> Decoded<'a> {
    /// Decodes the note's type and descriptor.
    ///
    /// # Errors
    /// When the format is another one, or the descriptor is not what [`Declaration::encode`] writes.
    ///
    /// [`Declaration::encode`]: crate::Declaration::encode
    pub fn new(format: u32, descriptor: &'a [u8]) -> Result<Self, Error> {
        if format != FORMAT {
            return Err(Error::Format(format));
        }
        let mut reader = Reader { rest: descriptor, length: descriptor.len() };
        let application = reader.text()?;
        reader.expect(is_file_name(application))?;
        let version = reader.text()?;
        let flags = reader.byte()?;
        reader.expect(flags <= ASYNC | HAS_REST)?;
        let devices = reader.list(Reader::device)?;
        let arguments = reader.list(Reader::argument)?;
        let rest = if flags & HAS_REST == 0 { None } else { Some(reader.name()?) };
        if reader.rest.len() > 3 || reader.rest.iter().any(|byte| *byte != 0) {
            return Err(Error::Trailing);
        }
        let (is_async, devices, arguments) = (flags & ASYNC != 0, Devices(devices), Arguments(arguments));
        Ok(Self { application, version, is_async, devices, arguments, rest })
    }

    /// The name of the application.
    #[must_use]
    pub const fn application(&self) -> &'a str {
        self.application
    }

    /// The version of the application's package.
    #[must_use]
    pub const fn version(&self) -> &'a str {
        self.version
    }

    /// Whether `main` is an `async fn`.
    #[must_use]
    pub const fn is_async(&self) -> bool {
        self.is_async
    }

    /// The declared devices.
    #[must_use]
    pub const fn devices(&self) -> Devices<'a> {
        self.devices
    }

    /// The declared devices that need `hardware` of their machine.
    pub fn devices_on(&self, hardware: Hardware) -> impl Iterator<Item = Device<'a>> + use<'a> {
        self.devices.filter(move |device| device.needs(hardware))
    }

    /// Whether `values(...)` names this source.
    #[must_use]
    pub fn has_values_of(&self, source: &str) -> bool {
        let mut sources = self.devices.filter(|device| device.kind == VALUES).flat_map(|device| device.fixed);
        sources.any(|(name, value)| name == source && value == "true")
    }

    /// The boot arguments.
    #[must_use]
    pub const fn arguments(&self) -> Arguments<'a> {
        self.arguments
    }

    /// The name of what takes all other words of the command line, where there is one.
    #[must_use]
    pub const fn rest(&self) -> Option<&'a str> {
        self.rest
    }
}

/// A declared device, read from an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Device<'a> {
    /// What it is: `net`.
    pub kind: &'a str,
    /// What the application calls it.
    pub name: &'a str,
    /// The options that are fixed at compile time, with their values as text.
    pub fixed: Fixed<'a>,
}

impl Device<'_> {
    /// Whether it needs `hardware` of its machine. What is not known needs nothing.
    #[must_use]
    pub fn needs(&self, hardware: Hardware) -> bool {
        devices::device(self.kind).is_some_and(|spec| spec.needs(hardware, self.fixed))
    }
}

/// Items that were checked already: how many are left, and their bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct List<'a> {
    count: u16,
    bytes: &'a [u8],
}

impl<'a> List<'a> {
    fn next<T>(&mut self, read: fn(&mut Reader<'a>) -> Result<T, Error>) -> Option<T> {
        self.count = self.count.checked_sub(1)?;
        let mut reader = Reader { rest: self.bytes, length: self.bytes.len() };
        let item = read(&mut reader).ok();
        self.bytes = reader.rest;
        item
    }
}

macro_rules! iterator {
    ($(#[$doc:meta])* $name:ident => $item:ty, $read:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct $name<'a>(List<'a>);

        impl<'a> Iterator for $name<'a> {
            type Item = $item;

            fn next(&mut self) -> Option<Self::Item> {
                self.0.next($read)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.0.count.into(), Some(self.0.count.into()))
            }
        }

        impl ExactSizeIterator for $name<'_> {}
    };
}

iterator!(
    /// Iterator over declared devices.
    Devices => Device<'a>, Reader::device
);
iterator!(
    /// Iterator over boot arguments.
    Arguments => Argument<'a>, Reader::argument
);
iterator!(
    /// Iterator over a device's options that are fixed at compile time, and their values.
    Fixed => (&'a str, &'a str), Reader::option
);

/// What has not been read yet of `length` bytes.
struct Reader<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(*array)
    }

    fn byte(&mut self) -> Result<u8, Error> {
        self.array().map(|[byte]| byte)
    }

    fn count(&mut self) -> Result<u16, Error> {
        self.array().map(u16::from_le_bytes)
    }

    fn expect(&self, right: bool) -> Result<(), Error> {
        if right { Ok(()) } else { Err(Error::Malformed { at: self.length - self.rest.len() }) }
    }

    fn text(&mut self) -> Result<&'a str, Error> {
        let length = self.count()?.into();
        let (text, rest) = self.rest.split_at_checked(length).ok_or(Error::Truncated)?;
        self.rest = rest;
        core::str::from_utf8(text).map_err(|_| Error::Malformed { at: self.length - rest.len() })
    }

    fn list<T>(&mut self, read: fn(&mut Self) -> Result<T, Error>) -> Result<List<'a>, Error> {
        let count = self.count()?;
        let bytes = self.rest;
        for _ in 0..count {
            read(self)?;
        }
        Ok(List { count, bytes })
    }

    fn name(&mut self) -> Result<&'a str, Error> {
        let name = self.text()?;
        self.expect(is_name(name))?;
        Ok(name)
    }

    fn option(&mut self) -> Result<(&'a str, &'a str), Error> {
        Ok((self.name()?, self.text()?))
    }

    fn device(&mut self) -> Result<Device<'a>, Error> {
        Ok(Device { kind: self.name()?, name: self.name()?, fixed: Fixed(self.list(Self::option)?) })
    }

    fn argument(&mut self) -> Result<Argument<'a>, Error> {
        let name = self.text()?;
        self.expect(is_key(name))?;
        let shape = self.byte()?;
        let flags = self.byte()?;
        self.expect(flags <= OPTIONAL | HAS_DEFAULT)?;
        let shape = match shape {
            0 => {
                let (min, max) = (i128::from_le_bytes(self.array()?), i128::from_le_bytes(self.array()?));
                self.expect(is_range(min, max))?;
                Shape::Integer { min, max }
            }
            1 => Shape::Bool,
            2 => Shape::Text { max_bytes: self.count()? },
            3 => Shape::Address(self.family()?),
            4 => Shape::AddressPrefix(self.family()?),
            5 => Shape::Duration,
            6 => Shape::Mac,
            7 => {
                let (min, max) = (u64::from_le_bytes(self.array()?), u64::from_le_bytes(self.array()?));
                self.expect(min <= max)?;
                Shape::Size { min, max }
            }
            8 => Shape::Words(self.text()?),
            _ => return Err(Error::Malformed { at: self.length - self.rest.len() }),
        };
        let default = if flags & HAS_DEFAULT == 0 { None } else { Some(self.text()?) };
        Ok(Argument { name, kind: Kind { shape, optional: flags & OPTIONAL != 0 }, default })
    }

    fn family(&mut self) -> Result<Family, Error> {
        match self.byte()? {
            0 => Ok(Family::V4),
            1 => Ok(Family::V6),
            2 => Ok(Family::Any),
            _ => Err(Error::Malformed { at: self.length - self.rest.len() }),
        }
    }
}

/// Whether this may be a key of the command line: a name, or a device's name and an option's with a `.` in between.
fn is_key(key: &str) -> bool {
    match key.split_once('.') {
        Some((device, option)) => is_name(device) && is_name(option),
        None => is_name(key),
    }
}

/// Whether this may be the name of a file in a folder: tools make such names of the application's.
fn is_file_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
