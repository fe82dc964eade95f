//! Programs of the standard library, in the workspace `build-support/tests/std`: each is built for the host and as an image.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use crate::command_line::{stderr, stdout};
use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::boot;
use crate::common::qemu::{self, Outcome, Qemu};
use crate::common::{program, root, urunc};
use unikernel_cli::audit::{self, Owner, components::COMPONENTS};
use unikernel_cli::cargo::{self, Workspace};
use unikernel_cli::elf::Kernel;

/// Without link-time optimization, which takes most of the time of a build; sizes are those of `release`.
pub(crate) const QUICK: &str = "dev";

/// What QEMU ends with where a kernel ends with `status`.
pub(crate) const fn code(status: i32) -> Option<i32> {
    Some(status << 1 | 1)
}

pub(crate) fn folder() -> PathBuf {
    root().join("build-support/tests/std")
}

fn workspace() -> &'static Workspace {
    static WORKSPACE: OnceLock<Workspace> = OnceLock::new();
    WORKSPACE.get_or_init(|| Workspace::find_with(&folder(), true).expect("the workspace of these programs"))
}

#[track_caller]
pub(crate) fn kernel(name: &str, profile: &str) -> PathBuf {
    let application = workspace().binary(None, name).expect("a program of the workspace");
    cargo::build(workspace(), &application, profile).unwrap_or_else(|error| panic!("{error}")).kernel
}

/// Boots a program.
#[track_caller]
pub(crate) fn run(name: &str, memory: &str, command_line: &str) -> Outcome {
    qemu::run(boot(&kernel(name, QUICK), "pc", memory, command_line))
}

/// Runs a program on the host, by plain cargo.
pub(crate) fn on_host(package: &str, name: &str, words: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "--quiet", "--bin", name, "--"]).args(words).envs(variables.iter().copied());
    cargo.current_dir(folder().join(package)).env_remove("RUST_BACKTRACE");
    let mut child = cargo.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("ends")
}

pub(crate) fn unikernel(arguments: &[&str]) -> Output {
    let mut command = Command::new(program());
    command.args(arguments).current_dir(folder()).output().expect("runs")
}

#[track_caller]
pub(crate) fn succeeds(outcome: &Outcome) {
    assert_eq!(outcome.code, code(0), "{outcome:?}");
}

#[test]
fn one_package_is_a_program_a_test_and_an_image() {
    let output = on_host("hello_std", "hello_std", &[], &[], "");
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "Hello from std!\n"), "{}", stderr(&output));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tests = Command::new(cargo).args(["test", "--package", "hello_std"]).current_dir(folder()).output();
    let tests = tests.expect("runs");
    assert!(tests.status.success() && stdout(&tests).contains("test tests::it_greets ... ok"), "{}", stderr(&tests));
    let output = unikernel(&["run", "--package", "hello_std"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "Hello from std!\n"), "{}", stderr(&output));
}

#[test]
fn the_smallest_program_has_nothing_that_it_does_not_use() {
    let path = kernel("hello_std", "release");
    let kernel = Kernel::read(&path).expect("a kernel");
    let audit = audit::audit(&kernel).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(audit.faults(), [""; 0], "{}", audit.table());
    assert_eq!(audit.loaded_bytes(), kernel.loaded_size(), "{}", audit.table());
    let bytes = |name: &str| -> u64 {
        audit.rows.iter().filter(|row| row.owner.to_string() == name).map(|row| row.bytes()).sum()
    };
    for dependency in ["gimli", "addr2line", "miniz_oxide", "object", "rustc_demangle", "smoltcp"] {
        assert_eq!(bytes(dependency), 0, "`{dependency}`:\n{}", audit.table());
    }
    for component in COMPONENTS.iter().filter(|component| ["clock", "entropy", "files", "kv"].contains(&component.name))
    {
        assert_eq!(bytes(component.name), 0, "`{}`:\n{}", component.name, audit.table());
    }
    assert!(bytes("threads") > 0 && bytes("std") > 0, "{}", audit.table());
    assert!(audit.bytes_of(&Owner::Unknown) * 100 <= kernel.loaded_size(), "{}", audit.table());
    let asked = |family: &str| audit.asks.iter().find(|asked| asked.family == family);
    let write = asked("descriptors").and_then(|asked| asked.functions.iter().find(|function| function.name == "write"));
    let callers = &write.unwrap_or_else(|| panic!("{:?}", audit.asks)).callers;
    assert!(callers.iter().all(|caller| caller.package == "std" && caller.used_by.contains("application")));
    for family in ["processes", "sockets", "names", "time", "random", "libraries"] {
        assert_eq!(asked(family), None);
    }
    for machine in ["pc", "q35", "microvm"] {
        let outcome = qemu::run(boot(&path, machine, "2M", ""));
        assert_eq!((outcome.code, outcome.console.as_str()), (code(0), "Hello from std!\n"), "{machine}");
    }
}

/// What a server and a client ask for, by the crates that they are of.
#[test]
fn a_program_says_what_it_asks_of_the_system_and_for_whom() {
    if is_left_out("what a server and a client ask for", Effort::All) {
        return;
    }
    let path = kernel("tiny", QUICK).display().to_string();
    let output = unikernel(&["inspect", &path, "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let used_by = |name: &str| -> Vec<&str> {
        let functions = document["asks"].as_array().expect("families").iter().flat_map(|family| {
            family["functions"].as_array().expect("functions").iter().filter(|function| function["name"] == name)
        });
        let callers = functions.flat_map(|function| function["callers"].as_array().expect("callers"));
        callers
            .flat_map(|caller| caller["used_by"].as_array().expect("crates"))
            .filter_map(|name| name.as_str())
            .collect()
    };
    assert!(used_by("connect").contains(&"ureq") && !used_by("connect").contains(&"httpdate"), "{document}");
    assert!(used_by("listen").contains(&"tiny_http"), "{document}");
    assert!(used_by("pthread_create").contains(&"application"), "{document}");
    assert_eq!(used_by("fork"), [""; 0]);
    let text = stdout(&unikernel(&["inspect", &path]));
    let sockets = text.lines().find(|line| line.starts_with("  sockets ")).unwrap_or_else(|| panic!("{text}"));
    assert!(sockets.contains("connect") && sockets.contains("← "), "{text}");
}

#[test]
fn threads_do_what_they_do_on_the_host() {
    let host = on_host("threads", "threads", &[], &[], "");
    assert!(host.status.success(), "{}", stderr(&host));
    let outcome = run("threads", "16M", "");
    succeeds(&outcome);
    assert_eq!(outcome.console, stdout(&host));
    assert!(outcome.console.ends_with("done\n"), "{}", outcome.console);
}

#[test]
fn files_are_what_they_are_on_the_host() {
    let host = on_host("system", "files", &[], &[], "");
    assert!(host.status.success(), "{}", stderr(&host));
    let outcome = run("files", "16M", "");
    succeeds(&outcome);
    assert_eq!(outcome.console, stdout(&host));
    assert!(outcome.console.ends_with("done\n"), "{}", outcome.console);
}

#[test]
fn arguments_variables_time_and_input_are_what_they_are_on_the_host() {
    let variables = [("GREETING", "hello"), ("LEVEL", "debug"), ("TMPDIR", "/tmp")];
    let host = on_host("system", "surroundings", &["times=3", "one", "two words"], &variables, "typed\n");
    assert_eq!(host.status.code(), Some(7), "{}", stderr(&host));

    let mut arguments = boot(&kernel("surroundings", QUICK), "pc", "16M", "");
    let line = arguments.last_mut().expect("the command line");
    line.push_str("times=3 one env.LEVEL=debug \"two words\"");
    arguments.extend(["-cpu".to_owned(), "max".to_owned()]);
    let mut qemu = Qemu::start(arguments);
    qemu.wait_for("an error\n");
    qemu.type_in("typed\n");
    let outcome = qemu.finish();
    assert_eq!(outcome.code, code(7), "{outcome:?}");
    let expected = stdout(&host).replace("no line end", "no line end and an error\n") + "unikernel: exit status 7\n";
    assert_eq!(outcome.console, expected);
    assert_eq!(stderr(&host), " and an error\n");
}

/// As urunc hands it over: its variables are those of the container.
#[test]
fn a_program_in_a_pod_has_the_variables_that_it_declares() {
    let mut environment = urunc::environment();
    environment.extend(["LEVEL=debug", "GREETING=it's"].map(str::to_owned));
    let process = ["/boot/kernel", "times=3", "one", "two words"].map(str::to_owned);
    let line = urunc::line(None, &environment, &process);
    let mut qemu = Qemu::start(urunc::qemu("16M", &kernel("surroundings", QUICK).display().to_string(), "none", &line));
    qemu.wait_for("an error\n");
    qemu.type_in("typed\n");
    let outcome = qemu.finish();
    let said = format!(
        "ignored: {}\n3 nobody\nwords [\"one\", \"two words\"]\nOk(\"it's\") Ok(\"debug\") Err(NotPresent)\n",
        urunc::UNKNOWN
    );
    assert!(outcome.console.contains(&said), "{outcome:?}");
    assert_eq!(outcome.code, code(7), "{outcome:?}");
}

#[test]
fn a_variable_without_a_value_must_be_given() {
    let outcome = run("surroundings", "16M", "");
    assert_eq!(outcome.code, code(103), "{outcome:?}");
    assert!(outcome.console.contains("boot argument `env.LEVEL` is missing; give `env.LEVEL=...`"), "{outcome:?}");
    let host = on_host("system", "surroundings", &["times=many"], &[], "");
    assert_eq!(host.status.code(), Some(103));
    assert!(stderr(&host).starts_with("argument `times`: `many` is not "), "{}", stderr(&host));
}

#[test]
fn trees_are_read_only_memory_ends_and_disks_take_any_place() {
    let disk = tempfile::NamedTempFile::new().expect("a temporary file");
    disk.as_file().set_len(1 << 20).expect("a sparse file");
    let mut arguments = boot(&kernel("image_files", QUICK), "pc", "16M", "");
    let drive = format!("file={},format=raw,if=none,id=disk", disk.path().display());
    arguments.extend(["-drive", &drive, "-device", "virtio-blk-pci,drive=disk"].map(str::to_owned));
    let outcome = qemu::run(arguments);
    succeeds(&outcome);
    assert_eq!(
        outcome.console,
        "ReadOnlyFilesystem\nReadOnlyFilesystem\nReadOnlyFilesystem\nReadOnlyFilesystem\nResourceBusy\nStorageFull\n\
         StorageFull\n[\"dev\", \"site\", \"tmp\"] \"/\"\nfile systems 3\nsize 1048576\nat the end true\n\
         \"across two sectors, and more\"\nthreads true\nErr(Some(9))\n"
    );
    let bytes = std::fs::read(disk.path()).expect("the disk");
    assert_eq!(&bytes[1000..1028], b"across two sectors, and more");
    assert!(bytes[..1000].iter().chain(&bytes[1028..4096]).all(|byte| *byte == 0), "what lies around is as it was");
}

#[test]
fn an_overflow_is_reported_with_the_name_of_the_thread() {
    let outcome = run("overflow", "16M", "");
    assert_eq!(outcome.code, code(102), "{outcome:?}");
    assert!(outcome.console.contains("thread `deep` overflowed its stack of 256 KiB\n"), "{outcome:?}");
}

#[test]
fn a_panic_of_a_thread_ends_the_machine() {
    let outcome = run("panics", "16M", "");
    assert_eq!(outcome.code, code(101), "{outcome:?}");
    for text in ["thread 'worker' (2) panicked at ", "no work for me\n", "unikernel: aborted\n", "exit status 101\n"] {
        assert!(outcome.console.contains(text), "`{text}`: {outcome:?}");
    }
    assert!(!outcome.console.contains("never"), "{outcome:?}");
}

/// What a link error says, of a program that asks for what there is not.
#[track_caller]
pub(crate) fn refused(name: &str, texts: &[&str]) {
    let output = unikernel(&["iso", "--bin", name, "--output", "/dev/null"]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{name}: {text}");
    for expected in texts {
        assert!(text.contains(expected), "{name}: `{expected}` is not in\n{text}");
    }
}

#[test]
fn what_is_not_declared_or_not_supported_is_a_link_error_that_says_so() {
    refused("no_clock", &["undefined symbol: __unikernel_declare_clock_to_use_std_time"]);
    if is_left_out("five more programs that do not link", Effort::All) {
        return;
    }
    refused("no_entropy", &["undefined symbol: __unikernel_declare_entropy_to_use_std_random_numbers"]);
    refused(
        "processes",
        &["undefined symbol: posix_spawnp", "a unikernel is one program", "`std(without = \"processes\")`"],
    );
    refused("libraries", &["undefined symbol: dlopen", "loads a library", "`std(without = \"libraries\")`"]);
    refused("shared", &["a shared library of the host is asked for something", "`vendored`"]);
    refused("sockets", &["undefined symbol: socket", "declare `net(...)` beside `std`", "`std(without = \"net\")`"]);
}

#[test]
fn what_is_left_out_links_and_fails_at_run_time() {
    let outcome = run("left_out", "16M", "");
    succeeds(&outcome);
    assert_eq!(
        outcome.console,
        "Some(Unsupported) Some(38)\nSome(97)\nSome(97)\n\
         true a unikernel has what is linked into it: no library can be loaded\n"
    );
}

/// The ceilings of a switch between threads, and of a thread that is started and joined, `std`'s own part included.
const SWITCH: u64 = 150;
const SPAWN_AND_JOIN: u64 = 2_500;

#[test]
fn threads_cost_few_instructions() {
    if is_left_out("the instructions of a switch", Effort::All) {
        return;
    }
    let mut arguments = boot(&kernel("costs", "release"), "pc", "32M", "");
    arguments.extend(["-icount", "shift=0,sleep=off"].map(str::to_owned));
    let outcome = qemu::run(arguments);
    succeeds(&outcome);
    let number = |name: &str| -> u64 {
        let line = outcome.console.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|number| number.trim().parse().ok()).unwrap_or_else(|| panic!("no `{name}`: {outcome:?}"))
    };
    assert!((1..=SWITCH).contains(&number("switch ")), "{outcome:?}");
    assert!((1..=SPAWN_AND_JOIN).contains(&number("spawn and join ")), "{outcome:?}");
}

#[test]
fn ten_thousand_threads_sleep_in_256_mib() {
    let many = if is_left_out("ten thousand threads", Effort::All) { 1_000 } else { 10_000 };
    let outcome = run("many", if many == 1_000 { "32M" } else { "256M" }, &format!("threads={many}"));
    succeeds(&outcome);
    assert_eq!(outcome.console, format!("{many} asleep\n{many} awake\n"));
}
