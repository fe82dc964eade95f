//! How long a machine may take to do what a test waits for.

use std::env;
use std::time::Duration;

/// The default: a machine that works takes a second.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The environment variable that replaces it, in seconds.
const VARIABLE: &str = "UNIKERNEL_TEST_TIMEOUT";

/// The time-out of a machine: the one of the test, the environment's, or the default.
pub(crate) fn of(test: Option<Duration>) -> Result<Duration, String> {
    match (test, env::var(VARIABLE)) {
        (Some(timeout), _) => Ok(timeout),
        (None, Err(_)) => Ok(TIMEOUT),
        (None, Ok(text)) => text
            .parse()
            .map(Duration::from_secs)
            .map_err(|_| format!("`{VARIABLE}`: `{text}` is not a number of seconds\nhelp: write `{VARIABLE}=300`")),
    }
}
