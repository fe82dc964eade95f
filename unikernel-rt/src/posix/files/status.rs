//! `stat` and its relatives.

use super::{Kind, Status, open, resolve, root};
use crate::posix::descriptors::object;
use crate::posix::errno::{EFAULT, EINVAL, Errno, status};
use core::ffi::{c_char, c_int};

const S_IFIFO: u32 = 0o010_000;
const S_IFCHR: u32 = 0o020_000;
const S_IFDIR: u32 = 0o040_000;
const S_IFBLK: u32 = 0o060_000;
const S_IFREG: u32 = 0o100_000;
const S_IFSOCK: u32 = 0o140_000;
/// Read, and read and write, for everybody.
const READ: u32 = 0o444;
const WRITE: u32 = 0o222;
const SEARCH: u32 = 0o111;

const BLOCK_BYTES: u64 = 512;
const NS_PER_SECOND: u64 = 1_000_000_000;

/// C's `struct stat`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub(super) struct Stat {
    device: u64,
    inode: u64,
    links: u64,
    mode: u32,
    user: u32,
    group: u32,
    _gap: u32,
    special_device: u64,
    size_bytes: i64,
    block_bytes: i64,
    blocks: i64,
    times: [(i64, i64); 3],
    _rest: [i64; 3],
}

impl Stat {
    fn of(status: Status) -> Self {
        let Status { kind, size_bytes, device, inode, is_read_only, changed_ns } = status;
        let kind = match kind {
            Kind::File => S_IFREG,
            Kind::Directory => S_IFDIR | SEARCH,
            Kind::CharacterDevice => S_IFCHR,
            Kind::BlockDevice => S_IFBLK,
            Kind::Pipe => S_IFIFO,
            Kind::Socket => S_IFSOCK,
            Kind::Anonymous => 0,
        };
        let time = ((changed_ns / NS_PER_SECOND) as i64, (changed_ns % NS_PER_SECOND) as i64);
        Stat {
            device,
            inode,
            links: 1,
            mode: kind | READ | if is_read_only { 0 } else { WRITE },
            size_bytes: size_bytes as i64,
            block_bytes: 4096,
            blocks: size_bytes.div_ceil(BLOCK_BYTES) as i64,
            times: [time; 3],
            ..Stat::default()
        }
    }
}

fn look_up(path: &str) -> Result<Status, Errno> {
    root()?.status(path)
}

/// # Safety
/// `to` is valid for a write, or null.
unsafe fn tell(found: Result<Status, Errno>, to: *mut Stat) -> c_int {
    status(found.and_then(|found| {
        if to.is_null() {
            return Err(EFAULT);
        }
        // SAFETY: the caller's promise.
        unsafe { to.write(Stat::of(found)) };
        Ok(())
    }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn stat64(path: *const c_char, to: *mut Stat) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { tell(resolve(path).and_then(|path| look_up(&path)), to) }
}

/// The same, as libraries in C call it.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn stat(path: *const c_char, to: *mut Stat) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { stat64(path, to) }
}

/// There are no links.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn lstat64(path: *const c_char, to: *mut Stat) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { stat64(path, to) }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn fstat64(file: c_int, to: *mut Stat) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { tell(object(file).and_then(|object| object.status()), to) }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn fstat(file: c_int, to: *mut Stat) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fstat64(file, to) }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn fstatat64(directory: c_int, path: *const c_char, to: *mut Stat, _flags: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { tell(open::resolve_at(directory, path).and_then(|path| look_up(&path)), to) }
}

/// A path that exists is no link.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn readlink(path: *const c_char, _to: *mut c_char, _count: usize) -> isize {
    // SAFETY: the caller's promise.
    let found = unsafe { resolve(path) }.and_then(|path| look_up(&path));
    status(found.and(Err(EINVAL))) as isize
}

#[cfg(test)]
mod tests {
    use super::{Kind, Stat, Status};

    #[test]
    fn the_layout_is_that_of_the_target() {
        assert_eq!(size_of::<Stat>(), 144);
        assert_eq!(core::mem::offset_of!(Stat, mode), 24);
        assert_eq!(core::mem::offset_of!(Stat, size_bytes), 48);
        assert_eq!(core::mem::offset_of!(Stat, times), 72);
    }

    #[test]
    fn modes_tell_what_it_is_and_who_may_write() {
        let mode = |kind, is_read_only| Stat::of(Status { kind, is_read_only, ..Status::default() }).mode;
        assert_eq!(mode(Kind::File, true), 0o100_444);
        assert_eq!(mode(Kind::Directory, false), 0o040_777);
        assert_eq!(mode(Kind::BlockDevice, false), 0o060_666);
        let stat = Stat::of(Status { size_bytes: 513, changed_ns: 1_500_000_000, ..Status::default() });
        assert_eq!((stat.size_bytes, stat.blocks, stat.times[1]), (513, 2, (1, 500_000_000)));
    }
}
