//! Boots a kernel that logs one record of each level: which are shown, and how.

use crate::common::kernels::{boot, kernel};
use crate::common::qemu;

const RECORDS: [&str; 5] = [
    "ERROR log_levels: the first of 5\n",
    "WARN elsewhere: second\n",
    "INFO log_levels: third,\\non two lines\\r\n",
    "DEBUG log_levels: fourth\n",
    "TRACE log_levels: fifth\n",
];

fn shows(command_line: &str, count: usize) {
    let outcome = qemu::run(boot(&kernel("log_levels"), "pc", "4M", command_line));
    let want = RECORDS[..count].concat() + "the end\n";
    assert_eq!((outcome.code, outcome.console.as_str()), (Some(1), want.as_str()), "{command_line}");
}

#[test]
fn the_level_is_the_annotations_unless_the_command_line_has_one() {
    shows("", 2);
    shows("log.level=error", 1);
    shows("log.level=info", 3);
    shows("log.level=debug", 4);
    shows("log.level=trace", 5);
}

#[test]
fn off_leaves_the_applications_own_output_alone() {
    shows("log.level=off", 0);
}

#[test]
fn an_unknown_level_is_refused() {
    let outcome = qemu::run(boot(&kernel("log_levels"), "pc", "4M", "log.level=loud"));
    assert_eq!(outcome.code, Some(103 << 1 | 1), "{outcome:?}");
    assert_eq!(
        outcome.console,
        "unikernel: boot argument `log.level`: `loud` is not one of `off`, `error`, `warn`, `info`, `debug`, `trace`\n\
         unikernel: exit status 103\n"
    );
}
