//! Kernels beside tests: what `cargo check --all-targets` and `cargo test` say where nobody wrote `test = false`.

use std::fs;
use std::process::{Command, Output, Stdio};

use crate::command_line::stderr;
use crate::common::effort::{Effort, is_left_out};
use crate::common::root;
use tempfile::TempDir;

const MAIN: &str = r#"#![no_std]
#![no_main]
extern crate alloc;
use unikernel_rt::prelude::*;

#[task(pool_size = NET_SOCKETS)]
async fn serve(number: usize) {
    println!("{}", alloc::format!("{number}"));
}

#[unikernel(console, clock, entropy, heap, log, net(ip = "10.0.0.2/24"), block, kv(dir = "src"), shutdown, stack(size = "64KiB"),
    args(port = 80, ..rest))]
async fn main(net: Net, block: Block, kv: Kv, shutdown: Shutdown, port: u16, rest: Rest, spawner: Spawner) {
    let _ = (net, block, kv, shutdown, port, rest);
    spawner.spawn(serve(visitor_logic()).expect("a free task"));
}

fn visitor_logic() -> usize {
    40 + 2
}

#[cfg(test)]
mod tests {
    #[test]
    fn logic() {
        assert_eq!(super::visitor_logic(), 42);
    }
}
"#;

const LIBRARY: &str = "#![no_std]\n\n#[test]\nfn logic() {\n    assert_eq!(40 + 2, 42);\n}\n";

/// A package that somebody wrote by hand, with the lines that the README names and no others.
fn by_hand() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = root();
    let manifest = format!(
        "[package]\nname = \"by_hand\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nunikernel-rt = {{ path = \"{root}/unikernel-rt\", features = [\"async\", \"heap\", \"log\", \"net\"] }}\n\n\
         [build-dependencies]\nunikernel-build.path = \"{root}/build-support/link\"\n\n\
         [profile.dev]\npanic = \"abort\"\n",
        root = root.display()
    );
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("Cargo.toml", &manifest);
    write("build.rs", "fn main() {\n    unikernel_build::link();\n}\n");
    write("src/main.rs", MAIN);
    // The versions that were fetched to build this very test.
    fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).expect("a copy");
    folder
}

fn cargo(folder: &std::path::Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(folder).env("CARGO_NET_OFFLINE", "true").env_remove("CARGO_PROFILE_DEV_PANIC");
    command.stdin(Stdio::null()).output().expect("runs")
}

#[track_caller]
fn succeeds(folder: &std::path::Path, arguments: &[&str]) {
    let output = cargo(folder, arguments);
    assert!(output.status.success(), "{}", stderr(&output));
}

/// The one error about a kernel that is built as a test harness.
#[track_caller]
fn is_refused(output: &Output, name: &str, path: &str) {
    let text = stderr(output);
    let errors: Vec<_> = text.lines().filter(|line| line.starts_with("error")).collect();
    assert!(!output.status.success() && errors.len() == 2 && errors[1].contains("could not compile"), "{text}");
    let said = format!("`{name}` is a kernel, which cannot be a test harness");
    assert!(errors[0].starts_with("error[E0080]") && text.contains(&said), "{text}");
    let lines = format!("[[bin]]\nname = \"{name}\"\npath = \"{path}\"\ntest = false\nbench = false\n");
    let unmarked: String = text.lines().map(|line| line.trim_start().to_owned() + "\n").collect();
    assert!(unmarked.contains(&lines), "{text}");
}

#[test]
fn a_kernel_can_be_checked_as_a_test_and_not_be_built_as_one() {
    succeeds(&root(), &["check", "--quiet", "--package", "hello", "--bin", "hello", "--profile", "test"]);
    if is_left_out("a kernel that is built as a test", Effort::All) {
        return;
    }
    let output = cargo(&root(), &["test", "--quiet", "--package", "hello", "--bin", "hello", "--no-run"]);
    is_refused(&output, "hello", "apps/hello/src/main.rs");
}

#[test]
fn a_package_made_by_hand_is_checked_and_says_what_to_write() {
    if is_left_out("a package made by hand", Effort::All) {
        return;
    }
    let package = by_hand();
    let folder = package.path();
    succeeds(folder, &["check", "--quiet", "--all-targets"]);
    succeeds(folder, &["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]);
    for command in ["test", "bench"] {
        is_refused(&cargo(folder, &[command, "--quiet", "--no-run"]), "by_hand", "src/main.rs");
    }
    fs::write(folder.join("src/lib.rs"), LIBRARY).expect("a file");
    succeeds(folder, &["check", "--quiet", "--all-targets"]);
    succeeds(folder, &["test", "--quiet", "--lib"]);
    is_refused(&cargo(folder, &["test", "--quiet", "--no-run"]), "by_hand", "src/main.rs");
    let mut manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a file");
    manifest.push_str("\n[[bin]]\nname = \"by_hand\"\npath = \"src/main.rs\"\ntest = false\nbench = false\n");
    fs::write(folder.join("Cargo.toml"), manifest).expect("a file");
    succeeds(folder, &["test", "--quiet"]);
}
