//! `flock`: locks of files, which each description that is open has for itself; and locks of ranges, which a process has.
//!
//! A machine is one process, but a program may open a file twice, as databases do that must not be. A lock ends with the last descriptor
//! of its description.

use super::descriptors::{self, F_GETFL, O_ACCMODE, O_RDONLY, O_WRONLY, Object, Status, fcntl};
use super::errno::{EAGAIN, EBADF, EFAULT, EINVAL, Errno, fail, status};
use crate::sync::lock;
use crate::threads;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::ffi::c_int;
use core::ptr;

const LOCK_SH: c_int = 1;
const LOCK_EX: c_int = 2;
const LOCK_NB: c_int = 4;
const LOCK_UN: c_int = 8;

/// What tells a file from others: its file system, and its number there.
type File = (u64, u64);

/// A lock that somebody has, or had: until its description is closed.
struct Lock {
    file: File,
    holder: Weak<dyn Object>,
    is_exclusive: bool,
}

lock! {
    static LOCKS: Vec<Lock> = Vec::new();
}

/// Gives up the lock of a description, and takes another where there is one to be taken; whether it is taken.
fn change(object: &Arc<dyn Object>, file: File, wanted: Option<bool>) -> bool {
    LOCKS.with(|locks| {
        let is_own = |lock: &Lock| ptr::addr_eq(lock.holder.as_ptr(), Arc::as_ptr(object));
        locks.retain(|lock| lock.holder.strong_count() > 0 && !is_own(lock));
        let Some(is_exclusive) = wanted else { return true };
        let mut others = locks.iter().filter(|lock| lock.file == file);
        let is_free = others.all(|lock| !is_exclusive && !lock.is_exclusive);
        if is_free {
            locks.push(Lock { file, holder: Arc::downgrade(object), is_exclusive });
        }
        is_free
    })
}

/// Does what an operation asks for, if that is possible now.
fn set(object: &Arc<dyn Object>, operation: c_int) -> Result<(), Errno> {
    let Status { device, inode, .. } = object.status()?;
    let wanted = match operation & !LOCK_NB {
        LOCK_SH => Some(false),
        LOCK_EX => Some(true),
        LOCK_UN => None,
        _ => return Err(EINVAL),
    };
    if change(object, (device, inode), wanted) { Ok(()) } else { Err(EAGAIN) }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn flock(file: c_int, operation: c_int) -> c_int {
    let object = match descriptors::object(file) {
        Ok(object) => object,
        Err(error) => return fail(error),
    };
    loop {
        match set(&object, operation) {
            // Nobody tells when a description is closed: it is tried again when others have run.
            Err(EAGAIN) if operation & LOCK_NB == 0 => threads::yield_now(),
            outcome => return status(outcome),
        }
    }
}

/// C's `struct flock`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Range {
    kind: i16,
    whence: i16,
    start: i64,
    length: i64,
    holder: c_int,
}

const F_RDLCK: i16 = 0;
const F_WRLCK: i16 = 1;
const F_UNLCK: i16 = 2;

/// Whether a descriptor with these flags may have a lock of this kind: there is no other process that could have one.
fn grant(kind: i16, status_flags: c_int) -> Result<(), Errno> {
    match (kind, status_flags & O_ACCMODE) {
        (F_RDLCK, O_WRONLY) | (F_WRLCK, O_RDONLY) => Err(EBADF),
        (F_RDLCK | F_WRLCK | F_UNLCK, _) => Ok(()),
        _ => Err(EINVAL),
    }
}

/// `fcntl`, as libraries in C call it. Locks of ranges are a process's against others: whoever asks for one has it, as on Linux.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn fcntl64(file: c_int, command: c_int, argument: *mut Range) -> c_int {
    const F_GETLK: c_int = 5;
    const F_SETLK: c_int = 6;
    const F_SETLKW: c_int = 7;
    if !matches!(command, F_GETLK | F_SETLK | F_SETLKW) {
        return fcntl(file, command, argument.addr() as c_int);
    }
    let status_flags = fcntl(file, F_GETFL, 0);
    if status_flags < 0 {
        return status_flags;
    }
    // SAFETY: the caller's promise: these commands have a range, which nobody else uses meanwhile.
    status(match unsafe { argument.as_mut() } {
        None => Err(EFAULT),
        Some(Range { kind, .. }) if command == F_GETLK => match *kind {
            F_RDLCK | F_WRLCK => {
                *kind = F_UNLCK; // nobody is in its way
                Ok(())
            }
            _ => Err(EINVAL),
        },
        Some(Range { kind, .. }) => grant(*kind, status_flags),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Open(u64, u64);

    impl Object for Open {
        fn status(&self) -> Result<Status, Errno> {
            Ok(Status { device: self.0, inode: self.1, ..Status::default() })
        }
    }

    #[test]
    fn a_description_locks_out_others_until_it_is_closed() {
        let file = |device, inode| -> Arc<dyn Object> { Arc::new(Open(device, inode)) };
        let (one, two) = (file(7, 1), file(7, 1));
        let others = [file(7, 2), file(8, 1)];
        assert_eq!(set(&one, LOCK_EX), Ok(()));
        assert_eq!(set(&one, LOCK_EX), Ok(()), "its own");
        for operation in [LOCK_EX, LOCK_SH] {
            assert_eq!(set(&two, operation), Err(EAGAIN));
            assert!(others.iter().all(|other| set(other, operation) == Ok(())));
        }
        assert_eq!(set(&one, LOCK_SH), Ok(()));
        assert_eq!(set(&two, LOCK_SH), Ok(()), "both read");
        assert_eq!(set(&one, LOCK_EX), Err(EAGAIN));
        assert_eq!(set(&two, LOCK_UN), Ok(()));
        assert_eq!(set(&two, LOCK_UN), Ok(()), "of nothing");
        assert_eq!(set(&one, LOCK_EX), Ok(()));
        drop(one);
        assert_eq!(set(&two, LOCK_EX), Ok(()), "it is closed");
        assert_eq!(set(&two, 3), Err(EINVAL));
    }

    #[test]
    fn ranges_are_granted_to_who_may_read_or_write() {
        assert_eq!(size_of::<Range>(), 32);
        const O_RDWR: c_int = descriptors::O_RDWR | descriptors::O_NONBLOCK;
        for (kind, flags, expected) in [
            (F_RDLCK, O_RDONLY, Ok(())),
            (F_RDLCK, O_RDWR, Ok(())),
            (F_RDLCK, O_WRONLY, Err(EBADF)),
            (F_WRLCK, O_RDONLY, Err(EBADF)),
            (F_WRLCK, O_RDWR, Ok(())),
            (F_UNLCK, O_RDONLY, Ok(())),
            (3, O_RDWR, Err(EINVAL)),
        ] {
            assert_eq!(grant(kind, flags), expected, "{kind} {flags}");
        }
    }
}
