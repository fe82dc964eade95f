//! Boots a kernel that logs one record of each level: which are shown, and how.

use crate::common::kernels::{boot, kernel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

/// The records of a kernel that logs as JSON, each read by a parser that is not ours.
fn json_records(name: &str) -> Vec<serde_json::Value> {
    let outcome = qemu::run(boot(&kernel(name), "pc", "4M", ""));
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    outcome.console.lines().map(parse).collect()
}

#[test]
fn every_line_is_an_object_of_json_where_declared() {
    let records = json_records("log_json");
    let texts: Vec<_> =
        records.iter().map(|record| ["level", "target", "message"].map(|key| record[key].as_str())).collect();
    let odd = "a \"quoted\" line,\nanother\r\n\tand\0 \x1b[31mred\u{7f} 🦀 'é'";
    let expected = [
        ["ERROR", "log_json", "the first of 2"],
        ["WARN", "else\"where\\", odd],
        ["INFO", "log_json", "half \"of it"],
        ["DEBUG", "log_json", ""],
    ];
    assert_eq!(texts, expected.map(|record| record.map(Some)));
    let uptime: Vec<f64> = records.iter().map(|record| record["uptime"].as_f64().expect("a number")).collect();
    assert!(uptime.is_sorted() && uptime[2] - uptime[1] >= 0.05, "{uptime:?}");
    // QEMU's clock is the host's, of which the kernel reads whole seconds.
    let time = records[0]["time"].as_str().expect("a time");
    assert!(time.len() == 27 && time.ends_with('Z'), "{time}");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let around =
        [0, 30].map(|seconds| unikernel_cli::date::rfc3339((now - Duration::from_secs(seconds)).as_secs() as u32));
    assert!(around.iter().any(|date| time.starts_with(&date[..10])), "{time}, and it is {around:?}");
    let keys: Vec<_> = records[0].as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["time", "uptime", "level", "target", "message"]);
}

#[test]
fn without_a_clock_it_is_not_said_when() {
    let expected = serde_json::json!({ "level": "INFO", "target": "log_json_timeless", "message": "no clock" });
    assert_eq!(json_records("log_json_timeless"), [expected]);
}
