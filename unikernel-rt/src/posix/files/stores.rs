//! Key-value stores as read-only trees: a key is a path.

use super::{Kind, Options, Status, Tree, mounts};
use crate::devices::kv::File;
use crate::kv::{Error, Kv};
use crate::posix::clocks;
use crate::posix::descriptors::{Object, Whence, sought};
use crate::posix::errno::{EEXIST, EIO, EISDIR, ENAMETOOLONG, ENOENT, ENOTDIR, EROFS, Errno};
use crate::threads::block_on;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use core::future::IntoFuture;
use core::sync::atomic::{AtomicU64, Ordering};
use spin::Once;

/// Mounts a store at `/NAME`.
pub fn mount_store(name: &'static str, store: Kv) {
    mounts::mount(name, Arc::new(Store { kv: store, device: mounts::next_device(), changed_ns: Once::new() }));
}

struct Store {
    kv: Kv,
    device: u64,
    /// When it was first asked for: a machine keeps no times of its files, which do not change while it runs. The next machine may have
    /// others, so that it must not be the same time for ever, by which caches would keep old ones.
    changed_ns: Once<u64>,
}

fn errno(error: Error) -> Errno {
    match error {
        Error::NotFound | Error::BadKey => ENOENT,
        Error::LongKey => ENAMETOOLONG,
        _ => EIO,
    }
}

/// What tells a path from others: its FNV-1a hash.
fn inode(path: &str) -> u64 {
    path.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What a listing of a directory begins with: `""`, or the path and `/`.
fn prefix(path: &str) -> String {
    let mut prefix = String::from(path);
    if !path.is_empty() {
        prefix.push('/');
    }
    prefix
}

impl Store {
    fn file_status(&self, path: &str, size_bytes: u64) -> Status {
        let (kind, device, inode) = (Kind::File, self.device, inode(path));
        let changed_ns = *self.changed_ns.call_once(clocks::wall_ns);
        Status { kind, size_bytes, device, inode, is_read_only: true, changed_ns }
    }

    fn directory_status(&self, path: &str) -> Status {
        Status { kind: Kind::Directory, ..self.file_status(path, 0) }
    }

    /// Whether keys lie below a path.
    fn is_directory(&self, path: &str) -> Result<bool, Errno> {
        if path.is_empty() {
            return Ok(true);
        }
        let prefix = prefix(path);
        let first = block_on(self.kv.list(&prefix).next_entry().into_future());
        Ok(first.map_err(errno)?.is_some())
    }
}

impl Store {
    /// The error of a path that is no key: a value has nothing below it.
    fn missing(&self, path: &str) -> Errno {
        let is_value = |folder: &str| block_on(self.kv.exists(folder).into_future()) == Ok(true);
        if path.match_indices('/').any(|(end, _)| is_value(&path[..end])) { ENOTDIR } else { ENOENT }
    }
}

impl Tree for Store {
    fn open(&self, path: &str, options: Options) -> Result<Arc<dyn Object>, Errno> {
        match block_on(self.kv.open(path).into_future()) {
            Ok(_) if options.creates && options.is_exclusive => Err(EEXIST),
            Ok(_) if options.writes => Err(EROFS),
            Ok(file) => {
                let status = self.file_status(path, file.size());
                Ok(Arc::new(Value { status, file, position: AtomicU64::new(0) }))
            }
            Err(Error::NotFound | Error::BadKey) if self.is_directory(path)? => Err(EISDIR),
            Err(Error::NotFound) if options.creates => Err(EROFS),
            Err(Error::NotFound | Error::BadKey) => Err(self.missing(path)),
            Err(error) => Err(errno(error)),
        }
    }

    fn status(&self, path: &str) -> Result<Status, Errno> {
        if !path.is_empty() {
            match block_on(self.kv.size(path).into_future()) {
                Ok(size_bytes) => return Ok(self.file_status(path, size_bytes)),
                Err(Error::NotFound | Error::BadKey) => {}
                Err(error) => return Err(errno(error)),
            }
        }
        if self.is_directory(path)? { Ok(self.directory_status(path)) } else { Err(self.missing(path)) }
    }

    fn list(&self, path: &str, found: &mut dyn FnMut(&str, Status)) -> Result<(), Errno> {
        if self.status(path)?.kind != Kind::Directory {
            return Err(ENOTDIR);
        }
        let prefix = prefix(path);
        let mut names = BTreeMap::new();
        let mut list = self.kv.list(&prefix);
        while let Some(entry) = block_on(list.next_entry().into_future()).map_err(errno)? {
            let Some(below) = entry.key().get(prefix.len()..) else { continue };
            match below.split_once('/') {
                Some((name, _)) => {
                    let path = entry.key().get(..prefix.len() + name.len()).unwrap_or_default();
                    names.insert(String::from(name), self.directory_status(path))
                }
                None => names.insert(String::from(below), self.file_status(entry.key(), entry.size())),
            };
        }
        names.iter().for_each(|(name, status)| found(name, *status));
        Ok(())
    }
}

/// An open value.
struct Value {
    file: File,
    status: Status,
    position: AtomicU64,
}

impl Object for Value {
    fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        let position = self.position.load(Ordering::Relaxed);
        let count = self.read_at(position, buffer)?;
        self.position.store(position + count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
        // A copy, because a read that waits for the device lets other threads read as well.
        let mut file = self.file.clone();
        block_on(file.read(offset, buffer).into_future()).map_err(errno)
    }

    fn seek(&self, whence: Whence, distance: i64) -> Result<u64, Errno> {
        let place = sought(whence, distance, self.position.load(Ordering::Relaxed), self.status.size_bytes)?;
        self.position.store(place, Ordering::Relaxed);
        Ok(place)
    }

    fn status(&self) -> Result<Status, Errno> {
        Ok(self.status)
    }

    fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }
}
