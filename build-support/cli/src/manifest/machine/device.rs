//! `[machine.net.NAME]` and `[machine.disk.NAME]`: the backend of a declared device.

use std::path::{Path, PathBuf};

use unikernel_vocabulary::{DEVICES, Decoded, Hardware, Kind, nearest, value::size};

use super::forward::{self, Forward, Taken};
use crate::manifest::{
    document::{Entry, Value},
    report::Fault,
    section::table_of,
    unknown::{expected, unknown},
    value::value_of,
};

/// Where an interface leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Net {
    /// `forward`: ports of the host that lead to ports of the guest.
    pub forward: Vec<Forward>,
    /// `tap`: the tap of the host that it is joined to, in place of a network of QEMU's own.
    pub tap: Option<String>,
}

/// What is on a disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// `path`: its file, from where this process runs.
    pub path: Option<PathBuf>,
    /// `size`: its size in bytes where it has to be made.
    pub size_bytes: Option<u64>,
    /// `files`: the folder whose files are on it, from where this process runs.
    pub files: Option<PathBuf>,
}

const NET_KEYS: [&str; 2] = ["forward", "tap"];
const DISK_KEYS: [&str; 3] = ["path", "size", "files"];

/// More bytes than a path has (`PATH_MAX`).
const PATH: Kind<'static> = Kind::text(4096);
/// Bytes of the name of an interface (`IFNAMSIZ`, without its end).
const INTERFACE: Kind<'static> = Kind::text(15);
/// What a disk consists of.
const SECTOR_BYTES: u64 = 512;
/// Up to what the file systems of hosts hold in one file.
const DISK_SIZE: Kind<'static> = Kind::size(SECTOR_BYTES, 8 << 40);

/// The table of `[machine]` that says what is behind the devices of a kind.
pub(super) fn table_of_kind(kind: &str) -> Option<&'static str> {
    match kind {
        "net" => Some("net"),
        "block" => Some("disk"),
        _ => None,
    }
}

/// The tables of a section, by the names of the declared devices that need such hardware; others are faults.
pub(super) fn named<'e>(
    section: &'e Entry,
    declaration: &Decoded<'_>,
    hardware: Hardware,
    faults: &mut Vec<Fault>,
) -> std::vec::IntoIter<(String, &'e Entry)> {
    let kind = DEVICES.iter().find(|spec| spec.hardware.contains(&hardware)).map_or("device", |spec| spec.kind);
    let declared: Vec<_> = declaration.devices_on(hardware).map(|device| device.name).collect();
    let mut known = Vec::new();
    for entry in table_of(section, &format!("machine.{}", section.key), faults) {
        if declared.contains(&entry.key.as_str()) {
            known.push((entry.key.clone(), entry));
            continue;
        }
        let fault = Fault::new(format!("`{}` declares no `{kind}` named `{}`", declaration.application(), entry.key));
        let near = nearest(&entry.key, declared.iter().copied());
        let label = near.map_or("no such device".into(), |near| format!("did you mean `{near}`?"));
        let fault = fault.at(entry.key_span.clone(), label);
        faults.push(match declared.as_slice() {
            [] => fault.help(format!("remove it, or declare `{kind}` in the annotation")),
            some => fault.help(expected(some)),
        });
    }
    known.into_iter()
}

/// Reads where an interface leads.
pub(super) fn net(section: &Entry, taken: &mut Taken, faults: &mut Vec<Fault>) -> Net {
    let of = format!("net `{}`", section.key);
    let mut net = Net::default();
    let entries = table_of(section, &format!("machine.net.{}", section.key), faults);
    for entry in entries {
        match entry.key.as_str() {
            "forward" => net.forward = forward::read(entry, &of, taken, faults),
            "tap" => {
                net.tap = text(entry, &INTERFACE, &of, faults);
                if let Some(tap) = &net.tap {
                    taken.take(format!("tap `{tap}`"), &entry.span, faults);
                }
            }
            key => {
                let fault = Fault::new(format!("unknown key `{key}` of {of}"));
                faults.push(unknown(fault, entry, &NET_KEYS));
            }
        }
    }
    if let (false, Some(_)) = (net.forward.is_empty(), &net.tap) {
        let span = entries.iter().find(|entry| entry.key == "forward").map_or(0..0, |entry| entry.key_span.clone());
        faults.push(
            Fault::new(format!("{of} has both `tap` and `forward`"))
                .at(span, "behind a tap the guest is reached at its own address")
                .help("remove one of `tap` and `forward`"),
        );
    }
    net
}

/// Reads what is on a disk of a manifest in `folder`.
pub(super) fn disk(section: &Entry, folder: &Path, taken: &mut Taken, faults: &mut Vec<Fault>) -> Disk {
    let of = format!("disk `{}`", section.key);
    let mut disk = Disk::default();
    for entry in table_of(section, &format!("machine.disk.{}", section.key), faults) {
        match entry.key.as_str() {
            "path" => {
                disk.path = text(entry, &PATH, &of, faults).map(|path| folder.join(path));
                if let Some(path) = &disk.path {
                    taken.take(format!("file `{}`", path.display()), &entry.span, faults);
                }
            }
            "files" => disk.files = text(entry, &PATH, &of, faults).map(|path| folder.join(path)),
            "size" => {
                disk.size_bytes = text(entry, &DISK_SIZE, &of, faults).and_then(|text| size(&text).ok());
                if disk.size_bytes.is_some_and(|bytes| !bytes.is_multiple_of(SECTOR_BYTES)) {
                    faults.push(
                        Fault::new(format!(
                            "`size` of {of} is not a multiple of the sector size, {SECTOR_BYTES} bytes"
                        ))
                        .at(entry.span.clone(), "not a whole number of sectors")
                        .help("write `size = \"64MiB\"`"),
                    );
                }
            }
            key => {
                let fault = Fault::new(format!("unknown key `{key}` of {of}"));
                faults.push(unknown(fault, entry, &DISK_KEYS));
            }
        }
    }
    if let (Some(_), Some(_), Value::Table(entries)) = (&disk.path, &disk.files, &section.value) {
        let span = entries.iter().find(|entry| entry.key == "files").map_or(0..0, |entry| entry.key_span.clone());
        faults.push(
            Fault::new(format!("{of} has both `path` and `files`"))
                .at(span, "a volume with these files is created for each run")
                .help("remove `path`, or put the files on that disk yourself"),
        );
    }
    disk
}

fn text(entry: &Entry, kind: &Kind<'_>, of: &str, faults: &mut Vec<Fault>) -> Option<String> {
    let text = value_of(entry, kind, &format!("`{}` of {of}", entry.key)).map_err(|fault| faults.push(fault)).ok()?;
    if text.is_empty() {
        faults.push(Fault::new(format!("`{}` of {of} is empty", entry.key)).at(entry.span.clone(), "nothing here"));
        return None;
    }
    Some(text)
}
