//! Disks of a test.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

pub(crate) const SECTOR_BYTES: usize = 512;

/// A folder with disks, gone with the test.
pub(crate) struct Disks(TempDir);

impl Disks {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("written");
    }

    pub(crate) fn zeros(&self, name: &str, sectors: usize) {
        self.write(name, &vec![0; sectors * SECTOR_BYTES]);
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("the disk")
    }

    /// QEMU's `-drive` for a disk under its name.
    pub(crate) fn drive(&self, name: &str) -> String {
        format!("-drive {}", self.options(name))
    }

    /// QEMU's options for a virtio disk at a PCI address.
    pub(crate) fn attach(&self, name: &str, address: u8, more: &str) -> [String; 4] {
        let device = format!("virtio-blk-pci,drive={name},addr={address}{more}");
        ["-drive".into(), self.options(name), "-device".into(), device]
    }

    fn options(&self, name: &str) -> String {
        format!("if=none,id={name},format=raw,file={}", self.path(name).display())
    }
}
