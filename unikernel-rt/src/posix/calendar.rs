//! The time of day as C tells it, and its calendar. A machine's time is UTC, and so is what it takes for local.

use super::clocks::{CLOCK_REALTIME, TimeSpec, clock_gettime};
use super::errno::{EOVERFLOW, fail};
use core::ffi::{c_char, c_int, c_long, c_void};
use core::ptr;

const SECONDS_PER_DAY: i64 = 86_400;
/// A calendar repeats itself after 400 years.
const DAYS_PER_ERA: i64 = 146_097;
/// From the first of March of the year 0 to 1970.
const DAYS_TO_1970: i64 = 719_468;

/// C's `struct timeval`.
#[derive(Debug)]
#[repr(C)]
struct TimeValue {
    seconds: i64,
    microseconds: i64,
}

/// C's `struct tm`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
struct Date {
    second: c_int,
    minute: c_int,
    hour: c_int,
    /// From 1.
    day: c_int,
    /// From 0, as the next three.
    month: c_int,
    years_since_1900: c_int,
    day_of_week: c_int,
    day_of_year: c_int,
    is_summer_time: c_int,
    /// East of UTC.
    offset_seconds: c_long,
    zone: *const c_char,
}

/// The time of day; who asks for it declares `clock`.
fn now() -> TimeSpec {
    let mut now = TimeSpec { seconds: 0, ns: 0 };
    // SAFETY: it is valid for a write.
    unsafe { clock_gettime(CLOCK_REALTIME, &raw mut now) };
    now
}

/// The date of a time since 1970, in UTC; none where the year is too large for C.
fn date(time: i64) -> Option<Date> {
    let (days, second) = (time.div_euclid(SECONDS_PER_DAY), time.rem_euclid(SECONDS_PER_DAY) as c_int);
    // Years begin in March here, so that the day that some of them have besides is their last.
    let (era, day) = ((days + DAYS_TO_1970).div_euclid(DAYS_PER_ERA), (days + DAYS_TO_1970).rem_euclid(DAYS_PER_ERA));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = (day - (365 * year + year / 4 - year / 100)) as c_int;
    let month = (5 * day + 2) / 153;
    let is_next_year = month >= 10;
    let full_year = era * 400 + year + i64::from(is_next_year);
    let is_leap = full_year % 4 == 0 && (full_year % 100 != 0 || full_year % 400 == 0);
    // January and February have 306 days before them since March; March has 59 or 60 since January.
    let day_of_year = if is_next_year { day - 306 } else { day + 59 + c_int::from(is_leap) };
    Some(Date {
        second: second % 60,
        minute: second / 60 % 60,
        hour: second / 3600,
        day: day - (153 * month + 2) / 5 + 1,
        month: (month + 2) % 12,
        years_since_1900: c_int::try_from(full_year - 1900).ok()?,
        day_of_week: (days + 4).rem_euclid(7) as c_int,
        day_of_year,
        is_summer_time: 0,
        offset_seconds: 0,
        zone: c"UTC".as_ptr(),
    })
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn localtime_r(time: *const i64, to: *mut Date) -> *mut Date {
    // SAFETY: the caller's promise.
    let Some(date) = date(unsafe { time.read() }) else {
        fail(EOVERFLOW);
        return ptr::null_mut();
    };
    // SAFETY: as above.
    unsafe { to.write(date) };
    to
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn time(to: *mut i64) -> i64 {
    let TimeSpec { seconds, .. } = now();
    if !to.is_null() {
        // SAFETY: the caller's promise.
        unsafe { to.write(seconds) };
    }
    seconds
}

/// Nobody asks for a zone, of which C knows no more than that it was a mistake.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn gettimeofday(to: *mut TimeValue, _zone: *mut c_void) -> c_int {
    let TimeSpec { seconds, ns } = now();
    if !to.is_null() {
        // SAFETY: the caller's promise.
        unsafe { to.write(TimeValue { seconds, microseconds: ns / 1000 }) };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::{Date, date};
    use core::ffi::CStr;

    unsafe extern "C" {
        fn gmtime_r(time: *const i64, to: *mut Date) -> *mut Date;
    }

    fn on_the_host(time: i64) -> Option<Date> {
        let mut date = date(0).expect("1970");
        // SAFETY: both are valid.
        let found = unsafe { gmtime_r(&raw const time, &raw mut date) };
        (!found.is_null()).then_some(date)
    }

    /// A date without its zone, and the name of that.
    fn parts(found: Date) -> (Date, &'static CStr) {
        // SAFETY: it is a C string, which is a constant.
        let zone = unsafe { CStr::from_ptr(found.zone) };
        (Date { zone: core::ptr::null(), ..found }, zone)
    }

    #[test]
    fn dates_are_those_of_the_host() {
        assert_eq!(size_of::<Date>(), 56);
        // Days of 1200 years, at another time of each; and far away.
        let days = (-250_000..200_000).step_by(5).map(|day: i64| day * 86_400 + day.rem_euclid(86_400));
        let edges =
            [-1, 0, 1, 951_782_399, 951_868_800, -62_167_219_200, 67_768_036_191_676_799, -67_768_040_609_740_800];
        for time in days.chain(edges) {
            let (found, zone) = parts(date(time).expect("a year of C"));
            assert_eq!(found, parts(on_the_host(time).expect("a date")).0, "{time}");
            assert_eq!(zone, c"UTC");
        }
        for time in [67_768_036_191_676_800, -67_768_040_609_740_801, i64::MAX, i64::MIN] {
            assert_eq!((date(time), on_the_host(time)), (None, None), "{time}");
        }
    }
}
