//! Boots kernels whose `main` is an `async fn`. Time is that of the machine, which stands still while the host does other things.

use crate::common::kernels::{boot, kernel};
use crate::common::qemu::{self, Outcome, Qemu};

const MACHINES: [&str; 3] = ["pc", "q35", "microvm"];

/// Time passes by instructions, and at once while the processor halts.
const BY_INSTRUCTIONS: [&str; 2] = ["-icount", "shift=0,sleep=off"];

const TASKS: &str = "sleeper 10\nsleeper 20\nsleeper 30\nsleeper 40\n\
                     floating point: 4 of 4\n\
                     turns: true\n\
                     past: true\ntimeout: true\ncombinators: true true true true true true\nblocked: true\nwoken: true\n\
                     combined: true\n";

/// What comes after that: main returns while tasks wait, and while one never does.
const END: &str = "pair 3: Busy - Too many instances of this task are already running. \
                   Check the `pool_size` attribute of the task.\n\
                   restless: 50 ms\n\
                   unikernel: exit status 5\n";

fn run(machine: &str, package: &str, command_line: &str) -> Outcome {
    let by_instructions = BY_INSTRUCTIONS.map(str::to_owned);
    qemu::run(boot(&kernel(package), machine, "4M", command_line).into_iter().chain(by_instructions))
}

#[test]
fn tasks_wait_compute_and_talk() {
    for machine in MACHINES {
        let outcome = run(machine, "tasks", "");
        assert_eq!(outcome.console, [TASKS, END].concat(), "{machine}");
        assert_eq!(outcome.code, Some(5 << 1 | 1), "{machine}");
    }
}

/// The ACPI timer of the machine runs by QEMU's own clock.
#[test]
fn a_second_is_a_second() {
    for machine in ["pc", "q35"] {
        let outcome = run(machine, "tasks", "reference_port=0x608");
        let seconds = "a second: true\n".repeat(5);
        assert_eq!(outcome.console, [TASKS, &seconds, END].concat(), "{machine}");
    }
}

#[test]
fn tasks_need_neither_clock_nor_console() {
    for machine in MACHINES {
        let outcome = qemu::run(boot(&kernel("tasks_alone"), machine, "2M", ""));
        assert_eq!((outcome.code, outcome.console.as_str()), (Some(30 << 1 | 1), ""), "{machine}");
    }
}

/// Lines of the console are read while other tasks run: those that wait, and one that never does.
#[test]
fn a_task_reads_while_others_run() {
    for (machine, restless) in [("pc", "false"), ("q35", "true"), ("microvm", "false")] {
        let arguments = boot(&kernel("tasks_read"), machine, "4M", &format!("restless={restless}"));
        let mut qemu = Qemu::start(arguments);
        let lines = ["hello", "a line longer than what the device can hold, and than one read", "quit"];
        for (count, line) in lines.into_iter().enumerate() {
            qemu.wait_for(&format!("20 ticks after {count}\n"));
            qemu.type_in(&format!("{line}\n"));
            qemu.wait_for(&format!("read `{line}`\n"));
        }
        assert_eq!(qemu.finish().code, Some(1), "{machine}");
    }
}
