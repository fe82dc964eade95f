//! Asks machines to stop: by QEMU's own command for it, and by Ctrl-C of `unikernel run`.

use crate::command_line::terminal::Terminal;
use crate::command_line::unikernel;
use crate::common::kernels::{boot, kernel};
use crate::common::qemu::{Outcome, Qemu};

/// What QEMU ends with when a kernel ends with `status`.
const fn code(status: i32) -> Option<i32> {
    Some(status << 1 | 1)
}

/// Boots `package`, and presses the power button when it has said `ready`.
#[track_caller]
fn press(package: &str, machine: &[&str], command_line: &str, ready: &str, again: bool) -> Outcome {
    let mut arguments = boot(&kernel(package), machine[0], "16M", command_line);
    arguments.extend(machine[1..].iter().map(|&argument| argument.to_owned()));
    Qemu::start(arguments).press_power_button(ready, again)
}

const MACHINES: [&[&str]; 4] =
    [&["pc"], &["q35", "-cpu", "max", "-smp", "2"], &["microvm"], &["microvm,pic=off,rtc=off"]];

#[test]
fn declared_main_finishes_first() {
    let (asked, finished) = ("asked already: false\nready\n", "asked: true\nfinished\nunikernel: exit status 7\n");
    for (machine, how) in MACHINES.into_iter().zip(["await", "wait", "look", "await"]) {
        let outcome = press("stops", machine, &format!("how={how}"), "ready\n", false);
        assert_eq!((outcome.code, outcome.console), (code(7), format!("{asked}{finished}")), "{machine:?}, {how}");
    }
}

/// Both wait: for input, and for a deadline that is far away.
#[test]
fn undeclared_the_machine_is_off_at_once() {
    for machine in MACHINES.into_iter().take(3) {
        let outcome = press("console_echo", machine, "", "ready\n", true);
        assert_eq!((outcome.code, outcome.console.as_str()), (code(0), "ready\n"), "{machine:?}");
        let outcome = press("clock_sleep", machine, "times=1 length=1h", "past deadlines: ", true);
        assert_eq!((outcome.code, outcome.console.lines().count()), (code(0), 1), "{machine:?}: {outcome:?}");
    }
}

#[test]
fn ctrl_c_asks_and_the_status_is_the_kernels() {
    for (package, status, last) in [("stops", 7, Some("finished")), ("console_echo", 0, None)] {
        let mut command = unikernel();
        command.arg("run").arg(kernel(package));
        let mut terminal = Terminal::open();
        let before = terminal.attributes();
        let mut child = terminal.start(&command);
        terminal.wait_for("ready");
        terminal.press(b"\x03");
        if let Some(last) = last {
            terminal.wait_for(last);
        }
        assert_eq!(child.wait().expect("ended").code(), Some(status), "{package}");
        assert_eq!(terminal.attributes(), before);
    }
}
