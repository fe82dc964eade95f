//! Boots kernels that sleep, tell the time and wait for input, and compares them with QEMU's own clock.
//!
//! With `-icount shift=0,sleep=off` that clock moves by a nanosecond an instruction, jumps over the time that the processor is
//! halted, and is what the processor's counter counts. Nothing here depends on how fast the host is.

use crate::common::kernels::kernel;
use crate::common::qemu::{self, Outcome, Qemu};
use crate::common::tool;
use std::thread;
use std::time::Duration;

use unikernel_bench::counts;
use unikernel_cli::machine::debug_exit;

const EXACT: [&str; 2] = ["-icount", "shift=0,sleep=off"];
const SECOND_NS: u64 = 1_000_000_000;

/// The status of a success, and of a device that is missing, as QEMU ends with it.
const SUCCESS: Option<i32> = Some(1);
const DEVICE_MISSING: Option<i32> = Some(104 << 1 | 1);

fn machine(package: &str, arguments: &[&str]) -> Vec<String> {
    let kernel = kernel(package).display().to_string();
    let memory: &[&str] = if arguments.contains(&"-m") { &[] } else { &["-m", "16"] };
    [&["-kernel", &kernel], memory, arguments].concat().into_iter().map(str::to_owned).collect()
}

fn sleep(arguments: &[&str], command_line: &str) -> Outcome {
    qemu::run(machine("clock_sleep", &[&EXACT, arguments, &["-append", command_line]].concat()))
}

/// The numbers in the lines of `console` that begin with `label`.
fn numbers(console: &str, label: &str) -> Vec<Vec<u64>> {
    let lines = console.lines().filter_map(|line| line.strip_prefix(label));
    lines.map(|line| line.split(' ').filter_map(|word| word.parse().ok()).collect()).collect()
}

/// Checks that the kernel slept `times` for `length_ns`, by its clock and by QEMU's.
#[track_caller]
fn check_sleeps(outcome: &Outcome, times: usize, length_ns: u64, name: &str) {
    assert_eq!(outcome.code, SUCCESS, "{name}: {outcome:?}");
    let past = numbers(&outcome.console, "past deadlines: ");
    assert!(past.concat()[0] < 100_000, "{name}: past deadlines took {past:?} ns");
    let sleeps = numbers(&outcome.console, "slept: ");
    assert_eq!(sleeps.len(), times, "{name}: {outcome:?}");
    for sleep in sleeps {
        let [by_guest, by_qemu] = sleep[..] else { panic!("{name}: {outcome:?}") };
        assert!(by_guest >= length_ns, "{name}: woke after {by_guest} ns");
        assert!(by_guest - length_ns < length_ns / 1000 + 100_000, "{name}: woke after {by_guest} ns");
        // The timer that the counter is measured by moves every 279 ns (838 ns the slowest), in a measurement of 2 ms.
        assert!(by_guest.abs_diff(by_qemu) <= by_qemu / 1000, "{name}: {by_guest} ns are {by_qemu} ns");
    }
}

#[test]
fn sleeps_as_long_as_it_is_asked_to_on_every_machine() {
    for arguments in [
        &["-machine", "pc", "-cpu", "qemu64"][..],
        &["-machine", "pc", "-cpu", "max"],
        &["-machine", "q35", "-cpu", "qemu64"],
        &["-machine", "q35", "-cpu", "max", "-smp", "2"],
        &["-machine", "q35", "-m", "2M"],
        &["-machine", "pc", "-smp", "4"],
        &["-machine", "microvm"],
        &["-machine", "microvm,acpi=off,rtc=off"],
        &["-machine", "microvm,pic=off,rtc=off", "-cpu", "max"],
    ] {
        check_sleeps(&sleep(arguments, ""), 5, SECOND_NS, &arguments.join(" "));
    }
}

#[test]
fn any_timer_will_do_to_measure_by() {
    // Without ACPI `pc` has no power management timer either.
    for (timer, arguments) in [
        ("PM timer", &["-machine", "pc,hpet=off,pit=off"][..]),
        ("HPET", &["-machine", "pc,acpi=off,pit=off"]),
        ("PIT", &["-machine", "pc,acpi=off,hpet=off"]),
    ] {
        check_sleeps(&sleep(arguments, "times=2"), 2, SECOND_NS, timer);
    }
}

#[test]
fn a_machine_without_any_timer_stops_the_boot_by_name() {
    let text = "unikernel: clock: this machine has none: no pvclock, no TSC frequency in CPUID, no ACPI PM timer, no HPET, \
                no PIT\nunikernel: exit status 104\n";
    for machine in ["microvm,pit=off,pic=off,rtc=off", "microvm,acpi=off,pit=off,pic=off,rtc=off"] {
        for processor in ["qemu64", "max"] {
            let outcome = sleep(&["-machine", machine, "-cpu", processor], "");
            assert_eq!((outcome.code, outcome.console.as_str()), (DEVICE_MISSING, text), "{machine}");
        }
    }
}

#[test]
fn sleeps_longer_than_the_timer_reaches() {
    let outcome = sleep(&["-machine", "pc"], "times=1 length=5m");
    check_sleeps(&outcome, 1, 300 * SECOND_NS, "five minutes");
}

#[test]
fn asleep_it_executes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = counts::plugin(folder.path()).unwrap();
    let executed = |command_line| {
        let run = tool("qemu-system-x86_64", "qemu-system-x86")
            .args(["-accel", "tcg", "-display", "none", "-no-reboot", "-nodefaults", "-serial", "null"])
            .args(["-device", &debug_exit(), "-machine", "microvm", "-plugin"])
            .arg(&plugin)
            .args(machine("clock_sleep", &[&EXACT[..], &["-append", command_line]].concat()));
        let printed = String::from_utf8(run.output().stderr).unwrap();
        counts::at("end", &printed).unwrap_or_else(|| panic!("no counts: {printed}"))
    };
    let (short, long) = (executed("times=1 length=10ms"), executed("times=1 length=60s"));
    assert_eq!((short.halts, long.halts), (1, 1));
    // There are some more digits to print.
    assert!(long.instructions.abs_diff(short.instructions) < 2_000, "{short:?}, {long:?}");
}

#[test]
fn the_wall_clock_is_the_machines() {
    for machine in ["pc", "q35", "microvm"] {
        // A leap day's last seconds, and a sleep into March.
        let outcome =
            sleep(&["-machine", machine, "-rtc", "base=2024-02-29T23:59:50,clock=vm"], "wall=true times=1 length=20s");
        check_sleeps(&outcome, 1, 20 * SECOND_NS, machine);
        let [before, after] = numbers(&outcome.console, "wall clock: ").concat()[..] else { panic!("{outcome:?}") };
        const BASE_S: u64 = 1_709_251_190;
        // The firmware has taken a while.
        assert!((BASE_S..BASE_S + 9).contains(&before), "{machine}: {before}");
        assert!((20..=21).contains(&(after - before)), "{machine}: {before}, {after}");
    }
}

/// The monotonic clock of a machine that is stopped stands still, and the machine's own goes on.
#[test]
fn the_wall_clock_is_right_after_a_pause() {
    const PAUSE_S: u64 = 6;
    let arguments = ["-machine", "pc", "-rtc", "base=utc,clock=host", "-append", "wall=true times=1 length=3s"];
    let mut qemu = Qemu::start(machine("clock_sleep", &arguments));
    qemu.wait_for("wall clock: ");
    qemu.monitor("stop");
    thread::sleep(Duration::from_secs(PAUSE_S));
    qemu.monitor("cont");
    let outcome = qemu.finish();
    assert_eq!(outcome.code, SUCCESS, "{outcome:?}");
    let [before, after] = numbers(&outcome.console, "wall clock: ").concat()[..] else { panic!("{outcome:?}") };
    // A busy host may have made the pause longer, or the sleep.
    assert!((PAUSE_S + 2..PAUSE_S + 30).contains(&(after - before)), "{before}, {after}");
}

#[test]
fn a_machine_that_does_not_know_the_time_says_so() {
    let outcome = sleep(&["-machine", "microvm,rtc=off"], "wall=true times=0");
    assert_eq!(outcome.code, SUCCESS, "{outcome:?}");
    let said = outcome.console.matches("wall clock: no real-time clock\n").count();
    assert_eq!(said, 2, "{outcome:?}");
}

#[test]
fn input_is_waited_for_and_none_is_lost() {
    for arguments in [
        &["-machine", "pc"][..],
        &["-machine", "q35", "-cpu", "max", "-smp", "2"],
        &["-machine", "microvm"],
        &["-machine", "microvm,acpi=off,pit=off,pic=off,rtc=off"],
    ] {
        let mut echo = Qemu::start(machine("console_echo", arguments));
        echo.wait_for("ready\n");
        let mut expected = "ready\n".to_owned();
        // One byte, a line, and more at once than the device holds.
        for text in ["a", "bc\n", &"0123456789abcdefghijklmnopqrstuvwxyz\n".repeat(100), "end of it\n", "end\n"] {
            echo.type_in(text);
            expected.push_str(text);
            if text != "end\n" {
                echo.wait_for(&expected);
            }
        }
        let outcome = echo.finish();
        assert_eq!((outcome.code, outcome.console), (SUCCESS, expected), "{arguments:?}");
    }
}
