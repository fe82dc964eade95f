//! The Gregorian calendar: days since 1970 from dates, and dates from days.
//!
//! Years are counted from March in both, so that a leap day ends one.

/// From the first of March of the year 0 to 1970-01-01.
const DAYS_TO_1970: u64 = 719_468;

/// The days of 400 years, after which the calendar begins anew, on the same day of the week.
pub(crate) const DAYS_OF_400_YEARS: u64 = 146_097;

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

pub(crate) fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a valid date that is not before.
pub(crate) fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - DAYS_TO_1970
}

/// Year, month and day of the month, so many days after 1970-01-01; less than 2^63 of them.
#[allow(dead_code)] // for records in JSON and for functions of C alone
pub(crate) fn date_since_1970(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_TO_1970;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (era * 400 + year, month, day)
}

#[cfg(test)]
mod tests {
    use super::{DAYS_OF_400_YEARS, date_since_1970, days_in_month, days_since_1970};

    #[test]
    fn every_day_has_a_date_and_every_date_its_day() {
        let mut expected = (1970, 1, 1);
        for days in 0..2 * DAYS_OF_400_YEARS {
            assert_eq!(date_since_1970(days), expected);
            let (year, month, day) = expected;
            assert_eq!(days_since_1970(year, month, day), days);
            expected = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                _ if day == days_in_month(year, month) => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
        assert_eq!(expected, (2770, 1, 1), "each 400 years have as many days");
    }
}
