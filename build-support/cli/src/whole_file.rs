//! Files that are written whole or not at all, even if the program is killed.
//!
//! The file has no name until it is complete (`O_TMPFILE`), so that an interrupted program leaves nothing behind; then it
//! replaces whatever had its name. File systems without such files get a temporary one with a name.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, openat};
use tempfile::{Builder, NamedTempFile};

/// A file that is being written.
#[derive(Debug)]
pub struct WholeFile {
    contents: Contents,
    path: PathBuf,
    executable: bool,
}

#[derive(Debug)]
enum Contents {
    /// Without a name.
    Nameless(File),
    /// Temporarily with another name.
    Named(NamedTempFile),
    /// A device or a pipe: written to as it is.
    Device(File),
}

impl WholeFile {
    /// Begins a file; its folder is created if it is missing. An existing device or pipe is written to instead of being replaced.
    ///
    /// # Errors
    /// The folder cannot be created or written, or `path` is a directory or too long.
    pub fn create(path: &Path) -> io::Result<Self> {
        let new = |contents| Self { contents, path: path.into(), executable: false };
        let folder = folder_of(path);
        fs::create_dir_all(folder)?;
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => {
                return Ok(new(Contents::Device(File::options().write(true).open(path)?)));
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidFilename => return Err(error),
            _ => {}
        }
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        match openat(CWD, folder, flags, Mode::from_raw_mode(0o666)) {
            Ok(file) => Ok(new(Contents::Nameless(file.into()))),
            // What file systems and kernels without `O_TMPFILE` answer.
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::ISDIR | rustix::io::Errno::INVAL) => {
                Ok(new(Contents::Named(Self::named(folder)?)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the file executable.
    #[must_use]
    pub fn executable(self) -> Self {
        Self { executable: true, ..self }
    }

    /// The file, for contents that are not written from the beginning to the end.
    pub fn file(&mut self) -> &mut File {
        match &mut self.contents {
            Contents::Nameless(file) | Contents::Device(file) => file,
            Contents::Named(file) => file.as_file_mut(),
        }
    }

    /// Gives the complete file its name.
    ///
    /// # Errors
    /// The folder has changed in the meantime, or the file system cannot do it.
    pub fn finish(self) -> io::Result<()> {
        self.chmod()?;
        match self.contents {
            Contents::Device(_) => Ok(()),
            Contents::Named(file) => file.persist(&self.path).map(drop).map_err(|error| error.error),
            Contents::Nameless(file) => {
                // A link cannot replace a file, a renamed one can.
                let named = Builder::new().make_in(folder_of(&self.path), |to| link(&file, to))?;
                named.persist(&self.path).map(drop).map_err(|error| error.error)
            }
        }
    }

    /// Gives the complete file its name, unless there is a file of that name by now.
    ///
    /// # Errors
    /// As [`Self::finish`]; [`io::ErrorKind::AlreadyExists`] if there is one.
    pub fn finish_new(self) -> io::Result<()> {
        self.chmod()?;
        match self.contents {
            Contents::Device(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Contents::Named(file) => file.persist_noclobber(&self.path).map(drop).map_err(|error| error.error),
            Contents::Nameless(file) => link(&file, &self.path),
        }
    }

    /// A path by which another program can write the file while this process has it open.
    #[must_use]
    pub fn path_for_others(&self) -> PathBuf {
        format!("/proc/{}/fd/{}", std::process::id(), self.descriptor().as_raw_fd()).into()
    }

    fn descriptor(&self) -> &File {
        match &self.contents {
            Contents::Nameless(file) | Contents::Device(file) => file,
            Contents::Named(file) => file.as_file(),
        }
    }

    /// The number of bytes that were written so far.
    ///
    /// # Errors
    /// The system cannot tell.
    pub fn bytes(&self) -> io::Result<u64> {
        Ok(self.descriptor().metadata()?.len())
    }

    /// A file with the usual permissions, as the umask allows, instead of the private ones of a temporary file.
    fn named(folder: &Path) -> io::Result<NamedTempFile> {
        Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder)
    }

    /// Adds the permission to execute wherever there is one to read.
    fn chmod(&self) -> io::Result<()> {
        if !self.executable || matches!(self.contents, Contents::Device(_)) {
            return Ok(());
        }
        let file = self.descriptor();
        let mode = file.metadata()?.permissions().mode();
        file.set_permissions(Permissions::from_mode(mode | (mode & 0o444) >> 2))
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

/// Writes a whole file.
///
/// # Errors
/// As [`WholeFile::create`] and [`WholeFile::finish`], or the disk is full. The path keeps what it had then.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.finish()
}

/// Gives an open file a name, which must be free.
fn link(file: &File, to: &Path) -> io::Result<()> {
    let descriptor = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, &descriptor, CWD, to, AtFlags::SYMLINK_FOLLOW)?)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).expect("a folder").count()
    }

    #[test]
    fn what_is_no_file_is_written_to_and_stays_what_it_is() {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("coreutils");
        assert!(made.success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe)
        });
        write(&pipe, b"image").expect("written");
        assert_eq!(reader.join().expect("does not panic").expect("reads"), b"image");
        assert!(fs::metadata(&pipe).expect("there").file_type().is_fifo());
    }

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("new/hello.iso");
        write(&path, b"first").expect("the folder is made");
        write(&path, b"second").expect("the file is replaced");
        assert_eq!(fs::read(&path).expect("written"), b"second");
        assert_eq!(entries(&folder.path().join("new")), 1);

        let error = write(&path.join("hello.iso"), b"third").expect_err("a file is no folder");
        assert!(matches!(error.kind(), io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists), "{error:?}");
        let error = write(folder.path(), b"third").expect_err("a folder is no file");
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
        let error = write(&folder.path().join("a".repeat(300)), b"third").expect_err("too long");
        assert_eq!(error.kind(), io::ErrorKind::InvalidFilename);
        assert_eq!((fs::read(&path).expect("untouched"), entries(folder.path())), (b"second".to_vec(), 1));
    }

    #[test]
    fn an_unfinished_file_has_no_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("image");
        fs::write(&path, "kept").expect("written");
        let mut file = WholeFile::create(&path).expect("begun");
        file.write_all(b"half").expect("written");
        assert_eq!(entries(folder.path()), 1, "a killed program would leave the second one behind");
        drop(file);
        assert_eq!(fs::read(&path).expect("there"), b"kept");
    }

    #[test]
    fn a_new_file_never_replaces_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("disk");
        for (contents, is_first) in [("first", true), ("second", false)] {
            let mut file = WholeFile::create(&path).expect("begun");
            fs::write(file.path_for_others(), contents).expect("another program can write it");
            assert_eq!(file.bytes().expect("a file"), contents.len() as u64);
            file.flush().expect("nothing to do");
            let finished = file.finish_new().map_err(|error| error.kind());
            assert_eq!(finished, if is_first { Ok(()) } else { Err(io::ErrorKind::AlreadyExists) });
        }
        assert_eq!((fs::read(&path).expect("there"), entries(folder.path())), (b"first".to_vec(), 1));
    }

    #[test]
    fn both_ways_of_writing_end_with_the_same_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, contents) in [
            ("nameless", WholeFile::create(&folder.path().join("nameless")).expect("begun").contents),
            ("named", Contents::Named(WholeFile::named(folder.path()).expect("begun"))),
        ] {
            let path = folder.path().join(name);
            let mut file = WholeFile { contents, path: path.clone(), executable: false }.executable();
            file.write_all(b"#!/bin/sh\n").expect("written");
            file.finish().expect("finished");
            let mode = fs::metadata(&path).expect("there").permissions().mode();
            assert_eq!((mode & 0o444) >> 2, mode & 0o111, "{name}: {mode:o}");
            assert_eq!(fs::read(&path).expect("there"), b"#!/bin/sh\n");
        }
        assert_eq!(entries(folder.path()), 2);
    }
}
