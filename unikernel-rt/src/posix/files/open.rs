//! `open` and its relatives.

use super::{Options, path, resolve, root};
use crate::posix::bytes::text;
use crate::posix::descriptors::{self, object};
use crate::posix::errno::{EACCES, EFAULT, EINVAL, EISDIR, ENOTDIR, Errno, fail, status};
use crate::posix::files::Kind;
use alloc::string::String;
use core::ffi::{c_char, c_int, c_uint};

const O_ACCMODE: c_int = 3;
const O_RDONLY: c_int = 0;
const O_WRONLY: c_int = 1;
const O_RDWR: c_int = 2;
const O_CREAT: c_int = 0o100;
const O_EXCL: c_int = 0o200;
const O_TRUNC: c_int = 0o1000;
const O_APPEND: c_int = 0o2000;
const O_DIRECTORY: c_int = 0o200_000;

/// The directory that relative paths begin at, in place of a descriptor's.
pub(super) const AT_FDCWD: c_int = -100;

/// Opens the file at a path.
fn open_at(path: impl FnOnce() -> Result<String, Errno>, flags: c_int) -> Result<c_int, Errno> {
    // First of all: where nothing is mounted, the compiler leaves out the rest.
    let root = root()?;
    let path = &path()?;
    let (reads, writes) = match flags & O_ACCMODE {
        O_RDONLY => (true, false),
        O_WRONLY => (false, true),
        O_RDWR => (true, true),
        _ => return Err(EINVAL),
    };
    let options = Options {
        reads,
        writes,
        appends: flags & O_APPEND != 0,
        creates: flags & O_CREAT != 0,
        is_exclusive: flags & O_EXCL != 0,
        truncates: flags & O_TRUNC != 0,
    };
    let object = root.open(path, options)?;
    let kind = object.status()?.kind;
    if flags & O_DIRECTORY != 0 && kind != Kind::Directory {
        return Err(ENOTDIR);
    }
    if writes && kind == Kind::Directory {
        return Err(EISDIR);
    }
    descriptors::open(object, flags & !(O_CREAT | O_EXCL | O_TRUNC))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn open64(path: *const c_char, flags: c_int, _mode: c_uint) -> c_int {
    // SAFETY: the caller's promise.
    open_at(|| unsafe { resolve(path) }, flags).unwrap_or_else(fail)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { open64(path, flags, mode) }
}

/// As [`resolve`], where a relative path begins at the directory that `directory` is open on.
///
/// # Safety
/// `path` is a C string, or null.
pub(super) unsafe fn resolve_at(directory: c_int, path: *const c_char) -> Result<String, Errno> {
    if path.is_null() {
        return Err(EFAULT);
    }
    if directory == AT_FDCWD {
        // SAFETY: the caller's promise.
        return unsafe { resolve(path) };
    }
    // SAFETY: the caller's promise.
    path::join(object(directory)?.directory()?, unsafe { text(path) })
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn openat64(directory: c_int, path: *const c_char, flags: c_int, _mode: c_uint) -> c_int {
    // SAFETY: the caller's promise.
    open_at(|| unsafe { resolve_at(directory, path) }, flags).unwrap_or_else(fail)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn access(path: *const c_char, mode: c_int) -> c_int {
    const W_OK: c_int = 2;
    // SAFETY: the caller's promise.
    status(unsafe { resolve(path) }.and_then(|path| {
        let found = root()?.status(&path)?;
        if mode & W_OK != 0 && found.is_read_only { Err(EACCES) } else { Ok(()) }
    }))
}
