//! How long tests with random input go on.

extern crate std;

/// How many cases each parser of outside bytes is tried with; ten times as many in `make test-all`.
pub(crate) fn cases() -> usize {
    if std::env::var_os("UNIKERNEL_TEST_ALL").is_some() { 1_000_000 } else { 100_000 }
}
