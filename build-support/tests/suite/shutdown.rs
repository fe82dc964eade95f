//! Asks machines to stop: by QEMU's own command for it, and by Ctrl-C of `unikernel run`.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use crate::command_line::terminal::Terminal;
use crate::command_line::unikernel;
use crate::common::kernels::{boot, kernel};
use crate::common::qemu::{Outcome, Qemu};
use crate::common::wait_for;

/// What QEMU ends with when a kernel ends with `status`.
const fn code(status: i32) -> Option<i32> {
    Some(status << 1 | 1)
}

/// Boots `package`, presses the power button when it says `ready`, and waits for its end. With `again` it is pressed until then: a
/// kernel that has not declared it does not hear it before it halts for the first time.
#[track_caller]
fn press(package: &str, machine: &[&str], command_line: &str, ready: &str, again: bool) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("qmp");
    let control = format!("unix:{},server=on,wait=off", socket.display());
    let mut arguments = boot(&kernel(package), machine[0], "16M", command_line);
    arguments.extend(machine[1..].iter().chain(&["-qmp", &control]).map(|&argument| argument.to_owned()));
    let mut qemu = Qemu::start(arguments);
    qemu.wait_for(ready);
    let stream = wait_for(|| UnixStream::connect(&socket).ok()).expect("QEMU listens");
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut next = || lines.next().expect("QEMU answers").unwrap();
    assert!(next().contains("\"QMP\""));
    (&stream).write_all(b"{\"execute\": \"qmp_capabilities\"}\n").unwrap();
    assert!(next().contains("return"));
    let press = || (&stream).write_all(b"{\"execute\": \"system_powerdown\"}\n");
    press().unwrap();
    let over = wait_for(|| (!again || press().is_err()).then_some(()));
    assert!(over.is_some(), "it did not hear; COM1 said:\n{}", qemu.console());
    qemu.finish()
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
