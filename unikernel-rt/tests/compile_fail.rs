//! What applications must not be compiled as, and what the compiler then says.
//!
//! Folders by topic, one mistake a file. `TRYBUILD=overwrite cargo test -p unikernel-rt --test compile_fail` rewrites the
//! expected messages, for a reviewer to read.

use std::env;
use std::process::Command;

/// Kernels abort where they panic; the profile of the project that `trybuild` makes is set from outside.
const PROFILE: (&str, &str) = ("CARGO_PROFILE_DEV_PANIC", "abort");

#[test]
fn mistakes_are_told_once_and_where_they_are() {
    if env::var_os(PROFILE.0).is_none() {
        // In a process of its own: other threads may read this one's environment.
        let this = env::current_exe().expect("the path of this test");
        let status = Command::new(this).env(PROFILE.0, PROFILE.1).status().expect("this test, started again");
        assert!(status.success(), "the cases are listed above");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*/*.rs");
}
