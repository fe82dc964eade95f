//! The root: a directory of the trees that are mounted, each by a name.

use super::{Kind, Options, ROOT, Status, Tree, devices, directory};
use crate::posix::descriptors::Object;
use crate::posix::errno::{EBUSY, EEXIST, EISDIR, ENOENT, EROFS, EXDEV, Errno};
use crate::sync::lock;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

/// A tree, and the name of its root.
#[derive(Clone)]
struct Mount {
    name: &'static str,
    tree: Arc<dyn Tree>,
}

lock! {
    static MOUNTS: Vec<Mount> = Vec::new();
}

/// Mounts a tree at `/NAME`.
pub(super) fn mount(name: &'static str, tree: Arc<dyn Tree>) {
    MOUNTS.with(|mounts| mounts.push(Mount { name, tree }));
    ROOT.call_once(|| &Mounts);
}

/// The root, which is a tree itself.
struct Mounts;

/// The number of the root's file system, which `/dev` is of as well.
pub(super) const ROOT_DEVICE: u64 = 1;

const DIRECTORY: Status =
    Status { kind: Kind::Directory, size_bytes: 0, device: ROOT_DEVICE, inode: 1, is_read_only: true, changed_ns: 0 };

/// A number for a file system that is to be mounted: files are told apart by it and their inodes.
pub(super) fn next_device() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(ROOT_DEVICE);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// A tree, and a path in it.
type Found<'p> = (Arc<dyn Tree>, &'p str);

/// The tree of a path, and the path in it; none for the root.
fn find(path: &str) -> Result<Option<Found<'_>>, Errno> {
    if path.is_empty() {
        return Ok(None);
    }
    MOUNTS.with(|mounts| {
        let inside = mounts.iter().filter_map(|mount| Some((mount, below(path, mount.name)?)));
        // One tree may be mounted in another's folder.
        if let Some((mount, rest)) = inside.max_by_key(|(mount, _)| mount.name.len()) {
            return Ok(Some((mount.tree.clone(), rest)));
        }
        // A folder that is there for the trees in it.
        mounts.iter().find_map(|mount| below(mount.name, path)).map(|_| None).ok_or(ENOENT)
    })
}

/// What of a path is below a folder: `""` for the folder itself.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    match path.strip_prefix(folder)? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    }
}

/// The tree of a path that is to be changed.
fn find_to_change(path: &str, error: Errno) -> Result<Found<'_>, Errno> {
    match find(path) {
        Ok(Some((_, ""))) | Ok(None) => Err(error),
        Ok(Some(found)) => Ok(found),
        // A new name beside the trees.
        Err(_) if !path.contains('/') => Err(EROFS),
        Err(error) => Err(error),
    }
}

impl Tree for Mounts {
    fn open(&self, path: &str, options: Options) -> Result<Arc<dyn Object>, Errno> {
        match devices::find(path) {
            Some(_) if options.creates && options.is_exclusive => return Err(EEXIST),
            Some(device) => return Ok(device),
            None => {}
        }
        let found = match find(path) {
            Err(_) if options.creates && !path.contains('/') => return Err(EROFS),
            found => found?,
        };
        let Some((tree, rest)) = found else { return Ok(directory::open(path, DIRECTORY)) };
        match tree.status(rest) {
            // Its path is the one from the root, for names that are relative to it.
            Ok(status) if status.kind == Kind::Directory && !options.writes => Ok(directory::open(path, status)),
            _ => tree.open(rest, options),
        }
    }

    fn status(&self, path: &str) -> Result<Status, Errno> {
        if let Some(device) = devices::find(path) {
            return device.status();
        }
        match find(path)? {
            Some((tree, rest)) => tree.status(rest),
            None => Ok(DIRECTORY),
        }
    }

    fn list(&self, path: &str, found: &mut dyn FnMut(&str, Status)) -> Result<(), Errno> {
        match find(path)? {
            Some((tree, rest)) => tree.list(rest, found),
            None => {
                let names = MOUNTS.with(|mounts| mounts.iter().map(|mount| mount.name).collect::<Vec<_>>());
                let mut names: Vec<&str> = names
                    .into_iter()
                    .filter_map(|name| if path.is_empty() { Some(name) } else { below(name, path) })
                    .map(|name| name.split('/').next().unwrap_or(name))
                    .collect();
                names.sort_unstable();
                names.dedup();
                names.into_iter().for_each(|name| found(name, DIRECTORY));
                Ok(())
            }
        }
    }

    fn create_directory(&self, path: &str) -> Result<(), Errno> {
        let (tree, rest) = find_to_change(path, EEXIST)?;
        tree.create_directory(rest)
    }

    fn remove_file(&self, path: &str) -> Result<(), Errno> {
        let (tree, rest) = find_to_change(path, EISDIR)?;
        tree.remove_file(rest)
    }

    fn remove_directory(&self, path: &str) -> Result<(), Errno> {
        let (tree, rest) = find_to_change(path, EBUSY)?;
        tree.remove_directory(rest)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        let ((tree, from), (other, to)) = (find_to_change(from, EBUSY)?, find_to_change(to, EBUSY)?);
        if !Arc::ptr_eq(&tree, &other) {
            return Err(EXDEV);
        }
        tree.rename(from, to)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{memory, root};
    use super::Options;
    use alloc::collections::BTreeSet;

    #[test]
    fn files_of_different_mounts_are_told_apart() {
        memory::mount_memory("one", 100);
        memory::mount_memory("other", 100);
        let root = root().expect("it has trees");
        let options = Options { writes: true, creates: true, ..Options::default() };
        let files = ["one/file", "other/file"].map(|path| root.open(path, options).expect("a file"));
        let paths = ["", "one", "other", "one/file", "other/file"].map(|path| root.status(path).expect("it is there"));
        let told = paths.map(|status| (status.device, status.inode));
        assert_eq!(BTreeSet::from(told).len(), told.len(), "{told:?}");
        let open = files.map(|file| file.status().expect("of a file")).map(|status| (status.device, status.inode));
        assert_eq!(open, told[3..]);
    }
}
