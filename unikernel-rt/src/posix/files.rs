//! Files: paths, and the trees that they lead into.
//!
//! A kernel has files where it declares some: `kv`, `block` or `tmp` mount a tree each. Until the first one does, every path leads
//! nowhere, and no code of trees is linked.

mod change;
mod devices;
mod directory;
mod disks;
mod memory;
mod mounts;
mod open;
mod path;
mod status;
mod stores;

pub use disks::add_disk;
pub use memory::mount_memory;
pub use stores::mount_store;

pub(super) use path::resolve;

use super::descriptors::{Kind, Object, Status};
use super::errno::{ENOENT, EROFS, Errno};
use alloc::sync::Arc;
use spin::Once;

/// How a file is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Options {
    pub(super) reads: bool,
    pub(super) writes: bool,
    pub(super) appends: bool,
    pub(super) creates: bool,
    /// Only where it creates the file.
    pub(super) is_exclusive: bool,
    pub(super) truncates: bool,
}

/// Files and directories by their paths, which are relative to the tree, with one `/` between names; `""` is the tree's root.
pub(super) trait Tree: Send + Sync {
    fn open(&self, path: &str, options: Options) -> Result<Arc<dyn Object>, Errno>;

    fn status(&self, path: &str) -> Result<Status, Errno>;

    /// Hands the names in a directory to `found`.
    fn list(&self, path: &str, found: &mut dyn FnMut(&str, Status)) -> Result<(), Errno>;

    fn create_directory(&self, _path: &str) -> Result<(), Errno> {
        Err(EROFS)
    }

    fn remove_file(&self, _path: &str) -> Result<(), Errno> {
        Err(EROFS)
    }

    fn remove_directory(&self, _path: &str) -> Result<(), Errno> {
        Err(EROFS)
    }

    fn rename(&self, _from: &str, _to: &str) -> Result<(), Errno> {
        Err(EROFS)
    }
}

/// The root of all trees; none where nothing is mounted.
static ROOT: Once<&'static dyn Tree> = Once::new();

/// The root of all trees.
pub(super) fn root() -> Result<&'static dyn Tree, Errno> {
    ROOT.get().copied().ok_or(ENOENT)
}
