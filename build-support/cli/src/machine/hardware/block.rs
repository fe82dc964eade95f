//! Disks: one for each declared `block`, and for each volume of a `kv`.

use std::path::PathBuf;

use unikernel_vocabulary::{Hardware as Needs, value};

use super::{Hardware, Request};
use crate::machine::Error;

/// A disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The name of the declared device.
    pub name: String,
    /// The serial by which the guest may choose it: the one that it is told, else its name. None for a name that is too long.
    pub serial: Option<String>,
    /// Whether the kernel boots with this disk alone: its serial is declared or given.
    pub is_chosen: bool,
    /// The path of its file.
    pub path: PathBuf,
    /// Whether the guest must not write to it.
    pub read_only: bool,
    /// The source of its contents.
    pub origin: Origin,
}

/// The source of a disk's contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An existing file.
    There,
    /// Created with zeros if it is missing. An existing file is kept.
    Kept {
        /// The size of a new file.
        size_bytes: u64,
    },
    /// A FAT volume with the files of a folder, created anew for each run.
    Files {
        /// The folder.
        folder: PathBuf,
        /// The size of the volume; by default, it is computed from the files.
        size_bytes: Option<u64>,
    },
}

/// The default size of a disk. The file is sparse.
const USUAL_SIZE_BYTES: u64 = 64 << 20;

/// Adds a disk for each declared block device, in order.
pub(super) fn plan(hardware: &mut Hardware, request: &Request<'_>) -> Result<(), Error> {
    let Request { declaration, values, settings, place } = *request;
    for device in declaration.devices_on(Needs::Disk) {
        let name = device.name;
        let is_read_only = device.fixed.into_iter().any(|option| option == ("read_only", "true"));
        let settings = settings.disk(name).cloned().unwrap_or_default();
        let own_path = place.folder.join(format!("{}-{name}.img", place.name));
        let (path, origin) = match (settings.path, settings.files, settings.size_bytes) {
            (Some(path), _, None) => (path, Origin::There),
            (Some(path), _, Some(size_bytes)) => (path, Origin::Kept { size_bytes }),
            (None, Some(folder), size_bytes) => (own_path, Origin::Files { folder, size_bytes }),
            // A read-only disk without contents is useless.
            (None, None, _) if is_read_only => {
                // Who declares it for itself names it.
                let uses = |option| option == ("block", name);
                let volume = declaration.devices().find(|device| device.fixed.into_iter().any(uses));
                return Err(Error::NothingOnDisk {
                    disk: name.into(),
                    volume: volume.map(|user| user.name.into()),
                    application: declaration.application().into(),
                });
            }
            (None, None, size_bytes) => (own_path, Origin::Kept { size_bytes: size_bytes.unwrap_or(USUAL_SIZE_BYTES) }),
        };
        let chosen = values.get(&format!("{name}.serial"));
        let serial = chosen.or(Some(name).filter(|name| value::is_serial(name))).map(Into::into);
        let (name, is_chosen) = (name.into(), chosen.is_some());
        hardware.disks.push(Disk { name, serial, is_chosen, path, read_only: is_read_only, origin });
    }
    Ok(())
}
