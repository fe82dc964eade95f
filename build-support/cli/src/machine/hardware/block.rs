//! Disks: one for each declared `block`, and for each volume of a `kv`.

use std::path::PathBuf;

use unikernel_vocabulary::Hardware as Needs;

use super::{Hardware, Request};
use crate::machine::Error;

/// A disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The name of the device that takes it.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// Whether the guest must not write to it.
    pub read_only: bool,
    /// Where its contents come from.
    pub origin: Origin,
}

/// Where the contents of a disk come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is there already.
    There,
    /// It is made, of zero bytes, where it is missing. What exists is never touched.
    Kept {
        /// Its size then.
        size_bytes: u64,
    },
    /// A FAT volume of these files, made anew for each run.
    Files {
        /// The folder in which they are.
        folder: PathBuf,
        /// The size of the volume, where it is not to follow from the files.
        size_bytes: Option<u64>,
    },
}

/// The size of a disk that nobody gave one. Its file takes no more space than what is written to it.
const USUAL_SIZE_BYTES: u64 = 64 << 20;

/// A disk for each declared one, in their order.
pub(super) fn plan(hardware: &mut Hardware, request: &Request<'_>) -> Result<(), Error> {
    let Request { declaration, settings, place, .. } = *request;
    for device in declaration.devices_on(Needs::Disk) {
        let name = device.name;
        let is_read_only = device.fixed.into_iter().any(|option| option == ("read_only", "true"));
        let settings = settings.disk(name).cloned().unwrap_or_default();
        let own_path = place.folder.join(format!("{}-{name}.img", place.name));
        let (path, origin) = match (settings.path, settings.files, settings.size_bytes) {
            (Some(path), _, None) => (path, Origin::There),
            (Some(path), _, Some(size_bytes)) => (path, Origin::Kept { size_bytes }),
            (None, Some(folder), size_bytes) => (own_path, Origin::Files { folder, size_bytes }),
            // Nobody wants to read what nobody has written.
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
        hardware.disks.push(Disk { name: name.into(), path, read_only: is_read_only, origin });
    }
    Ok(())
}
