//! Checks `kv`: a folder to embed, or a volume on a block device; and reads the folder.

mod folder;
#[cfg(any(test, feature = "precompress"))]
mod precompress;

use std::env;
use std::path::{Path, PathBuf};

use unikernel_vocabulary::declaration::is_name;

use super::Declared;
use super::literal::token;
use crate::faults::Faults;
use crate::parse::Entry;
use crate::plan::{Backing, Device, DeviceOption, File};

const EMBEDDED: &str = "help: write `kv(dir = \"site\")`";
const VOLUME: &str = "help: write `kv(fat, block = \"data\")`";

/// Checks what the options say together; an option with an error of its own is left out.
pub(super) fn check(entry: &Entry, device: &mut Device, declared: &Declared, faults: &mut Faults) {
    let is_written = |name: &str| entry.settings.iter().any(|setting| setting.name == name);
    let is_broken = |name: &str| is_written(name) && device.option(name).is_none();
    if entry.torn || ["dir", "precompress", "fat", "block"].into_iter().any(is_broken) {
        return;
    }
    if let (None, Some(precompress)) = (device.option("dir"), device.option("precompress")) {
        let help = "help: write `kv(dir = \"site\", precompress = \"gzip\")`";
        let message = format!("`precompress` is for the files of a folder, and there is no `dir`\n{help}");
        return faults.at(token(precompress), message);
    }
    let scsi = entry.settings.iter().find(|setting| setting.name == "scsi");
    if let (Some(scsi), None) = (scsi, device.option("fat")) {
        let message = "`scsi` is about the disk of a volume, and this `kv` has none\n\
                       help: write `kv(fat, scsi, block = \"data\")`, or leave `scsi` out";
        faults.at(&scsi.name, message);
    }
    let fat = device.option("fat").filter(|option| option.text == "true");
    match (device.option("dir"), fat, device.option("block")) {
        (Some(dir), None, None) => {
            device.files = files(dir, faults);
            #[cfg(any(test, feature = "precompress"))]
            precompress::encode(device, faults);
        }
        (None, Some(_), Some(block)) => {
            check_block(block, device, declared, faults);
            let fixed: &[_] = match device.text("scsi") {
                Some("true") => &[("read_only", "true"), ("scsi", "true")],
                _ => &[("read_only", "true")],
            };
            device.backing = Some(Backing { kind: "block", name: block.text.clone(), fixed });
        }
        (None, None, None) => {
            let message =
                format!("`kv` needs a folder to embed, or a volume\n{EMBEDDED} or `kv(fat, block = \"data\")`");
            faults.at(&entry.name, message);
        }
        (None, Some(fat), None) => {
            let message = format!("`fat` needs the name of the block device that holds the volume\n{VOLUME}");
            faults.at(syn::Ident::new("fat", fat.span), message);
        }
        (Some(_), _, _) => {
            let [first, second] = conflict(entry);
            let message =
                format!("a `kv` is a folder or a volume, not both\n{EMBEDDED} or `kv(fat, block = \"data\")`");
            faults.between(first, second, message);
        }
        (None, None, Some(block)) => {
            let message = format!("`block` names the device of a volume, and the kind of volume is missing\n{VOLUME}");
            faults.at(token(block), message);
        }
    }
}

/// `dir` and the first option that contradicts it, in the order of the annotation.
fn conflict(entry: &Entry) -> [&syn::Ident; 2] {
    let is_one = |name: &&syn::Ident| *name == "dir" || *name == "fat" || *name == "block";
    let mut names = entry.settings.iter().map(|setting| &setting.name).filter(is_one);
    let first = names.next().unwrap_or(&entry.name);
    let second = names.find(|name| (*name == "dir") != (first == "dir")).unwrap_or(first);
    [first, second]
}

/// The name of the block device: it is declared by this, and so by nothing else.
fn check_block(block: &DeviceOption, device: &Device, declared: &Declared, faults: &mut Faults) {
    let name = &block.text;
    if !is_name(name) {
        let message =
            format!("`{name}` cannot name a device: a name is a letter, then letters, digits, `_` and `-`\n{VOLUME}");
        return faults.at(token(block), message);
    }
    let is_taken = |other: &Device| other.name == *name || other.is_backed_by(name);
    if device.name == *name || declared.devices.iter().any(is_taken) {
        let message = format!(
            "`{name}` is declared already: `kv` declares the block device of its volume itself\n\
             help: give it a name of its own: `kv(fat, block = \"{name}_disk\")`"
        );
        faults.at(token(block), message);
    }
}

/// The files of the folder.
fn files(dir: &DeviceOption, faults: &mut Faults) -> Vec<File> {
    let Some(package) = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else {
        faults.at(token(dir), "the folder of the package is not known: CARGO_MANIFEST_DIR is not set");
        return Vec::new();
    };
    if dir.text.is_empty() || Path::new(&dir.text).is_absolute() {
        let message = format!("`dir` takes a folder relative to the package, not `{}`\n{EMBEDDED}", dir.text);
        faults.at(token(dir), message);
        return Vec::new();
    }
    folder::read(&package.join(&dir.text)).unwrap_or_else(|message| {
        faults.at(token(dir), format!("cannot embed `{}`: {message}", dir.text));
        Vec::new()
    })
}
