//! Signals: nobody sends any, so that handlers are accepted and never called.

use super::errno::{EFAULT, EINVAL, fail};
use core::ffi::{c_int, c_void};

/// Signals are numbered from 1 on.
const SIGNALS: usize = 65;
const SIG_IGN: usize = 1;
const SIG_ERR: usize = usize::MAX;

/// C's `struct sigaction`, of which only the handler has a meaning here.
#[repr(C)]
struct Action {
    handler: usize,
    mask: [u64; 16],
    flags: c_int,
    restorer: usize,
}

/// Whether there is such a signal.
fn index(signal: c_int) -> Option<usize> {
    usize::try_from(signal).ok().filter(|index| (1..SIGNALS).contains(index))
}

/// Every signal is ignored, whatever handler it was given. Told so of faults, `std` installs nothing of its own for a stack overflow,
/// which the kernel reports.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn sigaction(signal: c_int, _action: *const Action, old: *mut Action) -> c_int {
    if !old.is_null() {
        // SAFETY: the caller's promise.
        unsafe { old.write(Action { handler: SIG_IGN, mask: [0; 16], flags: 0, restorer: 0 }) };
    }
    match index(signal) {
        Some(_) => 0,
        None => fail(EINVAL),
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn signal(signal: c_int, _handler: usize) -> usize {
    match index(signal) {
        Some(_) => SIG_IGN,
        None => {
            fail(EINVAL);
            SIG_ERR
        }
    }
}

/// Faults run on a stack of the kernel's own.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn sigaltstack(_new: *const c_void, _old: *mut c_void) -> c_int {
    0
}

const SET_WORDS: usize = 16;

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn sigemptyset(set: *mut [u64; SET_WORDS]) -> c_int {
    if set.is_null() {
        return fail(EFAULT);
    }
    // SAFETY: the caller's promise.
    unsafe { set.write([0; SET_WORDS]) };
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn sigaddset(set: *mut [u64; SET_WORDS], signal: c_int) -> c_int {
    let Some(index) = index(signal) else { return fail(EINVAL) };
    // SAFETY: the caller's promise: the set is initialised.
    unsafe { (*set)[(index - 1) / 64] |= 1 << ((index - 1) % 64) };
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pthread_sigmask(_how: c_int, _new: *const c_void, _old: *mut c_void) -> c_int {
    0
}

/// Waits for a signal: for ever.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pause() -> c_int {
    loop {
        crate::threads::block(crate::time::NEVER);
    }
}
