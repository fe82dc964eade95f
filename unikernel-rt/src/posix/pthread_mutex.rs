//! `pthread_mutex_*`: locks for libraries in C, and for crates that use them by name. `std` has its own.

use super::errno::{EAGAIN, EBUSY, EDEADLK, EINVAL, EPERM};
use crate::threads::{self, current};
use crate::time::NEVER;
use core::cell::Cell;
use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

/// Who takes it again waits for himself for ever. There is a fourth kind, which spins a while before it waits: the same here.
const NORMAL: c_int = 0;
const RECURSIVE: c_int = 1;
const ERROR_CHECKING: c_int = 2;
const ADAPTIVE: c_int = 3;

/// C's `pthread_mutex_t`: 40 bytes, all zeroes where C initializes it by a constant, except for the kind.
#[repr(C)]
struct Mutex {
    /// 1 while it is held.
    word: AtomicU32,
    /// How often the thread that holds it has taken it besides.
    again: Cell<u32>,
    /// The thread that holds it; 0 for none.
    holder: AtomicU32,
    _unused: u32,
    kind: c_int,
    _rest: [u32; 5],
}

impl Mutex {
    const fn new(kind: c_int) -> Self {
        let (word, holder) = (AtomicU32::new(0), AtomicU32::new(0));
        Mutex { word, again: Cell::new(0), holder, _unused: 0, kind, _rest: [0; 5] }
    }

    /// Takes it for a thread, where that is possible now; or the error.
    fn take(&self, thread: u32) -> c_int {
        if self.word.swap(1, Ordering::Acquire) == 0 {
            self.holder.store(thread, Ordering::Relaxed);
            return 0;
        }
        if self.kind != RECURSIVE || self.holder.load(Ordering::Relaxed) != thread {
            return EBUSY.0;
        }
        let Some(again) = self.again.get().checked_add(1) else { return EAGAIN.0 };
        self.again.set(again);
        0
    }

    /// Gives it up once; whether it is free now, or the error.
    fn give_up(&self, thread: u32) -> Result<bool, c_int> {
        let is_checked = matches!(self.kind, RECURSIVE | ERROR_CHECKING);
        if is_checked && self.holder.load(Ordering::Relaxed) != thread {
            return Err(EPERM.0);
        }
        if let Some(again) = self.again.get().checked_sub(1) {
            self.again.set(again);
            return Ok(false);
        }
        self.holder.store(0, Ordering::Relaxed);
        self.word.store(0, Ordering::Release);
        Ok(true)
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_mutex_init(mutex: *mut Mutex, kind: *const c_int) -> c_int {
    // SAFETY: the caller's promise: there are no attributes, or they are initialised.
    let kind = unsafe { kind.as_ref() }.copied().unwrap_or(NORMAL);
    // SAFETY: as above.
    unsafe { mutex.write(Mutex::new(kind)) };
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_mutex_destroy(mutex: *const Mutex) -> c_int {
    // SAFETY: the caller's promise: it is initialised.
    if unsafe { &*mutex }.word.load(Ordering::Relaxed) == 0 { 0 } else { EBUSY.0 }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_mutex_trylock(mutex: *const Mutex) -> c_int {
    // SAFETY: the caller's promise: it is initialised.
    unsafe { &*mutex }.take(current().id.get())
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_mutex_lock(mutex: *const Mutex) -> c_int {
    // SAFETY: the caller's promise: it is initialised.
    let mutex = unsafe { &*mutex };
    let thread = current().id.get();
    let is_own = || mutex.kind == ERROR_CHECKING && mutex.holder.load(Ordering::Relaxed) == thread;
    wait(&mutex.word, || mutex.take(thread), is_own)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_mutex_unlock(mutex: *const Mutex) -> c_int {
    // SAFETY: the caller's promise: it is initialised.
    let mutex = unsafe { &*mutex };
    given_up(mutex.give_up(current().id.get()), &mutex.word, 1)
}

/// Waits until a lock is taken, or cannot be: while others have it, and not the thread itself.
pub(super) fn wait(word: &AtomicU32, take: impl Fn() -> c_int, is_own: impl Fn() -> bool) -> c_int {
    loop {
        match take() {
            error if error != EBUSY.0 => return error,
            _ if is_own() => return EDEADLK.0,
            _ => _ = threads::wait_at(word.as_ptr().addr(), NEVER),
        }
    }
}

/// What a function returns that gives a lock up: where it is free now, so many of those that wait are woken.
pub(super) fn given_up(outcome: Result<bool, c_int>, word: &AtomicU32, most: usize) -> c_int {
    match outcome {
        Ok(is_free) => {
            if is_free {
                threads::wake_at(word.as_ptr().addr(), most);
            }
            0
        }
        Err(error) => error,
    }
}

/// C's `pthread_mutexattr_t` has room for one number: the kind.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_mutexattr_init(kind: *mut c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { kind.write(NORMAL) };
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pthread_mutexattr_destroy(_kind: *mut c_int) -> c_int {
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_mutexattr_settype(kind: *mut c_int, wanted: c_int) -> c_int {
    if !(NORMAL..=ADAPTIVE).contains(&wanted) {
        return EINVAL.0;
    }
    // SAFETY: the caller's promise.
    unsafe { kind.write(wanted) };
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_that_of_the_constants_of_c() {
        assert_eq!((size_of::<Mutex>(), core::mem::offset_of!(Mutex, kind)), (40, 16));
        let mut kind = -1;
        // SAFETY: there is room for a kind.
        unsafe {
            assert_eq!((pthread_mutexattr_init(&raw mut kind), kind), (0, NORMAL));
            assert_eq!((pthread_mutexattr_settype(&raw mut kind, RECURSIVE), kind), (0, RECURSIVE));
            assert_eq!((pthread_mutexattr_settype(&raw mut kind, 4), kind), (EINVAL.0, RECURSIVE));
        }
    }

    #[test]
    fn a_recursive_one_is_free_when_it_is_given_up_as_often_as_it_was_taken() {
        let mutex = Mutex::new(RECURSIVE);
        assert_eq!(mutex.give_up(1), Err(EPERM.0));
        assert_eq!((mutex.take(1), mutex.take(1), mutex.take(2)), (0, 0, EBUSY.0));
        assert_eq!(mutex.give_up(2), Err(EPERM.0));
        assert_eq!((mutex.give_up(1), mutex.take(2)), (Ok(false), EBUSY.0));
        assert_eq!((mutex.give_up(1), mutex.take(2)), (Ok(true), 0));
        mutex.again.set(u32::MAX);
        assert_eq!(mutex.take(2), EAGAIN.0);
    }

    #[test]
    fn others_are_taken_once() {
        for kind in [NORMAL, ERROR_CHECKING, ADAPTIVE] {
            let mutex = Mutex::new(kind);
            assert_eq!((mutex.take(1), mutex.take(1), mutex.take(2)), (0, EBUSY.0, EBUSY.0));
            let of_another = if kind == ERROR_CHECKING { Err(EPERM.0) } else { Ok(true) };
            assert_eq!(mutex.give_up(2), of_another);
        }
    }
}
