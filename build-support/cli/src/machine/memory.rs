//! The memory of a machine: as much as the image needs, or what is asked for.

use super::Error;
use super::hardware::USUAL_MEMORY_BYTES;

const MEBIBYTE: u64 = 1 << 20;

/// What firmware keeps for itself beside an image: SeaBIOS its tables, the chipset of `q35` almost one MiB.
const FIRMWARE_BYTES: u64 = MEBIBYTE;

/// The memory that OVMF and an image of usual size have plenty of.
const OVMF_MEMORY_BYTES: u64 = 128 * MEBIBYTE;

/// Less than this and OVMF does not get as far as an image.
const OVMF_LEAST_BYTES: u64 = 64 * MEBIBYTE;

/// What an image needs of the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Where the image ends in memory, with all that the kernel reserves.
    pub image_end: u64,
    /// Whether UEFI boots it.
    pub is_uefi: bool,
}

impl Needs {
    /// The size of a machine that nobody has sized.
    #[must_use]
    pub fn usual(self) -> u64 {
        let usual = if self.is_uefi { OVMF_MEMORY_BYTES } else { USUAL_MEMORY_BYTES };
        usual.max(self.enough())
    }

    /// A size in which it boots.
    fn enough(self) -> u64 {
        let firmware = if self.is_uefi { OVMF_LEAST_BYTES } else { FIRMWARE_BYTES };
        (self.image_end + firmware).next_multiple_of(MEBIBYTE)
    }

    /// The size of a machine for `application`: the given one, unless it cannot boot in that.
    ///
    /// # Errors
    /// [`Error::Memory`] if the image cannot lie in the given memory.
    pub fn size(self, application: &str, given: Option<u64>) -> Result<u64, Error> {
        let Some(given) = given else { return Ok(self.usual()) };
        let least = if self.is_uefi { self.image_end.max(OVMF_LEAST_BYTES) } else { self.image_end };
        if given < least {
            let application = application.into();
            return Err(Error::Memory { application, needed: text(self.enough()), given: text(given) });
        }
        Ok(given)
    }
}

/// A size as in a manifest.
fn text(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let unit = units.iter().find(|(_, shift)| bytes.is_multiple_of(1 << shift));
    unit.map_or_else(|| bytes.to_string(), |(name, shift)| format!("{}{name}", bytes >> shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(image_end: u64) -> Needs {
        Needs { image_end, is_uefi: false }
    }

    #[test]
    fn a_machine_is_as_large_as_usual_or_as_its_image_needs() {
        assert_eq!(needs(1_200_000).usual(), 16 << 20);
        assert_eq!(needs(15 << 20).usual(), 16 << 20);
        assert_eq!(needs((15 << 20) + 1).usual(), 17 << 20);
        assert_eq!(needs(101 << 20).usual(), 102 << 20);
        assert_eq!(Needs { is_uefi: true, ..needs(1_200_000) }.usual(), 128 << 20);
        assert_eq!(Needs { is_uefi: true, ..needs(101 << 20) }.usual(), 165 << 20);
    }

    #[test]
    fn a_given_size_counts_unless_the_image_cannot_lie_in_it() {
        assert_eq!(needs(1_150_000).size("hello", Some(1152 << 10)).unwrap(), 1152 << 10);
        let fault = needs(101 << 20).size("large", Some(16 << 20)).unwrap_err().to_string();
        let text = "`large` needs 102MiB of memory, and the machine is given 16MiB\nhelp: write `memory = \"102MiB\"` below \
                    `[machine]` in the manifest, or `--memory 102MiB`; without either, the machine has what the image needs";
        assert_eq!(fault, text);
        let uefi = Needs { is_uefi: true, ..needs(1_200_000) };
        assert!(uefi.size("hello", Some(32 << 20)).is_err());
        assert_eq!(uefi.size("hello", Some(64 << 20)).unwrap(), 64 << 20);
    }
}
