//! Futexes: what every lock of `std` waits by.

use super::clocks::{CLOCK_REALTIME, TimeSpec, after_ns, deadline};
use super::errno::{EAGAIN, EFAULT, EINVAL, ENOSYS, ETIMEDOUT, Errno};
use crate::threads;
use crate::time::NEVER;
use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

const FUTEX_WAIT: i64 = 0;
const FUTEX_WAKE: i64 = 1;
const FUTEX_WAIT_BITSET: i64 = 9;
const FUTEX_WAKE_BITSET: i64 = 10;
const FUTEX_PRIVATE: i64 = 128;
const FUTEX_CLOCK_REALTIME: i64 = 256;
const CLOCK_MONOTONIC: c_int = 1;

/// The system call.
///
/// # Safety
/// `word` points to a number that is accessed atomically alone, and `timeout` to a time, or to nothing.
pub(super) unsafe fn futex(
    word: *const AtomicU32,
    operation: i64,
    value: u32,
    timeout: *const TimeSpec,
) -> Result<usize, Errno> {
    if word.is_null() {
        return Err(EFAULT);
    }
    if !word.is_aligned() {
        return Err(EINVAL);
    }
    let clock_id = if operation & FUTEX_CLOCK_REALTIME != 0 { CLOCK_REALTIME } else { CLOCK_MONOTONIC };
    match operation & !(FUTEX_PRIVATE | FUTEX_CLOCK_REALTIME) {
        FUTEX_WAKE | FUTEX_WAKE_BITSET => Ok(threads::wake_at(word.addr(), value as usize)),
        wait @ (FUTEX_WAIT | FUTEX_WAIT_BITSET) => {
            // SAFETY: the caller's promise.
            let (word, timeout) = unsafe { (&*word, timeout.as_ref()) };
            // Relative to now, or a time of the clock.
            let until = match timeout.map(|timeout| timeout.ns()).transpose()? {
                None => NEVER,
                Some(ns) if wait == FUTEX_WAIT => after_ns(ns).unwrap_or(NEVER),
                Some(ns) => deadline(clock_id, ns).unwrap_or(NEVER),
            };
            if word.load(Ordering::SeqCst) != value {
                return Err(EAGAIN);
            }
            if threads::wait_at(word.as_ptr().addr(), until) { Ok(0) } else { Err(ETIMEDOUT) }
        }
        _ => Err(ENOSYS),
    }
}
