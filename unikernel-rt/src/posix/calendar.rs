//! Dates of C: a second since 1970 as a year, a month and so on.
//!
//! The machine has no time zones, and does not look at `TZ`: local time is that of Greenwich.

use super::errno::{EOVERFLOW, Errno, fail};
use crate::kernel::calendar::{DAYS_OF_400_YEARS, date_since_1970, days_since_1970};
use core::ffi::{CStr, c_char, c_int};
use core::ptr;

const SECONDS_OF_DAY: u64 = 86_400;

/// C's `struct tm`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
struct Tm {
    second: c_int,
    minute: c_int,
    hour: c_int,
    day: c_int,
    /// From 0.
    month: c_int,
    /// Since 1900.
    year: c_int,
    /// From Sunday.
    week_day: c_int,
    /// From 0.
    year_day: c_int,
    is_summer_time: c_int,
    /// Seconds east of Greenwich.
    offset: i64,
    zone: *const c_char,
}

impl Tm {
    /// The second of a zone without an offset.
    fn new(seconds: i64, zone: &'static CStr) -> Result<Self, Errno> {
        const THURSDAY: u64 = 4; // 1970-01-01
        const SECONDS_OF_400_YEARS: i64 = (DAYS_OF_400_YEARS * SECONDS_OF_DAY) as i64;
        let (era, second) = (seconds.div_euclid(SECONDS_OF_400_YEARS), seconds.rem_euclid(SECONDS_OF_400_YEARS) as u64);
        let (days, second) = (second / SECONDS_OF_DAY, second % SECONDS_OF_DAY);
        let (year, month, day) = date_since_1970(days);
        Ok(Tm {
            second: (second % 60) as c_int,
            minute: (second / 60 % 60) as c_int,
            hour: (second / 3600) as c_int,
            day: day as c_int,
            month: month as c_int - 1,
            year: c_int::try_from(era * 400 + year as i64 - 1900).map_err(|_| EOVERFLOW)?,
            week_day: ((days + THURSDAY) % 7) as c_int,
            year_day: (days - days_since_1970(year, 1, 1)) as c_int,
            is_summer_time: 0,
            offset: 0,
            zone: zone.as_ptr(),
        })
    }
}

/// Writes a date, and returns where; null where its year is too large.
///
/// # Safety
/// Both are valid for it.
unsafe fn write(seconds: *const i64, to: *mut Tm, zone: &'static CStr) -> *mut Tm {
    // SAFETY: the caller's promise.
    match Tm::new(unsafe { seconds.read() }, zone) {
        Ok(date) => {
            // SAFETY: the caller's promise.
            unsafe { to.write(date) };
            to
        }
        Err(error) => {
            fail(error);
            ptr::null_mut()
        }
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn gmtime_r(seconds: *const i64, to: *mut Tm) -> *mut Tm {
    // SAFETY: the caller's promise.
    unsafe { write(seconds, to, c"GMT") }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn localtime_r(seconds: *const i64, to: *mut Tm) -> *mut Tm {
    // SAFETY: the caller's promise.
    unsafe { write(seconds, to, c"UTC") }
}

/// Reads the time zone anew, of which there are none.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn tzset() {}

#[cfg(test)]
mod tests {
    use super::{EOVERFLOW, Tm};

    /// Compares with `date -u -d @SECONDS '+%Y-%m-%d %H:%M:%S %w %j'`.
    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, date, time, week_day, year_day) in [
            (0, (1970, 1, 1), (0, 0, 0), 4, 1),
            (-1, (1969, 12, 31), (23, 59, 59), 3, 365),
            (951_825_599, (2000, 2, 29), (11, 59, 59), 2, 60),
            (1_735_689_599, (2024, 12, 31), (23, 59, 59), 2, 366),
            (4_107_542_400, (2100, 3, 1), (0, 0, 0), 1, 60),
            (-62_167_219_200, (0, 1, 1), (0, 0, 0), 6, 1),
            (67_768_036_191_676_799, (2_147_485_547_i64, 12, 31), (23, 59, 59), 3, 365),
            (-67_768_040_609_740_800, (-2_147_481_748, 1, 1), (0, 0, 0), 4, 1),
        ] {
            let found = Tm::new(seconds, c"UTC").expect("its year is not too large");
            assert_eq!((i64::from(found.year) + 1900, found.month + 1, found.day), date, "{seconds}");
            assert_eq!((found.hour, found.minute, found.second), time, "{seconds}");
            assert_eq!((found.week_day, found.year_day + 1), (week_day, year_day), "{seconds}");
        }
    }

    #[test]
    fn years_beyond_those_of_c_are_errors() {
        for seconds in [67_768_036_191_676_800, -67_768_040_609_740_801, i64::MAX, i64::MIN] {
            assert_eq!(Tm::new(seconds, c"UTC"), Err(EOVERFLOW), "{seconds}");
        }
    }
}
