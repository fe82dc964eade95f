//! Which descriptors can be read or written now: `poll`.

use super::clocks;
use super::descriptors::object;
use super::errno::{EFAULT, EINVAL, Errno, fail};
use crate::threads;
use crate::time::NEVER;
use core::ffi::{c_int, c_short};

/// What can be done with an object without waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Readiness {
    pub(super) readable: bool,
    pub(super) writable: bool,
    pub(super) failed: bool,
    pub(super) hung_up: bool,
}

const POLLIN: c_short = 1;
const POLLOUT: c_short = 4;
const POLLERR: c_short = 8;
const POLLHUP: c_short = 16;
const POLLNVAL: c_short = 32;

/// A descriptor that is asked for, and the answer.
#[repr(C)]
struct Polled {
    file: c_int,
    events: c_short,
    found: c_short,
}

/// Most descriptors of one call.
const MOST: u64 = 1 << 16;

/// Answers for each; how many have something to tell.
fn look(files: &mut [Polled]) -> u32 {
    let mut count = 0;
    for Polled { file, events, found } in files {
        *found = match object(*file) {
            _ if *file < 0 => 0,
            Ok(object) => {
                let Readiness { readable, writable, failed, hung_up } = object.readiness();
                let bits = [
                    (readable, POLLIN & *events),
                    (writable, POLLOUT & *events),
                    (failed, POLLERR),
                    (hung_up, POLLHUP),
                ];
                bits.into_iter().filter(|(is_so, _)| *is_so).fold(0, |all, (_, bit)| all | bit)
            }
            Err(_) => POLLNVAL,
        };
        count += u32::from(*found != 0);
    }
    count
}

fn wait(files: &mut [Polled], timeout_ms: c_int) -> Result<u32, Errno> {
    let ready = look(files);
    if ready > 0 || timeout_ms == 0 {
        return Ok(ready);
    }
    let deadline = match u64::try_from(timeout_ms) {
        Ok(ms) => clocks::after_ns(ms * 1_000_000).ok_or(EINVAL)?,
        Err(_) => NEVER,
    };
    loop {
        let has_changed = threads::wait_for_event(deadline);
        let ready = look(files);
        if ready > 0 || !has_changed {
            return Ok(ready);
        }
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn poll(files: *mut Polled, count: u64, timeout_ms: c_int) -> c_int {
    let outcome = match count {
        0 => wait(&mut [], timeout_ms),
        MOST.. => Err(EINVAL),
        _ if files.is_null() => Err(EFAULT),
        // SAFETY: the caller's promise: there are so many.
        _ => wait(unsafe { core::slice::from_raw_parts_mut(files, count as usize) }, timeout_ms),
    };
    // That a count is never an error is to be seen: `std` has another way for where this fails.
    outcome.map_or_else(fail, |count| (count & 0xff_ffff) as c_int)
}
