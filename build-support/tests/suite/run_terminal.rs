//! `unikernel run` on a terminal: raw mode for the guest, restored afterwards.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use crate::command_line::kernel::{self, Scratch};
use crate::command_line::terminal::{Terminal, wait_until_gone};
use crate::command_line::{processes_with, unikernel};
use rustix::process::{Pid, Signal, kill_process};

fn command(kernel: &Scratch) -> Command {
    let mut command = unikernel();
    command.arg("run").arg(kernel.path());
    command
}

/// Half of what stands on the screen when a kernel was asked to stop and does not.
const ASKED: &str = "press again to end the machine";

/// Never listens to anything.
fn waiting() -> Scratch {
    Scratch::new(&[kernel::print("ready\n"), kernel::halt()].concat())
}

#[test]
fn ctrl_c_twice_ends_the_machine_and_restores_the_terminal() {
    let kernel = waiting();
    let mut terminal = Terminal::open();
    let before = terminal.attributes();
    assert!(!before.is_raw);
    let mut child = terminal.start(&command(&kernel));
    terminal.wait_for("ready");
    assert!(terminal.attributes().is_raw);
    assert_eq!(processes_with(&kernel.path()).len(), 2, "the program and QEMU");
    terminal.press(b"\x03\x03");
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    assert_eq!(terminal.attributes(), before);
    assert_eq!(processes_with(&kernel.path()), [0; 0]);
}

#[test]
fn ctrl_c_once_is_not_waited_for_for_ever() {
    let kernel = waiting();
    let mut terminal = Terminal::open();
    let mut child = terminal.start(&command(&kernel));
    terminal.wait_for("ready");
    terminal.press(b"\x03");
    terminal.wait_for(ASKED);
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    assert_eq!(processes_with(&kernel.path()), [0; 0]);
}

#[test]
fn ctrl_c_is_heard_though_the_guest_reads_nothing() {
    let kernel = waiting();
    let mut terminal = Terminal::open();
    let before = terminal.attributes();
    let mut child = terminal.start(&command(&kernel));
    terminal.wait_for("ready");
    // More than all the buffers on the way hold.
    for _ in 0..200 {
        terminal.press(&[b'x'; 1000]);
    }
    terminal.press(b"\x03");
    terminal.wait_for(ASKED);
    terminal.press(b"\x03");
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    assert_eq!(terminal.attributes(), before);
}

#[test]
fn signals_end_the_machine_and_restore_the_terminal() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131)] {
        let kernel = waiting();
        let mut terminal = Terminal::open();
        let before = terminal.attributes();
        let mut child = terminal.start(&command(&kernel));
        terminal.wait_for("ready");
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        if [Signal::INT, Signal::TERM].contains(&signal) {
            terminal.wait_for(ASKED);
            kill_process(Pid::from_child(&child), signal).expect("it still runs");
        }
        assert_eq!(child.wait().expect("ended").code(), Some(code));
        assert_eq!(terminal.attributes(), before);
        assert_eq!(processes_with(&kernel.path()), [0; 0]);
    }
}

#[test]
fn a_killed_program_takes_its_machine_along() {
    let kernel = waiting();
    let mut terminal = Terminal::open();
    let mut child = terminal.start(&command(&kernel));
    terminal.wait_for("ready");
    child.kill().expect("it runs");
    assert_eq!(child.wait().expect("ended").signal(), Some(9));
    wait_until_gone(&kernel.path());
}

#[test]
fn keys_arrive_as_they_are_pressed() {
    let kernel = Scratch::new(&[kernel::print("ready\n"), kernel::echo(), kernel::exit(5)].concat());
    let mut terminal = Terminal::open();
    let before = terminal.attributes();
    let mut child = terminal.start(&command(&kernel));
    terminal.wait_for("ready");
    // Without a line's end, with keys that a cooked terminal would keep for itself.
    terminal.press(b"ab\x1a\x13\x04");
    terminal.wait_for("ab\x1a\x13\x04");
    terminal.press(b"q");
    terminal.wait_for("q");
    assert_eq!(child.wait().expect("ended").code(), Some(5));
    assert_eq!(terminal.attributes(), before);
}

#[test]
fn a_failure_to_start_restores_the_terminal() {
    let kernel = waiting();
    let mut terminal = Terminal::open();
    let before = terminal.attributes();
    let mut command = command(&kernel);
    command.args(["--", "-device", "nonsense"]);
    let mut child = terminal.start(&command);
    terminal.wait_for("is not a valid device model name");
    assert_eq!(child.wait().expect("ended").code(), Some(125));
    assert_eq!(terminal.attributes(), before);
}
