//! Dates of documents: no time of this machine is in them, so that equal sources give equal bytes.

use std::env;

/// What sets the time of reproducible documents: <https://reproducible-builds.org/specs/source-date-epoch/>.
const VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// The variable has no date.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`SOURCE_DATE_EPOCH` is `{0}`, not a number of seconds\nhelp: SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)")]
pub struct Error(String);

/// The date that is set, in seconds since 1970.
///
/// # Errors
/// What is set is no such number.
pub fn source_date() -> Result<Option<u32>, Error> {
    let date = env::var_os(VARIABLE).map(|text| text.to_string_lossy().into_owned());
    date.map(|text| text.parse().map_err(|_| Error(text))).transpose()
}

/// Seconds since 1970 as RFC 3339, section 5.6, has them. The date is Howard Hinnant's `civil_from_days`.
pub fn rfc3339(seconds: u32) -> String {
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u32::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_dates() {
        let shown = [0, 951_782_400, 951_868_799, 1_704_067_199, u32::MAX].map(rfc3339);
        let expected = [
            "1970-01-01T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "2000-02-29T23:59:59Z",
            "2023-12-31T23:59:59Z",
            "2106-02-07T06:28:15Z",
        ];
        assert_eq!(shown, expected);
    }
}
