//! gdb on kernels: stopped at `main`, attached to one that hangs, and on the core file of a crash; nothing is planted in a program.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::common::{program, root, tool, wait_for};

/// What `unikernel debug` shows, with gdb running `commands`.
fn gdb(arguments: &[&str], commands: &[&str]) -> String {
    let commands = commands.iter().flat_map(|command| ["-ex", command]);
    tool(program(), "unikernel-cli").arg("debug").args(arguments).args(["--", "-batch"]).args(commands).run()
}

#[track_caller]
fn check(shown: &str, wanted: &[&str]) {
    let mut rest = shown;
    for wanted in wanted {
        let found = rest.find(wanted).unwrap_or_else(|| panic!("no `{wanted}` where it is due in:\n{shown}"));
        rest = &rest[found + wanted.len()..];
    }
}

fn console(application: &str) -> String {
    let console = std::fs::read_to_string(root().join(format!("build/{application}.console"))).unwrap();
    console.replace("\r\n", "\n")
}

/// One after the other, because both write the console to the same file.
#[test]
fn a_machine_stops_at_main_and_goes_on_to_the_end() {
    // The kernel of an image.
    let commands = ["backtrace", "break core::fmt::write", "continue", "backtrace", "delete", "continue"];
    let shown = gdb(&["--package", "greet", "--release"], &commands);
    let at_main = ["#0  main () at apps/greet/src/main.rs:", "in start<greet::", "in unikernel_rt::boot::entry::entry"];
    let in_library =
        ["Breakpoint 2, ", "#0  ", "core::fmt::write", "main () at apps/greet/src/main.rs:", "boot::entry::entry"];
    check(&shown, &[&at_main[..], &in_library, &["Remote connection closed"]].concat());
    assert_eq!(console("greet"), "Hello, world\nHello, world\npatience: 1000 ms\n");

    // One that is built for this: arguments, variables, steps and sources.
    let commands = ["print name", "print times", "next", "next", "info locals", "list", "continue"];
    let shown = gdb(&["--package", "greet"], &commands);
    let (arguments, locals) = (["$1 = \"world\"", "$2 = 2"], ["iter = core::ops::range::Range<u8> {", "end = \"\""]);
    check(&shown, &[&arguments[..], &locals, &["#[unikernel(console", "Remote connection closed"]].concat());
    assert_eq!(console("greet"), "Hello, world\nHello, world\npatience: 1000 ms\n");
}

/// A run that is ended with the test.
struct Run(Child);

impl Drop for Run {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status(); // it may have ended by itself
        let _ = self.0.wait();
    }
}

#[test]
fn a_machine_that_hangs_shows_where() {
    let mut command = Command::new(program());
    command.args(["run", "--package", "faults", "--append", "how=hang", "--gdb"]).stdin(Stdio::null());
    let mut run = Run(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let said = BufReader::new(run.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let line = said.into_iter().find(|line| line.contains("--attach")).expect("it says how to attach");
    let socket = line.split_once("unikernel debug -p faults --attach ").expect("the command").1.to_owned();
    let mut console = BufReader::new(run.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert_eq!(console.find(|line| line == "hanging").as_deref(), Some("hanging"));

    let shown = gdb(&["-p", "faults", "--attach", &socket], &[]);
    let calls =
        ["matched.", "hang () at build-support/tests/kernels/plain/src/bin/faults.rs:", "main (", "boot::entry::entry"];
    check(&shown, &calls);
    assert!(run.0.try_wait().unwrap().is_none(), "the machine goes on without gdb");
    drop(run);
    wait_for(|| (!PathBuf::from(&socket).exists()).then_some(())).expect("the socket goes with the machine");
}

/// Runs an application that ends with `status`, and dumps what crashes.
fn run_with_dump(application: &str, line: &str, machine: &str, status: i32) -> (PathBuf, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let core = folder.path().join("a core");
    let program =
        tool(program(), "unikernel-cli").args(["run", "-p", application, "--append", line, "--machine", machine]);
    let output = program.arg("--dump-on-crash").arg(&core).output();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert_eq!(output.status.code(), Some(status), "{text}");
    (core, text, folder)
}

#[test]
fn a_crash_leaves_a_core_file_that_shows_the_way_to_it() {
    for (machine, how, status, wanted) in [
        ("pc", "null", 102, &["<signal handler called>", "write_volatile", "write_to", "main ("][..]),
        ("microvm", "unwrap", 101, &["panic<faults::", "core::panicking::panic_fmt", "look (", "main ("]),
    ] {
        let (core, text, _folder) = run_with_dump("faults", &format!("how={how}"), machine, status);
        assert!(text.contains("stack backtrace:\n") && text.contains("Dumped"), "{text}");
        let shown = gdb(&["-p", "faults", "--core", core.to_str().unwrap()], &[]);
        check(&shown, &[&["matched."], wanted, &["in start<faults::", "boot::entry::entry"]].concat());
    }
}

#[test]
fn what_is_no_crash_leaves_none() {
    for (application, line, status) in [("hello", "", 0), ("fails", "code=7", 7)] {
        let (core, text, _folder) = run_with_dump(application, line, "pc", status);
        assert!(!core.exists() && !text.contains("Dumped"), "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut run = Command::new(program());
    run.args(["run", "-p", "hello", "--dump-on-crash"]).arg(folder.path()).stdin(Stdio::null()).stderr(Stdio::piped());
    let mut run = run.spawn().unwrap();
    let mut said = String::new();
    run.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("cannot write `"), "{said}");
    assert_eq!(run.wait().unwrap().code(), Some(125), "found out before it boots");
}

#[test]
fn a_log_is_symbolized_later_and_a_foreign_elf_refused() {
    let elf = |application: &str| {
        tool(program(), "unikernel-cli").args(["check", "-p", application]).run();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        target.join("unikernel/release").join(application)
    };
    let output = tool(program(), "unikernel-cli").args(["run", "-p", "panics"]).output();
    assert_eq!(output.status.code(), Some(101));
    let told = String::from_utf8(output.stdout).unwrap();
    let wanted = [
        "unikernel: panicked at build-support/tests/kernels/plain/src/bin/panics.rs:9:5: for no reason\n",
        "stack backtrace:\n",
    ];
    check(
        &told,
        &[&wanted[..], &["panics::main\n", "at build-support/tests/kernels/plain/src/bin/panics.rs:9:5\n"]].concat(),
    );

    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let (before, rest) = told.split_once("stack backtrace:\n").unwrap();
    let (_, after) = rest.split_once("unikernel: ").unwrap();
    std::fs::write(&log, format!("{before}unikernel: {after}")).unwrap();
    let symbolize =
        |application| tool(program(), "unikernel-cli").arg("symbolize").arg(elf(application)).arg(&log).output();
    assert_eq!(String::from_utf8(symbolize("panics").stdout).unwrap(), told);
    let foreign = symbolize("hello");
    assert_eq!(foreign.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&foreign.stdout).contains("no backtrace: this report is from a different build"));
    assert!(
        String::from_utf8_lossy(&foreign.stderr).contains("1 of 1 reports are from a different build"),
        "{foreign:?}"
    );
}
