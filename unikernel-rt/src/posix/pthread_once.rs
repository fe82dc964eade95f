//! `pthread_once`: what libraries in C do once, whichever thread comes first.

use crate::threads;
use crate::time::NEVER;
use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

/// C initializes it so by a constant.
const NEW: u32 = 0;
const RUNNING: u32 = 1;
const DONE: u32 = 2;

/// Who comes while another thread does it waits until that is done.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_once(once: *const AtomicU32, routine: extern "C" fn()) -> c_int {
    // SAFETY: the caller's promise: C's `pthread_once_t` is a number, which nobody else changes.
    let once = unsafe { &*once };
    let address = once.as_ptr().addr();
    loop {
        match once.compare_exchange(NEW, RUNNING, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => {
                routine();
                once.store(DONE, Ordering::Release);
                threads::wake_at(address, usize::MAX);
                return 0;
            }
            Err(DONE) => return 0,
            Err(_) => _ = threads::wait_at(address, NEVER),
        }
    }
}
