//! File descriptors: a table of open objects, and what is done with any of them.

use super::console::Console;
use super::errno::{EBADF, EFAULT, EINVAL, EMFILE, ENOTDIR, ENOTSOCK, ENOTTY, ESPIPE, Errno, fail, result, status};
use super::parts::{self, Parts, PartsMut};
use super::readiness::Readiness;
use crate::sync::lock;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::ffi::{c_int, c_void};
use core::task::Waker;

/// Most descriptors of a kernel.
const MOST: usize = 1 << 16;

/// How far a file is from its beginning at most, as C has it.
pub(super) const OFFSET_MAX: u64 = i64::MAX as u64;

/// What a descriptor is open on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Kind {
    #[default]
    File,
    Directory,
    CharacterDevice,
    BlockDevice,
    Pipe,
    Socket,
    /// What has no place among files, such as an epoll.
    Anonymous,
}

/// What `fstat` tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Status {
    pub(super) kind: Kind,
    pub(super) size_bytes: u64,
    /// The file system that it is of.
    pub(super) device: u64,
    /// What tells it from others of its file system.
    pub(super) inode: u64,
    pub(super) is_read_only: bool,
    /// Nanoseconds since 1970 of the last change; 0 where nobody knows.
    pub(super) changed_ns: u64,
}

/// Where a seek begins, by C's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Whence {
    Start,
    Current,
    End,
}

/// Something that is open: the description that `dup`ed descriptors share, its position included.
pub(super) trait Object: Any + Send + Sync {
    fn read(&self, _buffer: &mut [u8]) -> Result<usize, Errno> {
        Err(EBADF)
    }

    fn write(&self, _bytes: &[u8]) -> Result<usize, Errno> {
        Err(EBADF)
    }

    /// Reads into several parts, as so many reads would.
    fn read_parts(&self, parts: &mut PartsMut<'_>) -> Result<usize, Errno> {
        parts::each(parts.iter_mut().map(|part| (part.len(), part)).map(|(bytes, part)| (part, bytes)), |part, _| {
            self.read(part)
        })
    }

    /// Writes several parts, as so many writes would.
    fn write_parts(&self, parts: &Parts<'_>) -> Result<usize, Errno> {
        parts::each(parts.iter().map(|part| (part, part.len())), |part, _| self.write(part))
    }

    fn read_at(&self, _offset: u64, _buffer: &mut [u8]) -> Result<usize, Errno> {
        Err(ESPIPE)
    }

    fn write_at(&self, _offset: u64, _bytes: &[u8]) -> Result<usize, Errno> {
        Err(ESPIPE)
    }

    fn seek(&self, _whence: Whence, _distance: i64) -> Result<u64, Errno> {
        Err(ESPIPE)
    }

    fn status(&self) -> Result<Status, Errno>;

    fn truncate(&self, _size_bytes: u64) -> Result<(), Errno> {
        Err(EINVAL)
    }

    /// Makes all that was written durable.
    fn sync(&self) -> Result<(), Errno> {
        Err(EINVAL)
    }

    /// What can be done with it now.
    fn readiness(&self) -> Readiness {
        Readiness::READABLE | Readiness::WRITABLE
    }

    /// Has a waker woken by the next change of what can be done with it, once. What never changes keeps nobody.
    fn watch(&self, _waker: &Waker) {}

    /// Reads from a socket, by the flags of C.
    fn receive_bytes(&self, _buffer: &mut [u8], _flags: c_int) -> Result<usize, Errno> {
        Err(ENOTSOCK)
    }

    /// Writes to a socket, by the flags of C.
    fn send_bytes(&self, _bytes: &[u8], _flags: c_int) -> Result<usize, Errno> {
        Err(ENOTSOCK)
    }

    /// Closes directions of a socket.
    fn close_directions(&self, _of_reading: bool, _of_writing: bool) -> Result<(), Errno> {
        Err(ENOTSOCK)
    }

    /// The path of a directory.
    fn directory(&self) -> Result<&str, Errno> {
        Err(ENOTDIR)
    }

    /// Switches waiting off or on; whether it knows that.
    fn set_nonblocking(&self, _is_on: bool) {}
}

/// An entry of the table.
#[derive(Clone)]
struct Descriptor {
    object: Arc<dyn Object>,
    /// `FD_CLOEXEC`: nothing is ever executed, but what was set is told.
    flags: c_int,
    /// How it was opened, and `O_NONBLOCK`. Duplicates have their own: objects know what they have to.
    status_flags: c_int,
}

lock! {
    /// None before the first use: the three standard ones are open then.
    static TABLE: Option<Vec<Option<Descriptor>>> = None;
}

fn with_table<R>(section: impl FnOnce(&mut Vec<Option<Descriptor>>) -> R) -> R {
    TABLE.with(|table| {
        section(table.get_or_insert_with(|| {
            let object: Arc<dyn Object> = Arc::new(Console);
            let standard = Descriptor { object, flags: 0, status_flags: O_RDWR };
            alloc::vec![Some(standard.clone()), Some(standard.clone()), Some(standard)]
        }))
    })
}

fn descriptor(file: c_int) -> Result<Descriptor, Errno> {
    let index = usize::try_from(file).map_err(|_| EBADF)?;
    with_table(|table| table.get(index).cloned().flatten().ok_or(EBADF))
}

/// What a descriptor is open on.
pub(super) fn object(file: c_int) -> Result<Arc<dyn Object>, Errno> {
    let index = usize::try_from(file).map_err(|_| EBADF)?;
    with_table(|table| match table.get(index) {
        Some(Some(descriptor)) => Ok(descriptor.object.clone()),
        _ => Err(EBADF),
    })
}

/// Opens an object by the lowest descriptor that is free.
pub(super) fn open(object: Arc<dyn Object>, status_flags: c_int) -> Result<c_int, Errno> {
    let flags = if status_flags & O_CLOEXEC != 0 { FD_CLOEXEC } else { 0 };
    insert(Descriptor { object, flags, status_flags: status_flags & !O_CLOEXEC }, 0)
}

/// Enters a descriptor at the lowest free place from `least` on.
fn insert(descriptor: Descriptor, least: usize) -> Result<c_int, Errno> {
    with_table(|table| {
        let free = (least..table.len()).find(|index| table[*index].is_none());
        let index = free.unwrap_or_else(|| table.len().max(least));
        if index >= MOST {
            return Err(EMFILE);
        }
        if index >= table.len() {
            table.resize_with(index + 1, || None);
        }
        table[index] = Some(descriptor);
        Ok(index as c_int)
    })
}

const FD_CLOEXEC: c_int = 1;
pub(super) const F_GETFL: c_int = 3;
/// What the mode of a descriptor is, and stays.
pub(super) const O_ACCMODE: c_int = 3;
pub(super) const O_RDONLY: c_int = 0;
pub(super) const O_WRONLY: c_int = 1;
pub(super) const O_RDWR: c_int = 2;
pub(super) const O_NONBLOCK: c_int = 0o4000;
pub(super) const O_CLOEXEC: c_int = 0o2_000_000;

/// A buffer of a caller's as a slice.
///
/// # Safety
/// It has `count` bytes, which nobody else uses meanwhile.
pub(super) unsafe fn buffer<'a>(start: *mut c_void, count: usize) -> Result<&'a mut [u8], Errno> {
    match (start.is_null(), count) {
        (_, 0) => Ok(&mut []),
        (true, _) => Err(EFAULT),
        // More than that no object has in memory, so that no caller has it.
        (false, count) if isize::try_from(count).is_err() => Err(EINVAL),
        // SAFETY: the caller's promise. Memory that was never written to is told to be bytes all the same: they are only written.
        (false, count) => Ok(unsafe { core::slice::from_raw_parts_mut(start.cast(), count) }),
    }
}

/// As [`buffer`], to be read.
///
/// # Safety
/// It has `count` bytes, which nobody changes meanwhile.
pub(super) unsafe fn bytes<'a>(start: *const c_void, count: usize) -> Result<&'a [u8], Errno> {
    // SAFETY: the caller's promise; the slice is not written to.
    unsafe { buffer(start.cast_mut(), count) }.map(|bytes| &*bytes)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn read(file: c_int, to: *mut c_void, count: usize) -> isize {
    // SAFETY: the caller's promise.
    result(object(file).and_then(|object| object.read(unsafe { buffer(to, count) }?)))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn write(file: c_int, from: *const c_void, count: usize) -> isize {
    // SAFETY: the caller's promise.
    result(object(file).and_then(|object| object.write(unsafe { bytes(from, count) }?)))
}

pub(super) fn offset(offset: i64) -> Result<u64, Errno> {
    u64::try_from(offset).map_err(|_| EINVAL)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pread64(file: c_int, to: *mut c_void, count: usize, at: i64) -> isize {
    // SAFETY: the caller's promise.
    result(object(file).and_then(|object| object.read_at(offset(at)?, unsafe { buffer(to, count) }?)))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pwrite64(file: c_int, from: *const c_void, count: usize, at: i64) -> isize {
    // SAFETY: the caller's promise.
    result(object(file).and_then(|object| object.write_at(offset(at)?, unsafe { bytes(from, count) }?)))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn lseek64(file: c_int, distance: i64, whence: c_int) -> i64 {
    let outcome = object(file).and_then(|object| {
        let whence = match whence {
            0 => Whence::Start,
            1 => Whence::Current,
            2 => Whence::End,
            _ => return Err(EINVAL),
        };
        object.seek(whence, distance)
    });
    outcome.map_or_else(|error| i64::from(fail(error)), |place| place as i64)
}

/// The place that a seek leads to.
pub(super) fn sought(whence: Whence, distance: i64, current: u64, end: u64) -> Result<u64, Errno> {
    let from = match whence {
        Whence::Start => 0,
        Whence::Current => current,
        Whence::End => end,
    };
    from.checked_add_signed(distance).filter(|place| *place <= OFFSET_MAX).ok_or(EINVAL)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn close(file: c_int) -> c_int {
    let index = usize::try_from(file).unwrap_or(usize::MAX);
    let closed = with_table(|table| table.get_mut(index).and_then(Option::take));
    // What the last descriptor of an object takes with it may itself close others.
    status(closed.map(drop).ok_or(EBADF))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn dup(file: c_int) -> c_int {
    duplicate(file, 0, 0).unwrap_or_else(fail)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn dup2(file: c_int, to: c_int) -> c_int {
    let outcome = descriptor(file).and_then(|found| {
        let index = usize::try_from(to).ok().filter(|index| *index < MOST).ok_or(EBADF)?;
        if to == file {
            return Ok(to);
        }
        let replaced = with_table(|table| {
            if index >= table.len() {
                table.resize_with(index + 1, || None);
            }
            table[index].replace(Descriptor { flags: 0, ..found })
        });
        drop(replaced);
        Ok(to)
    });
    outcome.unwrap_or_else(fail)
}

/// Changes the entry of a descriptor, where it is open.
fn change(file: c_int, change: impl FnOnce(&mut Descriptor)) {
    with_table(|table| {
        if let Some(Some(descriptor)) = usize::try_from(file).ok().and_then(|index| table.get_mut(index)) {
            change(descriptor);
        }
    });
}

fn duplicate(file: c_int, least: c_int, flags: c_int) -> Result<c_int, Errno> {
    let least = usize::try_from(least).ok().filter(|least| *least < MOST).ok_or(EINVAL)?;
    insert(Descriptor { flags, ..descriptor(file)? }, least)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
pub(super) extern "C" fn fcntl(file: c_int, command: c_int, argument: c_int) -> c_int {
    const F_DUPFD: c_int = 0;
    const F_GETFD: c_int = 1;
    const F_SETFD: c_int = 2;
    const F_SETFL: c_int = 4;
    const F_DUPFD_CLOEXEC: c_int = 1030;
    let outcome = descriptor(file).and_then(|found| match command {
        F_DUPFD => duplicate(file, argument, 0),
        F_DUPFD_CLOEXEC => duplicate(file, argument, FD_CLOEXEC),
        F_GETFD => Ok(found.flags),
        F_SETFD => {
            change(file, |descriptor| descriptor.flags = argument & FD_CLOEXEC);
            Ok(0)
        }
        F_GETFL => Ok(found.status_flags),
        F_SETFL => {
            change(file, |descriptor| {
                descriptor.status_flags = descriptor.status_flags & O_ACCMODE | argument & !O_ACCMODE;
            });
            found.object.set_nonblocking(argument & O_NONBLOCK != 0);
            Ok(0)
        }
        _ => Err(EINVAL),
    });
    outcome.unwrap_or_else(fail)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn ioctl(file: c_int, request: u64, argument: *mut c_int) -> c_int {
    const FIONBIO: u64 = 0x5421;
    const FIOCLEX: u64 = 0x5451;
    status(descriptor(file).and_then(|found| match request {
        FIONBIO if argument.is_null() => Err(EFAULT),
        FIONBIO => {
            // SAFETY: the caller's promise: it points to a number.
            let is_on = unsafe { argument.read() } != 0;
            change(file, |descriptor| {
                let others = descriptor.status_flags & !O_NONBLOCK;
                descriptor.status_flags = if is_on { others | O_NONBLOCK } else { others };
            });
            found.object.set_nonblocking(is_on);
            Ok(())
        }
        FIOCLEX => Ok(()),
        _ => Err(ENOTTY),
    }))
}

/// No console is a terminal: programs then write lines, without colours.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn isatty(file: c_int) -> c_int {
    match descriptor(file) {
        Ok(_) => fail(ENOTTY) + 1,
        Err(error) => fail(error) + 1,
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn fsync(file: c_int) -> c_int {
    status(object(file).and_then(|object| object.sync()))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn fdatasync(file: c_int) -> c_int {
    fsync(file)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn ftruncate64(file: c_int, size_bytes: i64) -> c_int {
    status(object(file).and_then(|object| object.truncate(offset(size_bytes)?)))
}

/// Closes a descriptor that a function of this crate has opened.
pub(super) fn forget(file: c_int) {
    let index = usize::try_from(file).unwrap_or(usize::MAX);
    drop(with_table(|table| table.get_mut(index).and_then(Option::take)));
}
