//! Dates of HTTP, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).

/// The length of every such field.
pub const FIELD_BYTES: usize = 37;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// Years begin in March here, so that a leap day ends one.
const MONTHS: &[u8] = b"MarAprMayJunJulAugSepOctNovDecJanFeb";

/// 1970 began on a Thursday.
const WEEKDAYS: &[u8] = b"ThuFriSatSunMonTueWed";

/// The field `Date`, behind the end of the line before it, for so many seconds after the beginning of 1970, up to the year 9999.
#[must_use]
pub fn field(seconds_since_1970: u64) -> [u8; FIELD_BYTES] {
    let days = (seconds_since_1970 / DAY_SECONDS) as u32;
    let second = (seconds_since_1970 % DAY_SECONDS) as u32;
    let (year, month, day) = year_month_day(days);
    let mut field = *b"\r\ndate: ???, 00 ??? 0000 00:00:00 GMT";
    three(&mut field, 8, WEEKDAYS, days % 7);
    three(&mut field, 16, MONTHS, month);
    two(&mut field, 13, day);
    two(&mut field, 20, year / 100);
    two(&mut field, 22, year);
    two(&mut field, 25, second / 3600);
    two(&mut field, 28, second / 60 % 60);
    two(&mut field, 31, second % 60);
    field
}

#[inline(never)] // it is needed for each name
fn three(field: &mut [u8; FIELD_BYTES], at: usize, names: &[u8], index: u32) {
    let name = names.get(index as usize * 3..).and_then(<[u8]>::first_chunk::<3>);
    if let (Some(place), Some(name)) = (field.get_mut(at..).and_then(<[u8]>::first_chunk_mut), name) {
        *place = *name;
    }
}

#[inline(never)] // it is needed for each number
fn two(field: &mut [u8; FIELD_BYTES], at: usize, number: u32) {
    if let Some(place) = field.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *place = [number / 10, number].map(|digit| b'0' + (digit % 10) as u8);
    }
}

/// The year, the month from March on, and the day from 1 on, of a day since 1970-01-01.
fn year_month_day(days: u32) -> (u32, u32, u32) {
    const DAYS_TO_1970: u32 = 719_468; // from 0000-03-01
    const DAYS_OF_400_YEARS: u32 = 146_097;
    let days = days + DAYS_TO_1970;
    let (period, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let is_next_year = month >= 10;
    (period * 400 + year + u32::from(is_next_year), month, day - (153 * month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::field;

    fn date(seconds: u64) -> String {
        let text = String::from_utf8(field(seconds).to_vec()).unwrap();
        text.strip_prefix("\r\ndate: ").expect("a field").to_owned()
    }

    #[test]
    fn dates_are_those_of_other_programs() {
        // By `date -u -R -d @SECONDS`.
        for (seconds, expected) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
            (1_735_689_600, "Wed, 01 Jan 2025 00:00:00 GMT"),
            (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(date(seconds), expected);
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = (1969, 12, 31);
        for day in 0..200_000 {
            let text = date(day * 86_400 + 86_399);
            let words: Vec<&str> = text.split(' ').collect();
            let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
            let month = months.iter().position(|name| *name == words[2]).expect("a month") + 1;
            let date = (words[3].parse::<u32>().unwrap(), month, words[1].parse::<u32>().unwrap());
            let next = [(last.0, last.1, last.2 + 1), (last.0, last.1 + 1, 1), (last.0 + 1, 1, 1)];
            assert!(next.contains(&date) && date.2 <= 31 && words[4] == "23:59:59", "{text} after {last:?}");
            last = date;
        }
        let _ = field(u64::MAX);
    }
}
