//! The one layer of an image: its root file system.

use std::io::Write;

use flate2::{Compression, GzBuilder};

use super::archive::{Archive, Owner};
use super::{Contents, KERNEL_PATH, urunc};

/// The user as whom KubeVirt runs QEMU; a disk has to be theirs.
const QEMU: u32 = 107;

const ROOT_FOLDER: Owner = Owner { id: 0, mode: 0o755 };
const ROOT_FILE: Owner = Owner { id: 0, mode: 0o644 };
const DISK_FOLDER: Owner = Owner { id: QEMU, mode: 0o755 };
const DISK_FILE: Owner = Owner { id: QEMU, mode: 0o440 };

/// The layer, sorted by paths.
pub(super) fn archive(contents: &Contents<'_>, seconds: u32) -> Vec<u8> {
    let mut archive = Archive::new(seconds);
    archive.folder("boot", ROOT_FOLDER);
    archive.file(KERNEL_PATH.trim_start_matches('/'), ROOT_FILE, contents.kernel);
    archive.folder("disk", DISK_FOLDER);
    archive.file(&format!("disk/{}.iso", contents.name), DISK_FILE, contents.iso);
    archive.file("urunc.json", ROOT_FILE, &urunc::document(contents.monitor));
    archive.finish()
}

/// The same, compressed, without a name or a date of its own.
pub(super) fn compressed(archive: &[u8]) -> Vec<u8> {
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(archive).expect("a vector takes all bytes");
    gzip.finish().expect("a vector takes all bytes")
}
