//! `pthread_rwlock_*`: locks that many threads read under and one writes under, for libraries in C. `std` has its own.
//!
//! Readers go first, as they do in the GNU C library unless they are told otherwise: one may read again while another thread waits to write.

use super::errno::{EAGAIN, EBUSY, EPERM};
use super::pthread_mutex;
use crate::threads::current;
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicU32, Ordering};

/// Threads that read; [`WRITTEN`] for one that writes.
const FREE: u32 = 0;
const WRITTEN: u32 = u32::MAX;

/// C's `pthread_rwlock_t`: 56 bytes, all zeroes where C initializes it by a constant, except for a kind, which is not looked at.
#[repr(C)]
struct Lock {
    state: AtomicU32,
    /// The thread that writes; 0 for none.
    writer: AtomicU32,
    _rest: [u64; 6],
}

impl Lock {
    const fn new() -> Self {
        Lock { state: AtomicU32::new(FREE), writer: AtomicU32::new(0), _rest: [0; 6] }
    }

    /// Takes it for one more thread that reads, where that is possible now; or the error.
    fn read(&self) -> c_int {
        match self.state.load(Ordering::Relaxed) {
            WRITTEN => return EBUSY.0,
            readers if readers + 1 == WRITTEN => return EAGAIN.0,
            _ => _ = self.state.fetch_add(1, Ordering::Acquire),
        }
        0
    }

    /// Takes it for a thread that writes, where that is possible now; or the error.
    fn write(&self, thread: u32) -> c_int {
        if self.state.compare_exchange(FREE, WRITTEN, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return EBUSY.0;
        }
        self.writer.store(thread, Ordering::Relaxed);
        0
    }

    /// Gives it up once; whether it is free now, or the error.
    fn give_up(&self, thread: u32) -> Result<bool, c_int> {
        match self.state.load(Ordering::Relaxed) {
            FREE => return Err(EPERM.0),
            WRITTEN if self.writer.load(Ordering::Relaxed) != thread => return Err(EPERM.0),
            WRITTEN => {
                self.writer.store(0, Ordering::Relaxed);
                self.state.store(FREE, Ordering::Release);
            }
            _ => _ = self.state.fetch_sub(1, Ordering::Release),
        }
        Ok(self.state.load(Ordering::Relaxed) == FREE)
    }

    /// Waits until it is taken, or cannot be.
    fn wait(&self, take: impl Fn() -> c_int) -> c_int {
        pthread_mutex::wait(&self.state, take, || self.writer.load(Ordering::Relaxed) == current().id.get())
    }
}

/// Attributes say nothing that holds here.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_rwlock_init(lock: *mut Lock, _attributes: *const c_void) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { lock.write(Lock::new()) };
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_rwlock_destroy(lock: *const Lock) -> c_int {
    // SAFETY: the caller's promise: it is initialised.
    if unsafe { &*lock }.state.load(Ordering::Relaxed) == FREE { 0 } else { EBUSY.0 }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_rwlock_rdlock(lock: *const Lock) -> c_int {
    // SAFETY: the caller's promise: it is initialised.
    let lock = unsafe { &*lock };
    lock.wait(|| lock.read())
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_rwlock_tryrdlock(lock: *const Lock) -> c_int {
    // SAFETY: the caller's promise: it is initialised.
    unsafe { &*lock }.read()
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_rwlock_wrlock(lock: *const Lock) -> c_int {
    // SAFETY: the caller's promise: it is initialised.
    let lock = unsafe { &*lock };
    let thread = current().id.get();
    lock.wait(|| lock.write(thread))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_rwlock_trywrlock(lock: *const Lock) -> c_int {
    // SAFETY: the caller's promise: it is initialised.
    unsafe { &*lock }.write(current().id.get())
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_rwlock_unlock(lock: *const Lock) -> c_int {
    // SAFETY: the caller's promise: it is initialised.
    let lock = unsafe { &*lock };
    pthread_mutex::given_up(lock.give_up(current().id.get()), &lock.state, usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_read_or_one_writes() {
        assert_eq!(size_of::<Lock>(), 56);
        let lock = Lock::new();
        assert_eq!(lock.give_up(1), Err(EPERM.0));
        assert_eq!((lock.read(), lock.read(), lock.write(1)), (0, 0, EBUSY.0));
        assert_eq!((lock.give_up(1), lock.write(1)), (Ok(false), EBUSY.0));
        assert_eq!((lock.give_up(2), lock.write(1)), (Ok(true), 0));
        assert_eq!((lock.read(), lock.write(1), lock.write(2)), (EBUSY.0, EBUSY.0, EBUSY.0));
        assert_eq!(lock.give_up(2), Err(EPERM.0));
        assert_eq!((lock.give_up(1), lock.read()), (Ok(true), 0));
        lock.state.store(WRITTEN - 1, Ordering::Relaxed);
        assert_eq!(lock.read(), EAGAIN.0);
    }
}
