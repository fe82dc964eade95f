//! `poll`: waits until one of several descriptors is ready.

use super::clocks;
use super::descriptors::object;
use super::errno::{EFAULT, EINVAL, Errno, fail};
use super::readiness::Readiness;
use crate::threads;
use crate::time::NEVER;
use core::ffi::{c_int, c_short};
use core::task::Waker;

const POLLIN: c_short = 1;
const POLLOUT: c_short = 4;
const POLLERR: c_short = 8;
const POLLHUP: c_short = 0x10;
const POLLNVAL: c_short = 0x20;
const POLLRDNORM: c_short = 0x40;
const POLLWRNORM: c_short = 0x100;
const POLLRDHUP: c_short = 0x2000;

/// What is told of a set, in the bits of `poll`, which are those of `epoll` as well.
pub(super) fn events(readiness: Readiness) -> c_short {
    let both_closed = Readiness::READ_CLOSED | Readiness::WRITE_CLOSED;
    [
        (Readiness::READABLE, POLLIN | POLLRDNORM),
        (Readiness::WRITABLE, POLLOUT | POLLWRNORM),
        (Readiness::READ_CLOSED, POLLRDHUP),
        (both_closed, POLLHUP),
        (Readiness::FAILED, POLLERR),
    ]
    .into_iter()
    .filter(|(part, _)| readiness.contains(*part))
    .fold(0, |all, (_, bits)| all | bits)
}

/// What is told without having been asked for.
pub(super) const ALWAYS: c_short = POLLERR | POLLHUP;

/// A descriptor that is asked for, and the answer.
#[repr(C)]
struct Polled {
    file: c_int,
    events: c_short,
    found: c_short,
}

/// Most descriptors of one call.
const MOST: u64 = 1 << 16;

/// Answers for each, and has the waker woken by the next change of one; how many have something to tell.
fn look(files: &mut [Polled], waker: Option<&Waker>) -> u32 {
    let mut count = 0;
    for Polled { file, events: asked, found } in files {
        *found = match object(*file) {
            _ if *file < 0 => 0,
            Ok(object) => {
                // Before: what changes in between is not missed.
                if let Some(waker) = waker {
                    object.watch(waker);
                }
                events(object.readiness()) & (*asked | ALWAYS)
            }
            Err(_) => POLLNVAL,
        };
        count += u32::from(*found != 0);
    }
    count
}

fn wait(files: &mut [Polled], timeout_ms: c_int) -> Result<u32, Errno> {
    let ready = look(files, None);
    if ready > 0 {
        return Ok(ready);
    }
    if timeout_ms == 0 {
        // Who asks again and again lets others run, and the devices are polled now and then.
        threads::yield_now();
        return Ok(0);
    }
    block(files, timeout_ms)
}

#[inline(never)] // Who never waits, as `std` does not where it starts, links none of it.
fn block(files: &mut [Polled], timeout_ms: c_int) -> Result<u32, Errno> {
    let deadline = deadline(timeout_ms)?;
    let ready = threads::wait(deadline, |waker| Some(look(files, Some(waker))).filter(|ready| *ready > 0));
    Ok(ready.unwrap_or(0))
}

/// The deadline of a call that waits for so many milliseconds, or for ever where they are negative.
pub(super) fn deadline(timeout_ms: c_int) -> Result<u64, Errno> {
    match u64::try_from(timeout_ms) {
        Ok(ms) => clocks::after_ns(ms * 1_000_000).ok_or(EINVAL),
        Err(_) => Ok(NEVER),
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

#[cfg(test)]
mod tests {
    use super::{POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRNORM, Readiness, events};

    #[test]
    fn bits_are_those_of_linux() {
        for (readiness, expected) in [
            (Readiness::NONE, 0),
            (Readiness::READABLE, POLLIN | POLLRDNORM),
            (Readiness::WRITABLE, POLLOUT | POLLWRNORM),
            (Readiness::READ_CLOSED, POLLRDHUP),
            (Readiness::WRITE_CLOSED, 0),
            (Readiness::READ_CLOSED | Readiness::WRITE_CLOSED, POLLRDHUP | POLLHUP),
            (Readiness::FAILED, POLLERR),
        ] {
            assert_eq!(events(readiness), expected, "{readiness:?}");
        }
    }
}
