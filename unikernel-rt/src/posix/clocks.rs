//! Time: clocks, sleep, and the deadlines of other calls.
//!
//! Calls that may have a time-out, or none, ask [`after_ns`] and [`deadline`], which know the clock only where one is declared. Who tells
//! the time or sleeps links to what the declaration of `clock` defines; without it, its name is the error.

use super::errno::{EFAULT, EINVAL, Errno, status};
use crate::threads;
use crate::time::{self, NEVER};
use core::ffi::{c_int, c_void};
use spin::Once;

pub(super) const CLOCK_REALTIME: c_int = 0;
const CLOCK_MONOTONIC: c_int = 1;
const NS_PER_SECOND: i64 = 1_000_000_000;

/// C's `struct timespec`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub(super) struct TimeSpec {
    pub(super) seconds: i64,
    pub(super) ns: i64,
}

/// How a kernel that declares a clock tells the time.
#[derive(Debug)]
pub struct Clock {
    now_ns: fn() -> u64,
    /// Nanoseconds since 1970, where the machine knows.
    wall_ns: fn() -> Option<u64>,
}

/// The one clock there is.
pub static CLOCK: Clock = Clock { now_ns: time::now_ticks, wall_ns: time::wall_ns };

static DECLARED: Once<&'static Clock> = Once::new();

unsafe extern "Rust" {
    // Defined where `clock` is declared. Its name is the link error where it is not.
    safe fn __unikernel_declare_clock_to_use_std_time() -> &'static Clock;
}

/// Defines what `std` links to for the time.
#[doc(hidden)]
#[macro_export]
macro_rules! __std_clock {
    () => {
        #[unsafe(no_mangle)]
        fn __unikernel_declare_clock_to_use_std_time() -> &'static $crate::__private::std::Clock {
            &$crate::__private::std::CLOCK
        }
    };
}

/// Lets threads wait for a time of the clock, which boot has attached.
pub fn attach(clock: &'static Clock) {
    DECLARED.call_once(|| clock);
    threads::use_clock();
}

impl TimeSpec {
    pub(super) fn ns(self) -> Result<u64, Errno> {
        let TimeSpec { seconds, ns } = self;
        if !(0..NS_PER_SECOND).contains(&ns) || seconds < 0 {
            return Err(EINVAL);
        }
        // 292 years: whoever waits longer waits for ever.
        Ok(seconds.checked_mul(NS_PER_SECOND).and_then(|all| all.checked_add(ns)).unwrap_or(i64::MAX) as u64)
    }

    fn of_ns(ns: u64) -> Self {
        TimeSpec { seconds: (ns / NS_PER_SECOND as u64) as i64, ns: (ns % NS_PER_SECOND as u64) as i64 }
    }
}

/// The tick of the clock after so many nanoseconds; none without a clock.
pub(super) fn after_ns(ns: u64) -> Option<u64> {
    DECLARED.get().map(|clock| (clock.now_ns)().saturating_add(ns).min(NEVER - 1))
}

/// The tick of the clock at a time of one of its two clocks; none without a clock.
pub(super) fn deadline(clock_id: c_int, at_ns: u64) -> Option<u64> {
    let clock = DECLARED.get()?;
    if clock_id != CLOCK_REALTIME {
        return Some(at_ns.min(NEVER - 1));
    }
    let left_ns = at_ns.saturating_sub((clock.wall_ns)().unwrap_or(0));
    after_ns(left_ns)
}

/// Nanoseconds since 1970; 0 without a clock, or where the machine does not know.
pub(super) fn wall_ns() -> u64 {
    DECLARED.get().and_then(|clock| (clock.wall_ns)()).unwrap_or(0)
}

fn now(clock: &Clock, clock_id: c_int) -> Result<u64, Errno> {
    const CLOCK_MONOTONIC_RAW: c_int = 4;
    const CLOCK_REALTIME_COARSE: c_int = 5;
    const CLOCK_MONOTONIC_COARSE: c_int = 6;
    const CLOCK_BOOTTIME: c_int = 7;
    match clock_id {
        CLOCK_MONOTONIC | CLOCK_MONOTONIC_RAW | CLOCK_MONOTONIC_COARSE | CLOCK_BOOTTIME => Ok((clock.now_ns)()),
        // A machine without a clock of the day begins in 1970, as Linux does.
        CLOCK_REALTIME | CLOCK_REALTIME_COARSE => Ok((clock.wall_ns)().unwrap_or_else(clock.now_ns)),
        _ => Err(EINVAL),
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn clock_gettime(clock_id: c_int, to: *mut TimeSpec) -> c_int {
    let clock = __unikernel_declare_clock_to_use_std_time();
    status(now(clock, clock_id).and_then(|ns| {
        if to.is_null() {
            return Err(EFAULT);
        }
        // SAFETY: the caller's promise.
        unsafe { to.write(TimeSpec::of_ns(ns)) };
        Ok(())
    }))
}

/// Seconds since 1970.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn time(to: *mut i64) -> i64 {
    let TimeSpec { seconds, .. } = time_of_day();
    if !to.is_null() {
        // SAFETY: the caller's promise.
        unsafe { to.write(seconds) };
    }
    seconds
}

/// C's `struct timeval`.
#[derive(Debug)]
#[repr(C)]
struct TimeValue {
    seconds: i64,
    microseconds: i64,
}

/// Nobody asks for a zone, of which C knows no more than that it was a mistake.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn gettimeofday(to: *mut TimeValue, _zone: *mut c_void) -> c_int {
    let TimeSpec { seconds, ns } = time_of_day();
    if !to.is_null() {
        // SAFETY: the caller's promise.
        unsafe { to.write(TimeValue { seconds, microseconds: ns / 1000 }) };
    }
    0
}

/// The time of day; who asks for it declares `clock`.
fn time_of_day() -> TimeSpec {
    TimeSpec::of_ns(now(__unikernel_declare_clock_to_use_std_time(), CLOCK_REALTIME).unwrap_or(0))
}

fn sleep_until(deadline: u64) {
    while !threads::block(deadline) {}
}

/// Sleeps; the error is what it returns.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn clock_nanosleep(
    clock_id: c_int,
    flags: c_int,
    request: *const TimeSpec,
    _left: *mut TimeSpec,
) -> c_int {
    const TIMER_ABSTIME: c_int = 1;
    let clock = __unikernel_declare_clock_to_use_std_time();
    if request.is_null() {
        return EFAULT.0;
    }
    // SAFETY: the caller's promise.
    let request = unsafe { request.read() };
    let until = now(clock, clock_id).and_then(|_| {
        let ns = request.ns()?;
        if flags & TIMER_ABSTIME != 0 { deadline(clock_id, ns) } else { after_ns(ns) }.ok_or(EINVAL)
    });
    match until {
        Ok(until) => {
            sleep_until(until);
            0
        }
        Err(error) => error.0,
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn nanosleep(request: *const TimeSpec, left: *mut TimeSpec) -> c_int {
    // SAFETY: the caller's promise.
    match unsafe { clock_nanosleep(CLOCK_MONOTONIC, 0, request, left) } {
        0 => 0,
        error => super::errno::fail(Errno(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::{EINVAL, TimeSpec};

    #[test]
    fn times_are_checked_and_very_long_ones_are_for_ever() {
        for (seconds, ns, expected) in [
            (0, 0, Ok(0)),
            (1, 5, Ok(1_000_000_005)),
            (-1, 0, Err(EINVAL)),
            (0, -1, Err(EINVAL)),
            (0, 1_000_000_000, Err(EINVAL)),
            (i64::MAX, 999_999_999, Ok(i64::MAX as u64)),
        ] {
            assert_eq!(TimeSpec { seconds, ns }.ns(), expected);
        }
        assert_eq!(TimeSpec::of_ns(2_000_000_007), TimeSpec { seconds: 2, ns: 7 });
    }
}
