//! Folders that are written whole or not at all.
//!
//! The files go to a hidden folder beside it, which gets the name when all of them are there. A folder that was written before
//! is exchanged for the new one in one step.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use tempfile::{Builder, TempDir};

/// A folder that is being written.
#[derive(Debug)]
pub struct WholeFolder {
    unfinished: TempDir,
    path: PathBuf,
}

impl WholeFolder {
    /// Begins a folder, in another one that is created if it is missing. A folder of that name may exist, if `is_ours` takes it
    /// for one that is to be replaced.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if `path` is something else; or its parent cannot be created or written.
    pub fn create(path: &Path, is_ours: impl Fn(&Path) -> bool) -> io::Result<Self> {
        if path.symlink_metadata().is_ok() && !is_ours(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent)?;
        let unfinished = Builder::new().prefix(".unikernel-").tempdir_in(parent)?;
        // One in it, with the usual permissions instead of those of a temporary folder.
        fs::create_dir(unfinished.path().join("new"))?;
        Ok(Self { unfinished, path: path.into() })
    }

    /// Writes a file; the folder that it is in is created.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.new_folder().join(name);
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        fs::write(path, bytes)
    }

    /// Gives the complete folder its name.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn finish(self) -> io::Result<()> {
        let new = self.new_folder();
        match renameat_with(CWD, &new, CWD, &self.path, RenameFlags::EXCHANGE) {
            Ok(()) => {}
            Err(rustix::io::Errno::NOENT) => fs::rename(&new, &self.path)?,
            // A file system that cannot exchange.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                fs::rename(&self.path, self.unfinished.path().join("old"))?;
                fs::rename(&new, &self.path)?;
            }
            Err(error) => return Err(error.into()),
        }
        self.unfinished.close()
    }

    fn new_folder(&self) -> PathBuf {
        self.unfinished.path().join("new")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_appears_with_all_its_files_and_replaces_its_predecessor() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let path = place.path().join("new/layout");
        for name in ["first", "second"] {
            let folder = WholeFolder::create(&path, |_| true).expect("begun");
            folder.write(&format!("in/{name}"), b"contents").expect("written");
            if name == "first" {
                assert!(!path.exists());
            }
            folder.finish().expect("finished");
            assert_eq!(names(&path.join("in")), [name]);
            assert_eq!(names(&place.path().join("new")), ["layout"]);
        }
    }

    #[test]
    fn what_is_not_ours_and_what_is_unfinished_changes_nothing() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let path = place.path().join("precious");
        fs::create_dir(&path).expect("a folder");
        let error = WholeFolder::create(&path, |_| false).expect_err("not ours");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        let folder = WholeFolder::create(&path, |_| true).expect("begun");
        folder.write("half", b"contents").expect("written");
        drop(folder);
        assert_eq!((names(place.path()), names(&path)), (vec!["precious".to_owned()], Vec::new()));
    }
}
