//! Creates the missing files of disks.

use std::io;

use super::Error;
use super::fat;
use super::hardware::{Disk, Origin};
use crate::whole_file::WholeFile;

/// A disk that was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// A new disk of zero bytes.
    Empty(u64),
    /// A FAT volume with this number of files.
    Volume(usize),
}

/// Creates the file of a disk if it is missing; returns what was created, if anything.
///
/// An existing file is never overwritten, except the generated volume of a folder's files.
///
/// # Errors
/// Returns an error if the file is missing and has no size, or cannot be created.
pub fn prepare(disk: &Disk) -> Result<Option<Made>, Error> {
    let failure = |source: io::Error| Error::Disk { disk: disk.name.clone(), path: disk.path.clone(), source };
    match &disk.origin {
        Origin::There if disk.path.exists() => Ok(None),
        Origin::There => Err(Error::DiskMissing { disk: disk.name.clone(), path: disk.path.clone() }),
        Origin::Kept { size_bytes } => {
            if disk.path.symlink_metadata().is_ok() {
                return Ok(None);
            }
            let mut file = WholeFile::create(&disk.path).map_err(failure)?;
            match file.file().set_len(*size_bytes).and_then(|()| file.finish_new()) {
                Ok(()) => Ok(Some(Made::Empty(*size_bytes))),
                // Another machine has made it meanwhile.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
                Err(error) => Err(failure(error)),
            }
        }
        Origin::Files { folder, size_bytes } => {
            // Replaced as a whole: a running machine keeps the old file open.
            let mut file = WholeFile::create(&disk.path).map_err(failure)?;
            let files = fat::write(folder, *size_bytes, file.file()).map_err(|fault| Error::Volume {
                disk: disk.name.clone(),
                folder: folder.clone(),
                fault,
            })?;
            file.finish().map_err(failure)?;
            Ok(Some(Made::Volume(files)))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn disk(path: &Path, origin: Origin) -> Disk {
        let serial = Some("data".into());
        Disk { name: "data".into(), serial, is_chosen: false, path: path.into(), read_only: false, origin }
    }

    #[test]
    fn a_disk_is_made_once_and_never_touched_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("new/data.img");
        let kept = |size_bytes| disk(&path, Origin::Kept { size_bytes });
        assert_eq!(prepare(&kept(1 << 30)).expect("made"), Some(Made::Empty(1 << 30)));
        assert_eq!(fs::metadata(&path).expect("is there").len(), 1 << 30);
        fs::write(&path, "precious").expect("writable");
        assert_eq!(prepare(&kept(512)).expect("is there"), None);
        assert_eq!(prepare(&disk(&path, Origin::There)).expect("is there"), None);
        assert_eq!(fs::read(&path).expect("is there"), b"precious");
    }

    #[test]
    fn a_disk_that_is_missing_is_told() {
        let missing = prepare(&disk(Path::new("no/such.img"), Origin::There)).expect_err("missing").to_string();
        assert!(missing.starts_with("the disk `data` is missing: there is no `no/such.img`\nhelp: "), "{missing}");
        let below_a_file = disk(Path::new("/dev/null/data.img"), Origin::Kept { size_bytes: 512 });
        let fault = prepare(&below_a_file).expect_err("no folder").to_string();
        assert!(fault.starts_with("cannot make the disk `data`, `/dev/null/data.img`: "), "{fault}");
    }
}
