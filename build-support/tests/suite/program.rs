//! The program `unikernel` as a shell meets it: exit statuses, colours, closed pipes, signals, and what stays behind.

use std::fs;
use std::io::pipe;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::command_line::kernel::{Scratch, exit, halt};
use crate::command_line::workspace::{ABORTS, Workspace};
use crate::command_line::{stderr, stdout, unikernel};
use crate::common::{kernels, program, root, tool, wait_for};

fn run(arguments: &[&str]) -> Output {
    unikernel().args(arguments).output().expect("the program under test")
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn exit_statuses_are_as_documented() {
    for (arguments, status) in [
        (&["--help"][..], 0),
        (&["run", "--help"], 0),
        (&["inspect", "--no-such-option"], 2),
        (&["no-such-command"], 2),
        (&["completions", "no-such-shell"], 2),
        (&["run", "--no-such-option"], 2),
        (&["--quiet", "run", "--memory", "16"], 2),
        (&["inspect", "no-such.iso"], 1),
        (&["run", "no-such.iso"], 125),
    ] {
        assert_eq!(run(arguments).status.code(), Some(status), "{arguments:?}");
    }
}

#[test]
fn an_error_says_what_and_how_to_mend_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = Workspace::new(ABORTS).application("hello");
    let long = format!("build/{}.iso", "a".repeat(300));
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    let below = file.join("hello.iso");
    let directory = folder.path().join("directory.xml");
    fs::create_dir(&directory).expect("a directory");
    for (arguments, expected) in [
        (vec!["inspect", "hello"], "error: cannot read `hello`: No such file or directory (os error 2)\nhelp: "),
        (vec!["run", "hello"], "error: cannot read `hello`: No such file or directory (os error 2)\nhelp: "),
        (vec!["iso", "-o", &long], "(os error 36)\nhelp: choose a shorter name"),
        (vec!["iso", "-o", below.to_str().expect("UTF-8")], "file` is not a directory\nhelp: choose another path\n"),
        (
            vec!["export", "--for", "libvirt", "-o", directory.to_str().expect("UTF-8")],
            "is a directory\nhelp: write the path of a file",
        ),
    ] {
        let output = workspace.unikernel(&arguments);
        let text = stderr(&output);
        assert!(!output.status.success() && text.contains("error: "), "{arguments:?}: {text}");
        assert!(text.contains(expected), "{arguments:?}: {text}");
    }
}

#[test]
fn a_missing_program_is_named() {
    let nothing = tempfile::tempdir().expect("a temporary folder");
    let kernel = Scratch::new(&exit(1));
    let without = |arguments: &[&str]| {
        let mut command = unikernel();
        command.args(arguments).current_dir(nothing.path());
        let output = command.env("PATH", nothing.path()).env_remove("CARGO").output().expect("runs");
        (output.status.code(), stderr(&output))
    };
    let (status, text) = without(&["run", kernel.path().to_str().expect("UTF-8")]);
    assert_eq!(status, Some(125), "{text}");
    assert!(text.contains("is not installed\nhelp: install it:\napt-get install qemu-system-x86\n"), "{text}");
    let (status, text) = without(&["iso"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.starts_with("error: cannot start `cargo`: ") && text.contains("\nhelp: install Rust"), "{text}");
}

#[test]
fn colours_are_for_terminals_or_on_request() {
    let shown = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = unikernel();
        command.args(arguments).args(["inspect", "no-such.iso"]).envs(variables.iter().copied());
        stderr(&command.output().expect("the program under test")).contains('\u{1b}')
    };
    assert!(!shown(&[], &[]), "not on a pipe");
    assert!(shown(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(shown(&[], &["--color", "always"]));
    assert!(shown(&[("NO_COLOR", "1")], &["--color", "always"]), "the option is the nearer wish");
    assert!(!shown(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(!shown(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &["--color=never"]));
}

#[test]
fn quiet_leaves_only_results_and_errors() {
    let build = |arguments: &[&str]| {
        let mut command = unikernel();
        let output = command.current_dir(root()).args(arguments).output().expect("the program under test");
        assert!(output.status.success(), "{}", stderr(&output));
        output
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("hello.iso");
    let image = image.to_str().expect("UTF-8");
    assert!(stderr(&build(&["iso", "-p", "hello", "-o", image])).contains("Wrote"));
    let quiet = build(&["iso", "-p", "hello", "-o", image, "--quiet"]);
    assert_eq!(stderr(&quiet), "");
    assert!(stdout(&quiet).contains("hello.iso"));
}

#[test]
fn nobody_has_to_read_what_it_says() {
    let kernel = Scratch::new(&exit(1));
    for arguments in [&["inspect"][..], &["inspect", "--json"], &["inspect", "--sbom"]] {
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let mut command = unikernel();
        command.args(arguments).arg(kernel.path()).stdout(writer.try_clone().expect("a pipe")).stderr(writer);
        let status = command.status().expect("the program under test");
        let expected = i32::from(arguments.contains(&"--sbom")); // an error, which nobody reads
        assert_eq!(status.code(), Some(expected), "{arguments:?}: {status}");
    }
    for arguments in [&["--help"][..], &["completions", "bash"]] {
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let status = unikernel().args(arguments).stdout(writer).status().expect("the program under test");
        assert_eq!(status.code(), Some(0), "{arguments:?}: {status}");
    }
}

#[test]
fn a_full_device_is_an_error() {
    let kernel = Scratch::new(&exit(1));
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("every Linux has one");
    let mut command = unikernel();
    let output = command.arg("inspect").arg(kernel.path()).stdout(full()).output().expect("the program under test");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("cannot write to standard output: No space left on device"),
        "{}",
        stderr(&output)
    );

    let output =
        unikernel().current_dir(root()).args(["iso", "-p", "hello", "-o", "/dev/full"]).output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(
        text.contains("cannot write `/dev/full`: No space left on device (os error 28)\nhelp: free some"),
        "{text}"
    );
}

#[test]
fn an_image_that_does_not_fit_leaves_nothing_behind() {
    kernels::kernel("hello");
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A file system that is too small for the image, in a namespace of its own.
    let script = "mount -t tmpfs -o size=32k none \"$1\" && \"$2\" iso -p hello -o \"$1/hello.iso\"; echo \"status $?\"; ls -A \"$1\"";
    let unshare =
        tool("unshare", "util-linux").args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    let mut unshare = unshare.arg(folder.path()).arg(program());
    unshare.command.current_dir(root()).env_remove("CARGO_TARGET_DIR");
    let output = unshare.output();
    assert_eq!(stdout(&output), "status 1\n", "{}", stderr(&output));
    assert!(
        stderr(&output).contains("hello.iso`: No space left on device (os error 28)\nhelp: "),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_killed_program_leaves_no_incomplete_image() {
    kernels::kernel("hello"); // built before anything is measured
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("hello.iso");
    for milliseconds in [50, 200, 400, 600, 800, 1000] {
        let mut command = unikernel();
        command.current_dir(root()).args(["iso", "-p", "hello", "-o"]).arg(&image);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program under test");
        std::thread::sleep(Duration::from_millis(milliseconds));
        let _ = child.kill(); // it may have ended by itself
        let _ = child.wait();
        match entries(folder.path()).as_slice() {
            [] => {}
            [name] if name == "hello.iso" => {
                unikernel_cli::iso::read(&fs::read(&image).expect("readable")).expect("it is complete");
            }
            names => panic!("killed after {milliseconds} ms, it left {names:?}"),
        }
    }
}

/// A program in a folder of its own, before the others in `PATH`.
fn fake(name: &str, script: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a file");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").expect("a path"));
    (folder, path)
}

#[test]
fn an_interrupted_run_removes_its_temporary_files() {
    let kernel = Scratch::new(&halt());
    let temporary = tempfile::tempdir().expect("a temporary folder");
    // The compiler of the profiling plugin is slow: long enough for Ctrl-C.
    let begun = kernel.folder().join("begun");
    let (_compiler, path) = fake("cc", &format!("touch '{}'; sleep 2; exit 1", begun.display()));
    let mut command = unikernel();
    command.args(["run", "--profile"]).arg(kernel.folder().join("profile")).arg(kernel.path());
    command.env("PATH", path).env("TMPDIR", temporary.path()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program under test");
    wait_for(|| begun.exists().then_some(())).expect("the compiler is started");
    assert_eq!(entries(temporary.path()).len(), 1, "what is proven without a temporary folder?");
    kill_process(Pid::from_child(&child), Signal::INT).expect("it runs");
    let status = child.wait().expect("a child");
    assert_eq!(status.signal(), Some(Signal::INT.as_raw()), "{status}");
    assert_eq!(entries(temporary.path()), [""; 0]);
    assert!(!kernel.folder().join("profile.svg").exists());
}

#[test]
fn completions_are_scripts_that_a_shell_takes() {
    let script = stdout(&run(&["completions", "bash"]));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("unikernel.bash");
    fs::write(&path, &script).expect("a file");
    // What bash offers after `unikernel ins`.
    let ask = format!(
        "source '{}'; COMP_WORDS=(unikernel ins); COMP_CWORD=1; _unikernel unikernel ins unikernel; echo \"${{COMPREPLY[*]}}\"",
        path.display()
    );
    let output = Command::new("bash").args(["--norc", "-c", &ask]).output().expect("bash");
    assert_eq!(stdout(&output), "inspect\n", "{}", stderr(&output));
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        assert!(stdout(&run(&["completions", shell])).contains("symbolize"), "{shell}");
    }
}

#[test]
fn a_check_is_a_document_for_scripts() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let manifest = folder.path().join("wrong.toml");
    let check = |text: &str| {
        fs::write(&manifest, text).expect("a file");
        let mut command = unikernel();
        command.current_dir(root()).args(["check", "--json", "--manifest"]).arg(&manifest);
        let output = command.output().expect("the program under test");
        let document: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
        (output.status.code(), document)
    };
    let (status, document) = check("app = \"greet\"\n\n[args]\nname = \"Ada\"\nsuch = 1\n");
    assert_eq!((status, &document["valid"]), (Some(1), &false.into()), "{document}");
    let fault = &document["faults"][0];
    assert_eq!((&fault["line"], &fault["column"]), (&5.into(), &1.into()), "{document}");
    assert!(fault["message"].as_str().is_some_and(|text| text.contains("`such`")), "{document}");
    let (status, document) = check("app = \"greet\"\n\n[args]\nname = \"Ada\"\n");
    assert_eq!((status, &document["valid"]), (Some(0), &true.into()), "{document}");
    assert_eq!((&document["application"], &document["faults"]), (&"greet".into(), &serde_json::json!([])));
    assert!(document["command_line"].as_str().is_some_and(|line| line.contains("name=")), "{document}");
}

#[test]
fn an_export_is_a_document_for_scripts() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = folder.path().join("hello.sh");
    let export = |arguments: &[&str]| {
        let mut command = unikernel();
        command.current_dir(root()).args(["export", "-p", "hello", "--for", "qemu", "--json"]).args(arguments);
        let output = command.output().expect("the program under test");
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_str::<serde_json::Value>(&stdout(&output)).expect("JSON")
    };
    let inline = export(&[]);
    assert_eq!((&inline["hypervisor"], &inline["application"]), (&"qemu".into(), &"hello".into()), "{inline}");
    assert!(Path::new(inline["image"].as_str().expect("a path")).exists(), "{inline}");
    assert!(inline["configuration_path"].is_null(), "{inline}");

    let written = export(&["-o", script.to_str().expect("UTF-8")]);
    assert_eq!(written["configuration_path"], script.display().to_string(), "{written}");
    assert_eq!(inline["configuration"], fs::read_to_string(&script).expect("written"));
    assert_ne!(fs::metadata(&script).expect("written").permissions().mode() & 0o100, 0, "a script can be executed");
}
