//! The number of cases of tests with random input.

extern crate std;

/// How many cases each parser of outside bytes is tried with; `RANDOM_CASES` says otherwise.
pub(crate) fn cases() -> usize {
    std::env::var("RANDOM_CASES").map_or(100_000, |text| text.parse().expect("RANDOM_CASES is a number"))
}
