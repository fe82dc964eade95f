//! `unikernel run`: the machine's end, and the way there, on pipes.

use std::io::{Read, Write};
use std::process::{Output, Stdio};

use crate::command_line::kernel::{self, Scratch};
use crate::command_line::{processes_with, stderr, stdout, unikernel};

fn run(code: &[Vec<u8>], arguments: &[&str]) -> Output {
    let kernel = Scratch::new(&code.concat());
    let output = unikernel().arg("run").arg(kernel.path()).args(arguments).stdin(Stdio::null()).output().expect("runs");
    assert_eq!(processes_with(&kernel.path()), [0; 0], "the machine is still there");
    output
}

#[test]
fn the_status_is_the_kernels() {
    for status in [0, 1, 2, 99, 101, 104, 127] {
        let output = run(&[kernel::print("over\n"), kernel::exit(status)], &[]);
        assert_eq!(output.status.code(), Some(status.into()));
        assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), ("over\n", ""));
    }
}

#[test]
fn every_machine_type_carries_it() {
    for machine in ["pc", "q35", "microvm"] {
        let output = run(&[kernel::print(machine), kernel::exit(7)], &["--machine", machine]);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(7), machine), "{}", stderr(&output));
    }
}

#[test]
fn an_end_without_a_status_is_told() {
    let output = run(&[kernel::power_off()], &[]);
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    let output = run(&[kernel::panic()], &[]);
    assert_eq!(output.status.code(), Some(101));
    assert_eq!(stderr(&output), "warning: the kernel reported a failure without a status\n");
    let output = run(&[kernel::triple_fault()], &[]);
    assert_eq!(output.status.code(), Some(102));
    assert_eq!(stderr(&output), "warning: the machine reset: a fault before the kernel could report it\n");
}

#[test]
fn what_is_piped_in_arrives_whole_and_comes_back() {
    let kernel = Scratch::new(&[kernel::echo(), kernel::exit(0)].concat());
    let mut text: String = (0..500).map(|line| format!("line {line}: \u{e4}\u{1f600}\u{3}\n")).collect();
    text.push('Q');
    text = text.replace('q', "Q") + "q";
    let mut child =
        unikernel().arg("run").arg(kernel.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("runs");
    let mut input = child.stdin.take().expect("piped");
    let sent = text.clone();
    let writer = std::thread::spawn(move || input.write_all(sent.as_bytes()));
    let mut received = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut received).expect("text");
    writer.join().expect("a thread").expect("all of it was taken");
    assert_eq!(received, text);
    assert_eq!(child.wait().expect("ended").code(), Some(0));
}

#[test]
fn the_command_line_is_shown_and_can_be_extended() {
    let output =
        run(&[kernel::exit(0)], &["-v", "--memory", "2MiB", "--cpus", "2", "--append", "a=1", "--", "-name", "a b"]);
    let shown = stderr(&output);
    assert!(shown.starts_with("     Running qemu-system-x86_64 -machine pc -accel "), "{shown}");
    for part in [" -smp 2 ", " -m 2M ", " -append a=1 ", " -name 'a b'\n"] {
        assert!(shown.contains(part), "no `{part}` in: {shown}");
    }
}

#[test]
fn qemus_own_failure_is_not_a_kernels() {
    let output = run(&[kernel::exit(0)], &["--", "-device", "nonsense"]);
    assert_eq!(output.status.code(), Some(125));
    assert_eq!(
        stderr(&output),
        "error: QEMU cannot create this machine\n\
         qemu-system-x86_64: -device nonsense: 'nonsense' is not a valid device model name\n"
    );
}

#[test]
fn without_qemu_it_says_how_to_install_it() {
    let kernel = Scratch::new(&kernel::exit(0));
    let output = unikernel().arg("run").arg(kernel.path()).env("PATH", kernel.folder()).output().expect("runs");
    assert_eq!(output.status.code(), Some(125));
    assert_eq!(
        stderr(&output),
        "error: `qemu-system-x86_64` is not installed\nhelp: install it:\napt-get install qemu-system-x86\n"
    );
}

#[test]
fn a_reader_that_goes_away_ends_the_machine() {
    let endless = [kernel::print("line\n"), vec![0xeb, 0x100_u16.wrapping_sub(4 + 15 + 2) as u8]].concat();
    let kernel = Scratch::new(&endless);
    let mut child =
        unikernel().arg("run").arg(kernel.path()).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("runs");
    let mut first = [0; 10];
    child.stdout.take().expect("piped").read_exact(&mut first).expect("two lines");
    assert_eq!(&first, b"line\nline\n");
    assert_eq!(child.wait().expect("ended").code(), Some(128 + 13));
    assert_eq!(processes_with(&kernel.path()), [0; 0]);
}

#[test]
fn bad_options_are_refused() {
    let output = run(&[kernel::exit(0)], &["--memory", "512KiB"]);
    let text =
        "error: invalid value '512KiB' for '--memory <SIZE>': `512KiB` is less than 1MiB, where a kernel begins\n";
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with(text), "{}", stderr(&output));
    let output = run(&[kernel::exit(0)], &["--memory", "16M"]);
    let text = "error: invalid value '16M' for '--memory <SIZE>': `16M` has an unknown unit";
    assert!(stderr(&output).starts_with(text), "{}", stderr(&output));
    let output = run(&[kernel::exit(0)], &["--cpus", "0"]);
    assert!(stderr(&output).starts_with("error: invalid value '0' for '--cpus <COUNT>'"), "{}", stderr(&output));
}

#[test]
fn an_image_that_is_none_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let missing = folder.path().join("none.iso");
    let output = unikernel().arg("run").arg(&missing).output().expect("runs");
    assert_eq!(output.status.code(), Some(125));
    let text = format!("error: cannot read `{}`: No such file or directory (os error 2)\n", missing.display());
    assert_eq!(stderr(&output), text);
    std::fs::write(&missing, "no image").expect("written");
    let output = unikernel().arg("run").arg(&missing).output().expect("runs");
    assert_eq!(output.status.code(), Some(125));
    assert!(stderr(&output).starts_with(&format!("error: `{}`: not an ISO image\n", missing.display())));
}
