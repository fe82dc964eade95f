//! A folder's files as a FAT volume.
//!
//! The volume is reproducible: sorted names, no timestamps. The crate implements the on-disk format (Microsoft, "FAT: General
//! Overview of On-Disk Format", version 1.03).

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use fatfs::{Dir, FileSystem, FormatVolumeOptions, FsOptions};

/// An error of writing a volume.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A file or folder cannot be read, or cannot be stored on the volume.
    #[error("`{path}`: {source}", path = .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The volume cannot be written.
    #[error("{0}")]
    Volume(io::Error),
    /// The size is too small for the files, or too large for FAT.
    #[error("the files do not fit into a volume of {0} bytes\nhelp: remove `size` to have it computed from the files")]
    Size(u64),
}

/// Room for tables and half-empty clusters.
const LEAST_BYTES: u64 = 1 << 20;
/// More than a cluster of a volume of files that one embeds or serves.
const CLUSTER_BYTES: u64 = 32 << 10;

/// Writes a volume with the contents of `folder` to an empty file; returns the number of files.
///
/// # Errors
/// Returns an error if a file cannot be read, a name is invalid on FAT, or the size is too small.
pub fn write(folder: &Path, size_bytes: Option<u64>, volume: &mut File) -> Result<usize, Fault> {
    let needed = needed(folder)?;
    let size = size_bytes.unwrap_or_else(|| (LEAST_BYTES + needed).next_power_of_two());
    if needed > size {
        return Err(Fault::Size(size));
    }
    volume.set_len(size).map_err(Fault::Volume)?;
    fatfs::format_volume(&mut *volume, FormatVolumeOptions::new()).map_err(|_| Fault::Size(size))?;
    let system = FileSystem::new(volume, FsOptions::new()).map_err(Fault::Volume)?;
    let files = copy(folder, &system.root_dir())?;
    system.unmount().map_err(Fault::Volume)?;
    Ok(files)
}

/// The maximum space that the files take.
fn needed(folder: &Path) -> Result<u64, Fault> {
    let mut bytes = CLUSTER_BYTES;
    for path in entries(folder)? {
        let data = fs::metadata(&path).map_err(|source| Fault::File { path: path.clone(), source })?;
        bytes += if data.is_dir() { needed(&path)? } else { data.len().next_multiple_of(CLUSTER_BYTES) };
    }
    Ok(bytes)
}

fn copy(folder: &Path, to: &Dir<'_, &mut File>) -> Result<usize, Fault> {
    let mut files = 0;
    for path in entries(folder)? {
        let fault = |source| Fault::File { path: path.clone(), source };
        let name = path.file_name().unwrap_or_default().to_str();
        let name = name.ok_or_else(|| fault(io::Error::other("its name is not UTF-8")))?;
        if path.is_dir() {
            files += copy(&path, &to.create_dir(name).map_err(fault)?)?;
        } else {
            let mut source = File::open(&path).map_err(fault)?;
            let mut target = to.create_file(name).map_err(fault)?;
            io::copy(&mut source, &mut target).map_err(fault)?;
            files += 1;
        }
    }
    Ok(files)
}

/// The entries of a folder, sorted by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let read = || fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>();
    let mut entries = read().map_err(|source| Fault::File { path: folder.into(), source })?;
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_folder_comes_back_from_its_volume() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = |path: &str, bytes: &[u8]| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
            fs::write(path, bytes).expect("a file");
        };
        let large: Vec<u8> = (0..3_000_000_u32).map(|at| at as u8).collect();
        file("a", b"foo\n");
        file("A long name with \u{e4}.html", b"");
        file("below/further/large.bin", &large);
        let make = || {
            let mut volume = tempfile::tempfile().expect("a temporary file");
            (write(folder.path(), None, &mut volume).expect("a volume"), volume)
        };
        let ((files, mut volume), (_, mut again)) = (make(), make());
        assert_eq!(files, 3);
        io::Seek::rewind(&mut volume).expect("a file");
        let system = FileSystem::new(&mut volume, FsOptions::new()).expect("a file system");
        let read = |path: &str| {
            let mut bytes = Vec::new();
            system.root_dir().open_file(path).expect("is there").read_to_end(&mut bytes).expect("readable");
            bytes
        };
        assert_eq!(read("a"), b"foo\n");
        assert_eq!(read("A long name with \u{e4}.html"), b"");
        assert!(read("below/further/large.bin") == large);
        drop(system);
        let bytes = |file: &mut File| {
            let mut bytes = Vec::new();
            io::Seek::rewind(file).and_then(|()| file.read_to_end(&mut bytes)).expect("readable");
            bytes
        };
        assert!(bytes(&mut volume) == bytes(&mut again), "the same files make another volume");
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("a"), vec![1; 1 << 20]).expect("a file");
        let fault = write(folder.path(), Some(1 << 20), &mut tempfile::tempfile().expect("a file")).expect_err("full");
        assert!(
            fault.to_string().starts_with("the files do not fit into a volume of 1048576 bytes\nhelp: "),
            "{fault}"
        );
        let missing = folder.path().join("none");
        let fault = write(&missing, None, &mut tempfile::tempfile().expect("a file")).expect_err("missing");
        assert!(fault.to_string().starts_with(&format!("`{}`: No such file", missing.display())), "{fault}");
    }
}
