//! `[image]`: the settings of the image.

use super::{
    document::{Entry, Value},
    report::Fault,
    section::table_of,
    unknown::unknown,
};
use crate::iso::Firmware;

/// How the image is to be made, as far as the manifest says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// `firmware`: what it boots from.
    pub firmware: Option<Firmware>,
}

const HELP: &str = "write `firmware = [\"bios\"]` or `firmware = [\"bios\", \"uefi\"]`";

/// Reads the section.
pub(super) fn read(section: &Entry, faults: &mut Vec<Fault>) -> Image {
    let mut image = Image::default();
    for entry in table_of(section, "image", faults) {
        if entry.key == "firmware" {
            match firmware(entry) {
                Ok(firmware) => image.firmware = Some(firmware),
                Err(fault) => faults.push(fault.help(HELP)),
            }
        } else {
            let fault = Fault::new(format!("unknown key `{}` in `[image]`", entry.key));
            faults.push(unknown(fault, entry, &["firmware"]));
        }
    }
    image
}

fn firmware(entry: &Entry) -> Result<Firmware, Fault> {
    let Value::Array(items) = &entry.value else {
        let title = format!("`firmware` of the image is {}, not an array", entry.value.type_name());
        return Err(Fault::new(title).at(entry.span.clone(), "expected an array of strings"));
    };
    let mut words = Vec::new();
    for (item, span) in items {
        let Value::Text(word) = item else {
            let title = format!("`firmware` of the image contains {}, not a string", item.type_name());
            return Err(Fault::new(title).at(span.clone(), "expected `\"bios\"` or `\"uefi\"`"));
        };
        words.push(word.as_str());
    }
    Firmware::from_words(words)
        .map_err(|why| Fault::new(format!("`firmware` of the image: {why}")).at(entry.span.clone(), "invalid list"))
}
