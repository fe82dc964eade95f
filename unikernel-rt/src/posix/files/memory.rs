//! `/tmp`: files in memory, as many as the declared size has room for.

use super::{Kind, Options, Status, Tree, mounts};
use crate::posix::descriptors::{OFFSET_MAX, Object, Whence, sought};
use crate::posix::errno::{EBADF, EEXIST, EFBIG, EINVAL, EISDIR, ENOENT, ENOSPC, ENOTDIR, ENOTEMPTY, Errno};
use crate::sync::{Lock, Name};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

/// Mounts a tree of at most `bytes` at `/NAME`.
pub fn mount_memory(name: &'static str, bytes: u64) {
    let nodes = BTreeMap::from([(String::new(), Node::Directory(1))]);
    let room = Arc::new(AtomicU64::new(bytes));
    let (nodes, device) = (Lock::new(nodes), mounts::next_device());
    mounts::mount(name, Arc::new(Memory { nodes, room, device, next_inode: AtomicU64::new(2) }));
}

/// The name of the locks, whose sections call nothing that waits.
enum Tmp {}

impl Name for Tmp {
    const NAME: &'static str = "tmp";
}

struct Memory {
    /// All files and directories by their paths.
    nodes: Lock<BTreeMap<String, Node>, Tmp>,
    /// How many bytes files may still take.
    room: Arc<AtomicU64>,
    device: u64,
    next_inode: AtomicU64,
}

#[derive(Clone)]
enum Node {
    /// Its inode.
    Directory(u64),
    File(Arc<Data>),
}

/// What is in a file; it stays while the file is open, though its name be removed.
struct Data {
    device: u64,
    inode: u64,
    bytes: Lock<Vec<u8>, Tmp>,
    room: Arc<AtomicU64>,
}

impl Drop for Data {
    fn drop(&mut self) {
        let length = self.bytes.with(|bytes| bytes.len());
        self.room.fetch_add(length as u64, Ordering::Relaxed);
    }
}

impl Data {
    fn status(&self) -> Status {
        let size_bytes = self.bytes.with(|bytes| bytes.len() as u64);
        Status { kind: Kind::File, size_bytes, device: self.device, inode: self.inode, ..Status::default() }
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> usize {
        self.bytes.with(|bytes| {
            let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or_default();
            let count = rest.len().min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            count
        })
    }

    fn write(&self, offset: u64, from: &[u8]) -> Result<usize, Errno> {
        let end = offset.checked_add(from.len() as u64).filter(|end| *end <= OFFSET_MAX).ok_or(EFBIG)?;
        self.bytes.with(|bytes| {
            if end > bytes.len() as u64 {
                resize(bytes, end, &self.room)?;
            }
            bytes[offset as usize..end as usize].copy_from_slice(from);
            Ok(from.len())
        })
    }

    fn truncate(&self, size_bytes: u64) -> Result<(), Errno> {
        self.bytes.with(|bytes| resize(bytes, size_bytes, &self.room))
    }
}

/// Makes a file longer by zeroes, or shorter, where there is room for that.
fn resize(bytes: &mut Vec<u8>, size_bytes: u64, room: &AtomicU64) -> Result<(), Errno> {
    let old = bytes.len() as u64;
    if size_bytes > old {
        let more = size_bytes - old;
        let left = room.load(Ordering::Relaxed).checked_sub(more).ok_or(ENOSPC)?;
        bytes.try_reserve(more as usize).map_err(|_| ENOSPC)?;
        room.store(left, Ordering::Relaxed);
    } else {
        room.fetch_add(old - size_bytes, Ordering::Relaxed);
    }
    bytes.resize(size_bytes as usize, 0);
    Ok(())
}

/// The directory that a path is in.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

type Nodes = BTreeMap<String, Node>;

/// That a new path would be in a directory which there is.
fn check_parent(nodes: &Nodes, path: &str) -> Result<(), Errno> {
    match nodes.get(parent(path)) {
        Some(Node::Directory(_)) => Ok(()),
        Some(Node::File(_)) => Err(ENOTDIR),
        None => Err(ENOENT),
    }
}

/// The paths below a directory, at any depth.
fn below<'a>(nodes: &'a Nodes, path: &'a str) -> impl Iterator<Item = (&'a String, &'a str)> {
    nodes.keys().filter_map(move |other| {
        let rest = match path {
            "" => other.as_str(),
            _ => other.strip_prefix(path)?.strip_prefix('/')?,
        };
        (!rest.is_empty()).then_some((other, rest))
    })
}

impl Memory {
    fn inode(&self) -> u64 {
        self.next_inode.fetch_add(1, Ordering::Relaxed)
    }
}

impl Tree for Memory {
    fn open(&self, path: &str, options: Options) -> Result<Arc<dyn Object>, Errno> {
        let data = self.nodes.with(|nodes| match nodes.get(path) {
            Some(_) if options.creates && options.is_exclusive => Err(EEXIST),
            Some(Node::Directory(_)) => Err(EISDIR),
            Some(Node::File(data)) => Ok(data.clone()),
            None if options.creates => {
                check_parent(nodes, path)?;
                let bytes = Lock::new(Vec::new());
                let data = Arc::new(Data { device: self.device, inode: self.inode(), bytes, room: self.room.clone() });
                nodes.insert(String::from(path), Node::File(data.clone()));
                Ok(data)
            }
            None => Err(check_parent(nodes, path).err().unwrap_or(ENOENT)),
        })?;
        if options.truncates && options.writes {
            data.truncate(0)?;
        }
        Ok(Arc::new(File { data, options, position: AtomicU64::new(0) }))
    }

    fn status(&self, path: &str) -> Result<Status, Errno> {
        self.nodes.with(|nodes| match nodes.get(path) {
            Some(Node::Directory(inode)) => {
                Ok(Status { kind: Kind::Directory, device: self.device, inode: *inode, ..Status::default() })
            }
            Some(Node::File(data)) => Ok(data.status()),
            None => Err(check_parent(nodes, path).err().unwrap_or(ENOENT)),
        })
    }

    fn list(&self, path: &str, found: &mut dyn FnMut(&str, Status)) -> Result<(), Errno> {
        if self.status(path)?.kind != Kind::Directory {
            return Err(ENOTDIR);
        }
        let names: Vec<(String, String)> = self.nodes.with(|nodes| {
            let direct = below(nodes, path).filter(|(_, name)| !name.contains('/'));
            direct.map(|(path, name)| (path.clone(), String::from(name))).collect()
        });
        for (path, name) in names {
            if let Ok(status) = self.status(&path) {
                found(&name, status);
            }
        }
        Ok(())
    }

    fn create_directory(&self, path: &str) -> Result<(), Errno> {
        self.nodes.with(|nodes| {
            if nodes.contains_key(path) {
                return Err(EEXIST);
            }
            check_parent(nodes, path)?;
            nodes.insert(String::from(path), Node::Directory(self.inode()));
            Ok(())
        })
    }

    fn remove_file(&self, path: &str) -> Result<(), Errno> {
        let removed = self.nodes.with(|nodes| match nodes.get(path) {
            Some(Node::File(_)) => Ok(nodes.remove(path)),
            Some(Node::Directory(_)) => Err(EISDIR),
            None => Err(check_parent(nodes, path).err().unwrap_or(ENOENT)),
        });
        removed.map(drop)
    }

    fn remove_directory(&self, path: &str) -> Result<(), Errno> {
        self.nodes.with(|nodes| match nodes.get(path) {
            Some(Node::File(_)) => Err(ENOTDIR),
            None => Err(ENOENT),
            Some(Node::Directory(_)) if below(nodes, path).next().is_some() => Err(ENOTEMPTY),
            Some(Node::Directory(_)) => {
                nodes.remove(path);
                Ok(())
            }
        })
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        let replaced = self.nodes.with(|nodes| {
            let node = nodes.get(from).cloned().ok_or(ENOENT)?;
            check_parent(nodes, to)?;
            if from == to {
                return Ok(None);
            }
            match (&node, nodes.get(to)) {
                (_, None) | (Node::File(_), Some(Node::File(_))) => {}
                (Node::File(_), Some(Node::Directory(_))) => return Err(EISDIR),
                (Node::Directory(_), Some(Node::File(_))) => return Err(ENOTDIR),
                (Node::Directory(_), Some(Node::Directory(_))) if below(nodes, to).next().is_some() => {
                    return Err(ENOTEMPTY);
                }
                (Node::Directory(_), Some(Node::Directory(_))) => {}
            }
            // No directory goes into itself.
            if to.strip_prefix(from).is_some_and(|rest| rest.starts_with('/')) {
                return Err(EINVAL);
            }
            let moved: Vec<(String, String)> =
                below(nodes, from).map(|(path, rest)| (path.clone(), alloc::format!("{to}/{rest}"))).collect();
            for (old, new) in moved {
                if let Some(node) = nodes.remove(&old) {
                    nodes.insert(new, node);
                }
            }
            nodes.remove(from);
            Ok(nodes.insert(String::from(to), node))
        });
        // What was replaced gives back its room, outside of the section.
        replaced.map(drop)
    }
}

/// An open file.
struct File {
    data: Arc<Data>,
    options: Options,
    position: AtomicU64,
}

impl Object for File {
    fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        let position = self.position.load(Ordering::Relaxed);
        let count = self.read_at(position, buffer)?;
        self.position.store(position + count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        let end = || self.data.status().size_bytes;
        let position = if self.options.appends { end() } else { self.position.load(Ordering::Relaxed) };
        let count = self.write_at(position, bytes)?;
        self.position.store(position + count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
        if self.options.reads { Ok(self.data.read(offset, buffer)) } else { Err(EBADF) }
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<usize, Errno> {
        if self.options.writes { self.data.write(offset, bytes) } else { Err(EBADF) }
    }

    fn seek(&self, whence: Whence, distance: i64) -> Result<u64, Errno> {
        let position = self.position.load(Ordering::Relaxed);
        let place = sought(whence, distance, position, self.data.status().size_bytes)?;
        self.position.store(place, Ordering::Relaxed);
        Ok(place)
    }

    fn status(&self) -> Result<Status, Errno> {
        Ok(self.data.status())
    }

    fn truncate(&self, size_bytes: u64) -> Result<(), Errno> {
        if self.options.writes { self.data.truncate(size_bytes) } else { Err(EINVAL) }
    }

    fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }
}
