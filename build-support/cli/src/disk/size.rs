//! The sizes that a disk can have.

use std::fmt;
use std::str::FromStr;

use unikernel_vocabulary::{Kind, value};

/// The size of a sector, of which a disk has a whole number.
const SECTOR: u64 = 512;

/// One cylinder of the largest geometry that a BIOS assumes (255 heads, 63 sectors) is a little less. SeaBIOS is content with
/// 16 heads, 504 KiB.
const LEAST: u64 = 8 << 20;

/// What the 32-bit sector numbers of a BIOS' partition table reach.
const MOST: u64 = 2 << 40;

/// The size of a disk: whole sectors, and enough for a BIOS to boot from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DiskSize(u64);

impl DiskSize {
    /// The size in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// The smallest size for `bytes` that is a multiple of `unit`, itself one of a sector.
    pub(super) const fn around(bytes: u64, unit: u64) -> Self {
        let bytes = if bytes < LEAST { LEAST } else { bytes };
        Self(bytes.next_multiple_of(unit))
    }
}

impl FromStr for DiskSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Kind::SIZE.check(text).map_err(|mismatch| mismatch.to_string())?;
        let bytes = value::size(text).map_err(|_| format!("`{text}` is no size: write one such as `64MiB`"))?;
        match bytes {
            0..LEAST => Err(format!(
                "`{text}` is less than {}: a BIOS boots from no disk that is smaller than one cylinder",
                Self(LEAST)
            )),
            LEAST..=MOST if bytes.is_multiple_of(SECTOR) => Ok(Self(bytes)),
            LEAST..=MOST => {
                let next = Self(bytes.next_multiple_of(SECTOR));
                Err(format!("`{text}` is no whole number of sectors of {SECTOR} bytes: the next one is `{next}`"))
            }
            _ => Err(format!("`{text}` is more than {}: a BIOS reaches no further", Self(MOST))),
        }
    }
}

impl fmt::Display for DiskSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
        match units.iter().find(|(_, shift)| self.0.is_multiple_of(1 << shift)) {
            Some((unit, shift)) => write!(f, "{}{unit}", self.0 >> shift),
            None => write!(f, "{}", self.0),
        }
    }
}

/// Why an image is not written to a disk of the given size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SizeError {
    /// The image is larger.
    #[error("the image has {image} bytes, more than a disk of {given}\nhelp: write `--disk {least}`")]
    Small {
        /// The size that was asked for.
        given: DiskSize,
        /// The size of the image in bytes.
        image: u64,
        /// The smallest that is enough.
        least: DiskSize,
    },
    /// Google Compute Engine wants whole GiB.
    #[error("Google Compute Engine imports disks of whole GiB, and {given} is none\nhelp: write `--disk {next}`")]
    NotWholeGib {
        /// The size that was asked for.
        given: DiskSize,
        /// The next one.
        next: DiskSize,
    },
}
