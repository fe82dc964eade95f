//! Programs of the standard library that wait for descriptors, and what is built on that: tokio, smol, signals.
//!
//! Each prints the same on the host, by plain cargo, and as an image.

use crate::command_line::{stderr, stdout};
use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::boot;
use crate::common::qemu::{self, Outcome, Qemu};
use crate::std_programs::{QUICK, code, kernel, on_host, succeeds};

/// How a program is booted: on a processor with random numbers of its own.
#[track_caller]
fn booted(name: &str, command_line: &str) -> Vec<String> {
    let mut arguments = boot(&kernel(name, QUICK), "pc", "64M", command_line);
    arguments.extend(["-cpu", "max"].map(str::to_owned));
    arguments
}

/// Runs a program on the host and as an image, and compares what they print.
#[track_caller]
fn same(package: &str, name: &str) {
    let host = on_host(package, name, &[], &[], "");
    assert!(host.status.success(), "{name}: {}", stderr(&host));
    let outcome = qemu::run(booted(name, ""));
    succeeds(&outcome);
    assert_eq!(outcome.console, stdout(&host), "{name}");
    assert!(outcome.console.ends_with("done\n"), "{name}: {outcome:?}");
}

#[test]
fn pipes_pairs_counters_and_poll_are_what_they_are_on_the_host() {
    same("waiting", "ends");
}

#[test]
fn epoll_is_what_it_is_on_the_host() {
    same("waiting", "epolls");
}

/// Boots a program, and presses the power button when it says that it is ready; `again` and again where nobody listens before the first halt.
#[track_caller]
fn press(name: &str, again: bool) -> Outcome {
    Qemu::start(booted(name, "")).press_power_button("ready\n", again)
}

#[test]
fn the_power_button_calls_the_handler_of_sigterm() {
    let outcome = press("handles", false);
    assert_eq!((outcome.code, outcome.console.as_str()), (code(5), "ready\nsignal 15\nunikernel: exit status 5\n"));
    let outcome = press("handles_nothing", true);
    assert_eq!((outcome.code, outcome.console.as_str()), (code(0), "ready\n"), "without a handler, it ends");
}

#[test]
fn asynchronous_runtimes_do_what_they_do_on_the_host() {
    if is_left_out("tokio and smol", Effort::All) {
        return;
    }
    for name in ["tokio_one", "tokio_many", "smol_local"] {
        same("asynchronous", name);
    }
    let outcome = press("tokio_signal", false);
    let console = "ready\nasked to stop\nstopped\nunikernel: exit status 3\n";
    assert_eq!((outcome.code, outcome.console.as_str()), (code(3), console));
    let outcome = press("tokio_interrupted", false);
    assert_eq!((outcome.code, outcome.console.as_str()), (code(0), "ready\ninterrupted\n"));
}

#[test]
fn libraries_do_what_they_do_on_the_host() {
    if is_left_out("crossbeam, rayon, clap and others", Effort::All) {
        return;
    }
    same("libraries", "parallel");
    let variables = [("STYLE", "plain"), ("RUST_LOG", "info,texts=debug")];
    let host = on_host("libraries", "texts", &["--least", "4", "one", "three"], &variables, "");
    assert!(host.status.success(), "{}", stderr(&host));
    let outcome = qemu::run(booted("texts", "--least 4 one three"));
    succeeds(&outcome);
    assert_eq!(outcome.console, stdout(&host));
    assert!(outcome.console.ends_with("done\n"), "{outcome:?}");
}
