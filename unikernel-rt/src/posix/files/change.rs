//! Changes of directories: what a tree allows, which is nothing where it is read-only.

use super::{Status, open, resolve, root};
use crate::posix::descriptors::object;
use crate::posix::errno::{EINVAL, ENOTSUP, EPERM, EROFS, EXDEV, Errno, result, status};
use core::ffi::{c_char, c_int, c_uint, c_void};

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn mkdir(path: *const c_char, _mode: c_uint) -> c_int {
    // SAFETY: the caller's promise.
    status(unsafe { resolve(path) }.and_then(|path| root()?.create_directory(&path)))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    status(unsafe { resolve(path) }.and_then(|path| root()?.remove_file(&path)))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    status(unsafe { resolve(path) }.and_then(|path| root()?.remove_directory(&path)))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn unlinkat(directory: c_int, path: *const c_char, flags: c_int) -> c_int {
    const AT_REMOVEDIR: c_int = 0x200;
    // SAFETY: the caller's promise.
    status(unsafe { open::resolve_at(directory, path) }.and_then(|path| {
        if flags & AT_REMOVEDIR != 0 { root()?.remove_directory(&path) } else { root()?.remove_file(&path) }
    }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let paths = unsafe { resolve(from).and_then(|from| Ok((from, resolve(to)?))) };
    status(paths.and_then(|(from, to)| root()?.rename(&from, &to)))
}

/// Whether the path exists: then what is asked for is refused, with this error.
///
/// # Safety
/// `path` is a C string, or null.
unsafe fn refused(path: *const c_char, error: Errno) -> c_int {
    // SAFETY: the caller's promise.
    status(unsafe { resolve(path) }.and_then(|path| root()?.status(&path)).and(Err(error)))
}

/// Modes are not kept, so that setting one changes nothing; `std` sets that of every file that it copies.
fn set_mode(found: Result<Status, Errno>) -> c_int {
    status(found.and_then(|found| if found.is_read_only { Err(EROFS) } else { Ok(()) }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn chmod(path: *const c_char, _mode: c_uint) -> c_int {
    // SAFETY: the caller's promise.
    set_mode(unsafe { resolve(path) }.and_then(|path| root()?.status(&path)))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn fchmod(file: c_int, _mode: c_uint) -> c_int {
    set_mode(object(file).and_then(|object| object.status()))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn chown(path: *const c_char, _user: c_uint, _group: c_uint) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { refused(path, EPERM) }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn lchown(path: *const c_char, user: c_uint, group: c_uint) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { chown(path, user, group) }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn fchown(_file: c_int, _user: c_uint, _group: c_uint) -> c_int {
    status(Err(EPERM))
}

/// There are no links.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn symlink(_target: *const c_char, _path: *const c_char) -> c_int {
    status(Err(EPERM))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn linkat(_a: c_int, _b: *const c_char, _c: c_int, _d: *const c_char, _flags: c_int) -> c_int {
    status(Err(EPERM))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn mkfifo(_path: *const c_char, _mode: c_uint) -> c_int {
    status(Err(EPERM))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn futimens(_file: c_int, _times: *const c_void) -> c_int {
    status(Err(EPERM))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn utimensat(_directory: c_int, _path: *const c_char, _times: *const c_void, _flags: c_int) -> c_int {
    status(Err(EPERM))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn utimes(_path: *const c_char, _times: *const c_void) -> c_int {
    status(Err(EPERM))
}

/// `std` then copies by reading and writing.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn copy_file_range(
    _from: c_int,
    _from_offset: *mut i64,
    _to: c_int,
    _to_offset: *mut i64,
    _count: usize,
    _flags: c_uint,
) -> isize {
    result(Err(EXDEV))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn sendfile64(_to: c_int, _from: c_int, _offset: *mut i64, _count: usize) -> isize {
    result(Err(EINVAL))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn splice(
    _from: c_int,
    _from_offset: *mut i64,
    _to: c_int,
    _to_offset: *mut i64,
    _count: usize,
    _flags: c_uint,
) -> isize {
    result(Err(EINVAL))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn chroot(_path: *const c_char) -> c_int {
    status(Err(ENOTSUP))
}
