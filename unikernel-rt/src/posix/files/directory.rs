//! Directories: an open one, and `readdir`.

use super::{Kind, Status, resolve, root};
use crate::posix::descriptors::{self, Object, object};
use crate::posix::errno::{EBADF, EISDIR, ENOTDIR, Errno, fail, status};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int};
use core::ptr;

/// A directory that is open.
pub(super) struct Directory {
    path: String,
    status: Status,
}

/// The object of a directory, by its path from the root.
pub(super) fn open(path: &str, status: Status) -> Arc<dyn Object> {
    Arc::new(Directory { path: String::from(path), status })
}

impl Object for Directory {
    fn read(&self, _buffer: &mut [u8]) -> Result<usize, Errno> {
        Err(EISDIR)
    }

    fn read_at(&self, _offset: u64, _buffer: &mut [u8]) -> Result<usize, Errno> {
        Err(EISDIR)
    }

    fn status(&self) -> Result<Status, Errno> {
        Ok(self.status)
    }

    fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }

    fn directory(&self) -> Result<&str, Errno> {
        Ok(&self.path)
    }
}

const NAME_BYTES: usize = 256;

/// C's `struct dirent`.
#[repr(C)]
struct Entry {
    inode: u64,
    place: i64,
    length: u16,
    kind: u8,
    name: [u8; NAME_BYTES],
}

/// C's `DIR`: the names as they were when it was opened.
struct Listing {
    file: c_int,
    entries: Vec<(String, Status)>,
    next: usize,
    shown: Entry,
}

const fn kind_number(kind: Kind) -> u8 {
    match kind {
        Kind::CharacterDevice => 2,
        Kind::Directory => 4,
        Kind::BlockDevice => 6,
        Kind::File => 8,
        Kind::Pipe => 1,
        Kind::Socket => 12,
        Kind::Anonymous => 0,
    }
}

fn list(file: c_int) -> Result<*mut Listing, Errno> {
    let object = object(file)?;
    let directory = object.status()?;
    let here = Status { kind: Kind::Directory, ..directory };
    let mut entries = alloc::vec![(String::from("."), here), (String::from(".."), here)];
    root()?.list(object.directory()?, &mut |name, status| entries.push((String::from(name), status)))?;
    let shown = Entry { inode: 0, place: 0, length: size_of::<Entry>() as u16, kind: 0, name: [0; NAME_BYTES] };
    Ok(Box::into_raw(Box::new(Listing { file, entries, next: 0, shown })))
}

fn or_null(listing: Result<*mut Listing, Errno>) -> *mut Listing {
    listing.unwrap_or_else(|error| {
        fail(error);
        ptr::null_mut()
    })
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn opendir(path: *const c_char) -> *mut Listing {
    // SAFETY: the caller's promise.
    or_null(unsafe { resolve(path) }.and_then(|path| {
        let status = root()?.status(&path)?;
        if status.kind != Kind::Directory {
            return Err(ENOTDIR);
        }
        let file = descriptors::open(open(&path, status), descriptors::O_CLOEXEC)?;
        list(file).inspect_err(|_| descriptors::forget(file))
    }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn fdopendir(file: c_int) -> *mut Listing {
    or_null(list(file))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn readdir64(listing: *mut Listing) -> *mut Entry {
    // SAFETY: the caller's promise: it is open, and nobody else reads it now.
    let Some(Listing { entries, next, shown, .. }) = (unsafe { listing.as_mut() }) else {
        fail(EBADF);
        return ptr::null_mut();
    };
    let Some((name, status)) = entries.get(*next) else { return ptr::null_mut() };
    *next += 1;
    let length = name.len().min(NAME_BYTES - 1);
    shown.name = [0; NAME_BYTES];
    for (to, from) in shown.name.iter_mut().zip(name.bytes().take(length)) {
        *to = from;
    }
    // Not 0, which readers take for an entry that was removed.
    shown.inode = status.inode.max(1);
    shown.kind = kind_number(status.kind);
    shown.place = *next as i64;
    shown
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn closedir(listing: *mut Listing) -> c_int {
    if listing.is_null() {
        return fail(EBADF);
    }
    // SAFETY: the caller's promise: it is open, and given up.
    let listing = unsafe { Box::from_raw(listing) };
    descriptors::forget(listing.file);
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn dirfd(listing: *mut Listing) -> c_int {
    // SAFETY: the caller's promise: it is open.
    match unsafe { listing.as_ref() } {
        Some(listing) => listing.file,
        None => status(Err(EBADF)),
    }
}

#[cfg(test)]
mod tests {
    use super::Entry;
    use core::mem::offset_of;

    #[test]
    fn the_layout_is_that_of_the_target() {
        assert_eq!((offset_of!(Entry, length), offset_of!(Entry, kind), offset_of!(Entry, name)), (16, 18, 19));
        assert_eq!(size_of::<Entry>(), 280);
    }
}
