//! The kinds of firmware that an image boots from, and their names in manifests and options.

use std::fmt;

use unikernel_vocabulary::nearest;

/// The firmware that an image boots from; loaders such as QEMU's `-kernel` need none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum Firmware {
    /// A BIOS alone: the smallest image.
    #[default]
    Bios,
    /// BIOS and UEFI; the kernel is in an EFI system partition.
    BiosAndUefi,
}

impl Firmware {
    /// All words, for messages.
    pub const WORDS: [&str; 2] = ["bios", "uefi"];

    /// Reads a list of words: `bios`, with or without `uefi`.
    ///
    /// ```
    /// use unikernel_cli::iso::Firmware;
    ///
    /// assert_eq!(Firmware::from_words(["bios", "uefi"]), Ok(Firmware::BiosAndUefi));
    /// assert!(Firmware::from_words(["efi"]).unwrap_err().contains("`uefi`"));
    /// ```
    ///
    /// # Errors
    /// Returns what is wrong with the list, and how to fix it.
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let (mut bios, mut uefi) = (false, false);
        for word in words {
            let known = match word {
                "bios" => &mut bios,
                "uefi" => &mut uefi,
                _ => {
                    let near = nearest(word, Self::WORDS.into_iter())
                        .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                    return Err(format!("`{word}` is no firmware: known are `bios` and `uefi`{near}"));
                }
            };
            if std::mem::replace(known, true) {
                return Err(format!("`{word}` is there twice"));
            }
        }
        match (bios, uefi) {
            (true, false) => Ok(Self::Bios),
            (true, true) => Ok(Self::BiosAndUefi),
            (false, true) => Err("an image boots from a BIOS in any case: write `bios` and `uefi`".into()),
            (false, false) => Err("there is none: write `bios`, or `bios` and `uefi`".into()),
        }
    }

    /// The words of [`Firmware::from_words`].
    #[must_use]
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Bios => &["bios"],
            Self::BiosAndUefi => &["bios", "uefi"],
        }
    }

    /// Whether the image boots from UEFI.
    #[must_use]
    pub const fn has_uefi(self) -> bool {
        matches!(self, Self::BiosAndUefi)
    }
}

impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bios => "BIOS",
            Self::BiosAndUefi => "BIOS, UEFI",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Firmware;

    #[test]
    fn lists_of_words() {
        assert_eq!(Firmware::from_words(["bios"]), Ok(Firmware::Bios));
        assert_eq!(Firmware::from_words(["uefi", "bios"]), Ok(Firmware::BiosAndUefi));
        for (words, message) in [
            (&["uefi"][..], "an image boots from a BIOS in any case: write `bios` and `uefi`"),
            (&[], "there is none: write `bios`, or `bios` and `uefi`"),
            (&["bios", "uefi", "bios"], "`bios` is there twice"),
            (&["bios", "uef"], "`uef` is no firmware: known are `bios` and `uefi`; did you mean `uefi`?"),
            (&["coreboot"], "`coreboot` is no firmware: known are `bios` and `uefi`"),
        ] {
            assert_eq!(Firmware::from_words(words.iter().copied()), Err(message.into()));
        }
    }
}
