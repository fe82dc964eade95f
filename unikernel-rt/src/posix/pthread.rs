//! Threads by their names in C. A `pthread_t` is the address of a control block.

use super::errno::{EAGAIN, EDEADLK, EFAULT, EINVAL, ERANGE, ESRCH, fail};
use super::keys;
use crate::memory::PAGE_BYTES;
use crate::threads::{self, Body, NAME_BYTES, Thread, current};
use core::ffi::{c_char, c_int, c_void};

/// The stack of a thread whose maker names no size, as `std` has it.
const STACK_BYTES: usize = 2 << 20;

/// Least of a stack, as on Linux.
const STACK_BYTES_MIN: usize = 16 << 10;

/// C's `pthread_attr_t`: 56 bytes, for us to use as we like.
#[repr(C)]
struct Attributes {
    stack_bytes: usize,
    /// Of a running thread.
    stack_start: usize,
    is_detached: bool,
    _rest: [u64; 4],
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_attr_init(attributes: *mut Attributes) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        attributes.write(Attributes { stack_bytes: STACK_BYTES, stack_start: 0, is_detached: false, _rest: [0; 4] })
    };
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pthread_attr_destroy(_attributes: *mut Attributes) -> c_int {
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_attr_setstacksize(attributes: *mut Attributes, bytes: usize) -> c_int {
    if bytes < STACK_BYTES_MIN {
        return EINVAL.0;
    }
    // SAFETY: the caller's promise: it is initialised.
    unsafe { (*attributes).stack_bytes = bytes };
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_attr_setdetachstate(attributes: *mut Attributes, state: c_int) -> c_int {
    // SAFETY: the caller's promise: it is initialised.
    unsafe { (*attributes).is_detached = state == 1 };
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_attr_getguardsize(_attributes: *const Attributes, to: *mut usize) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { to.write(PAGE_BYTES as usize) };
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_attr_getstack(
    attributes: *const Attributes,
    start: *mut *mut c_void,
    bytes: *mut usize,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        start.write(core::ptr::with_exposed_provenance_mut((*attributes).stack_start));
        bytes.write((*attributes).stack_bytes);
    }
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_getattr_np(thread: usize, attributes: *mut Attributes) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        let stack = Thread::at(thread).stack();
        attributes.write(Attributes {
            stack_bytes: (stack.end - stack.start) as usize,
            stack_start: stack.start as usize,
            is_detached: false,
            _rest: [0; 4],
        });
    }
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_create(
    to: *mut usize,
    attributes: *const Attributes,
    body: Body,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise: there are none, or they are initialised.
    let (stack_bytes, is_detached) = match unsafe { attributes.as_ref() } {
        Some(attributes) => (attributes.stack_bytes, attributes.is_detached),
        None => (STACK_BYTES, false),
    };
    threads::at_exit(keys::destroy);
    match threads::spawn(stack_bytes as u64, body, argument) {
        Ok(thread) => {
            if is_detached {
                threads::detach(thread);
            }
            // SAFETY: the caller's promise.
            unsafe { to.write(thread.address()) };
            0
        }
        Err(threads::Unavailable) => EAGAIN.0,
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_join(thread: usize, to: *mut *mut c_void) -> c_int {
    if thread == current().address() {
        return EDEADLK.0;
    }
    // SAFETY: the caller's promise: it is a thread, and nobody else joins it.
    let result = threads::join(unsafe { Thread::at(thread) });
    if !to.is_null() {
        // SAFETY: the caller's promise.
        unsafe { to.write(result) };
    }
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_detach(thread: usize) -> c_int {
    // SAFETY: the caller's promise: it is a thread, and nobody joins it.
    threads::detach(unsafe { Thread::at(thread) });
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pthread_exit(result: *mut c_void) -> ! {
    threads::at_exit(keys::destroy);
    threads::exit(result)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pthread_self() -> usize {
    current().address()
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pthread_equal(one: usize, other: usize) -> c_int {
    c_int::from(one == other)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_setname_np(thread: usize, name: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let (thread, text) = unsafe { (Thread::at(thread), super::bytes::text(name)) };
    let mut name = [0; NAME_BYTES];
    let Some(room) = name.get_mut(..text.len()).filter(|_| text.len() < NAME_BYTES) else { return ERANGE.0 };
    room.copy_from_slice(text);
    thread.name.set(name);
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pthread_atfork(_before: usize, _parent: usize, _child: usize) -> c_int {
    0 // nothing forks
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn gettid() -> c_int {
    current().id.get() as c_int
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn sched_yield() -> c_int {
    threads::yield_now();
    0
}

/// One processor.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn sched_getaffinity(process: c_int, bytes: usize, set: *mut u8) -> c_int {
    if set.is_null() {
        return fail(EFAULT);
    }
    if process < 0 {
        return fail(ESRCH);
    }
    if bytes < size_of::<u64>() {
        return fail(EINVAL);
    }
    // SAFETY: the caller's promise.
    unsafe {
        set.write_bytes(0, bytes);
        set.write(1);
    }
    0
}
