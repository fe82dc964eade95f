//! `bench kvm-check` without KVM: scripts on PATH stand in for the monitors, and QEMU's translator for KVM.
//!
//! What it says of real monitors under KVM can be seen only where there is one.
#![allow(missing_docs)] // nobody else sees it

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use unikernel_cli::machine::Accelerator;

/// A folder of stand-ins, before all other programs.
struct StandIns(tempfile::TempDir);

impl StandIns {
    fn new(scripts: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, script) in scripts {
            let path = folder.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its own");
        }
        Self(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The command, with the stand-ins before PATH, or what a user has without any monitor.
    fn check(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
        let path = std::env::var("PATH").expect("UTF-8");
        command.arg("kvm-check").args(arguments).env("PATH", format!("{}:{path}", self.0.path().display()));
        command.env("FOLDER", self.0.path()).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
        command
    }
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// The rest of a row, after its numbers.
fn result<'a>(table: &'a str, application: &str, monitor: &str) -> &'a str {
    let is_it = |line: &&str| line.split_whitespace().next() == Some(application) && line.contains(monitor);
    let row = table.lines().find(is_it).unwrap_or_else(|| panic!("no {application} on {monitor}: {table}"));
    let at = ["works", "FAILED", "not tried"].iter().find_map(|word| row.find(word)).expect("a result");
    &row[at..]
}

#[test]
fn without_kvm_it_says_so_and_boots_nothing() {
    if Accelerator::detect() == Accelerator::Kvm {
        eprintln!("there is KVM here: what is missing without it cannot be seen");
        return;
    }
    let stand_ins = StandIns::new(&[("qemu-system-x86_64", "touch \"$FOLDER/started\"")]);
    let output = stand_ins.check(&["-p", "hello"]).output().expect("it runs");
    let (shown, errors) = texts(&output);
    assert_eq!((output.status.code(), shown.as_str()), (Some(1), ""));
    assert!(
        errors.contains("KVM does not work here, and nothing was booted: ") && errors.contains("\nhelp: "),
        "{errors}"
    );
    assert!(!stand_ins.file("started").exists());
}

#[test]
fn every_outcome_is_a_row_and_failures_are_the_status() {
    // QEMU says something and ends with the status of success, but on q35 with another, and on microvm without a word.
    let qemu = "case \"$*\" in *microvm*) echo 'no such machine' >&2; exit 1;; *q35*) echo hello; exit 7;; esac\n\
                echo hello; exit 1";
    // Firecracker reads its configuration, and goes on; Cloud Hypervisor's kernel fails.
    let firecracker = "grep -q '\"kernel_image_path\": \"/' \"$3\" || exit 9\necho 'it boots'; exec sleep 1000";
    let hypervisor = "echo 'unikernel: exit status 101'";
    let scripts = [("qemu-system-x86_64", qemu), ("firecracker", firecracker), ("cloud-hypervisor", hypervisor)];
    let output = StandIns::new(&scripts).check(&["--without-kvm", "-p", "hello"]).output().expect("it runs");
    let (table, errors) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{table}{errors}");
    assert_eq!(result(&table, "hello", "QEMU pc"), "works, ended");
    assert_eq!(result(&table, "hello", "QEMU q35"), "FAILED: qemu-system-x86_64 ended with exit status: 7");
    let microvm = "FAILED: qemu-system-x86_64 ended with exit status: 1: no such machine";
    assert_eq!(result(&table, "hello", "QEMU microvm"), microvm);
    assert_eq!(result(&table, "hello", "Firecracker"), "works, runs");
    assert_eq!(result(&table, "hello", "Cloud Hypervisor"), "FAILED: unikernel: exit status 101");
    assert!(table.ends_with("2 worked, 3 failed, 0 not tried\n"), "{table}");
    let faults = "error: these do not work: hello on QEMU q35, hello on QEMU microvm, hello on Cloud Hypervisor\n";
    assert!(errors.ends_with(faults), "{errors}");
}

#[test]
fn a_machine_that_says_nothing_is_ended() {
    let stand_ins = StandIns::new(&[("qemu-system-x86_64", "echo $$ >> \"$FOLDER/ids\"; exec sleep 1000")]);
    let arguments = ["--without-kvm", "-p", "hello", "--patience", "1", "--monitor", "qemu-system-x86_64"];
    let output = stand_ins.check(&arguments).output().expect("it runs");
    let (table, errors) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert_eq!(result(&table, "hello", "QEMU pc"), "FAILED: qemu-system-x86_64 said nothing within 1 s");
    let ids = fs::read_to_string(stand_ins.file("ids")).expect("they were started");
    assert_eq!(ids.lines().count(), 3);
    ids.lines().for_each(assert_gone);
}

#[test]
fn an_interrupt_leaves_no_machine() {
    let stand_ins = StandIns::new(&[("qemu-system-x86_64", "echo $$ > \"$FOLDER/id\"; exec sleep 1000")]);
    let mut check = stand_ins.check(&["--without-kvm", "-p", "hello", "--patience", "1000"]);
    let mut check = check.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
    let id = wait_for(Duration::from_secs(300), || {
        fs::read_to_string(stand_ins.file("id")).ok().filter(|text| text.ends_with('\n'))
    });
    // As Ctrl-C, which those are deaf to who were started in the background.
    kill_process(Pid::from_child(&check), Signal::TERM).expect("it runs");
    assert!(!check.wait().expect("it ends").success());
    assert_gone(id.trim());
}

/// Real boots, by QEMU's translator in place of KVM.
#[test]
fn applications_boot_and_answer() {
    let stand_ins = StandIns::new(&[]);
    let arguments = ["--without-kvm", "-p", "hello", "-p", "static_web", "--monitor", "qemu-system-x86_64"];
    let output = stand_ins.check(&arguments).output().expect("it runs");
    let (table, errors) = texts(&output);
    assert!(output.status.success(), "{table}{errors}");
    for monitor in ["QEMU pc", "QEMU q35", "QEMU microvm"] {
        assert_eq!(result(&table, "hello", monitor), "works, ended");
        assert_eq!(result(&table, "static_web", monitor), "works, runs");
        let row = table.lines().find(|line| line.starts_with("static_web") && line.contains(monitor)).expect("a row");
        let numbers: Vec<f64> = row.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [output, answer] = numbers[..] else {
            panic!("its first output and answer, and no exits without KVM: {row}")
        };
        assert!(0.0 < output && output <= answer, "{row}");
    }
}

fn wait_for<T>(limit: Duration, mut find: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(start.elapsed() < limit, "it does not come");
        thread::sleep(Duration::from_millis(10));
    }
}

fn assert_gone(id: &str) {
    let id = Pid::from_raw(id.parse().expect("a number")).expect("is one");
    let is_zombie = || is_zombie(Path::new(&format!("/proc/{}/stat", id.as_raw_nonzero())));
    wait_for(Duration::from_secs(10), || (test_kill_process(id).is_err() || is_zombie()).then_some(()));
}

/// Whether a process has ended, and nobody has asked how.
fn is_zombie(stat: &Path) -> bool {
    fs::read_to_string(stat).is_ok_and(|text| text.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')))
}

#[test]
fn a_monitor_that_is_missing_is_named() {
    let stand_ins = StandIns::new(&[]);
    let mut check = stand_ins.check(&["--without-kvm", "-p", "hello"]);
    let output = check.env("PATH", stand_ins.0.path()).output().expect("it runs");
    let (table, errors) = texts(&output);
    assert_eq!((output.status.code(), table.as_str()), (Some(1), ""));
    for missing in ["qemu-system-x86_64", "firecracker", "cloud-hypervisor"] {
        assert!(errors.contains(&format!("warning: `{missing}` is not installed, and not tried\n")), "{errors}");
    }
    assert!(errors.ends_with("error: no monitor is installed\nhelp: apt-get install qemu-system-x86\n"), "{errors}");
}
