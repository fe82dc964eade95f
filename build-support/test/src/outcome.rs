//! A machine that has ended.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::driver::Driver;
use crate::ending::{Ended, Ending};
use crate::record::Record;

/// A machine that has ended. Its disks exist until this is dropped.
pub struct Outcome {
    pub(crate) record: Arc<Record>,
    pub(crate) ended: Ended,
    pub(crate) disks: Vec<(String, PathBuf)>,
    /// Keeps the temporary files.
    pub(crate) _driver: Driver,
}

impl Outcome {
    /// Checks that the kernel exited with status 0.
    ///
    /// # Panics
    /// Panics if it did not.
    #[track_caller]
    pub fn success(&self) -> &Self {
        self.exited(0)
    }

    /// Checks that the kernel exited with this status: 0 for success, 1 to 99 its own, 101 a panic, 102 a fault, 103 a boot argument,
    /// 104 a missing device.
    ///
    /// # Panics
    /// Panics if it exited with another one.
    #[track_caller]
    pub fn exited(&self, status: u8) -> &Self {
        if self.ended.status != status {
            let (name, was) = (&self.record.name, self.ended.status);
            self.record.fail(&format!("`{name}` ended with status {was}, not {status}"));
        }
        self
    }

    /// The exit status. A kernel that crashed without one has 101 or 102, and one that powered the machine off has 0.
    #[must_use]
    pub fn status(&self) -> u8 {
        self.ended.status
    }

    /// How the machine ended.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.ended.ending
    }

    /// The exit status of QEMU itself.
    #[must_use]
    pub fn qemu_status(&self) -> Option<i32> {
        self.ended.qemu
    }

    /// What QEMU itself printed to standard error.
    #[must_use]
    pub fn qemu_messages(&self) -> String {
        self.record.facts().messages
    }

    /// All that the console has said, with `\n` for line ends.
    #[must_use]
    pub fn console(&self) -> String {
        self.record.console.log().lossy()
    }

    /// The same, byte for byte.
    #[must_use]
    pub fn console_bytes(&self) -> Vec<u8> {
        self.record.console.log().raw.clone()
    }

    /// The contents of the disk of a declared device.
    ///
    /// # Panics
    /// Panics if the application declares no such disk.
    #[must_use]
    #[track_caller]
    pub fn disk(&self, name: &str) -> Vec<u8> {
        let path = self.disk_path(name);
        match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => panic!("cannot read the disk `{name}`, `{}`: {error}", path.display()),
        }
    }

    /// The file of that disk, which exists until this is dropped.
    ///
    /// # Panics
    /// Panics if the application declares no such disk.
    #[must_use]
    #[track_caller]
    pub fn disk_path(&self, name: &str) -> &Path {
        find_disk(&self.record, &self.disks, name)
    }

    /// The last lines of the console with their times, how the machine ended, and QEMU's command line.
    #[must_use]
    pub fn transcript(&self) -> String {
        self.record.transcript()
    }
}

/// The file of a disk.
#[track_caller]
pub(crate) fn find_disk<'d>(record: &Record, disks: &'d [(String, PathBuf)], name: &str) -> &'d Path {
    match disks.iter().find(|(of, _)| of == name) {
        Some((_, path)) => path,
        None => panic!("the machine of `{}` has no disk `{name}`", record.name),
    }
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outcome")
            .field("ending", &self.ended.ending)
            .field("status", &self.ended.status)
            .field("console", &self.console())
            .finish_non_exhaustive()
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        self.record.tell_if_panicking();
    }
}
