//! `unikernel new`: its templates, and what it refuses. One template is built by `own_repository`, in every run.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::command_line::{stderr, unikernel};
use crate::common::effort::{Effort, is_left_out};
use crate::common::project::Project;
use crate::common::{root, tool, workspace_copy};

fn new(folder: &Path, arguments: &[&str]) -> Output {
    unikernel().arg("new").args(arguments).current_dir(folder).output().expect("the program under test")
}

#[track_caller]
fn refused(folder: &Path, arguments: &[&str], status: i32, message: &str) {
    let output = new(folder, arguments);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(status), "{text}");
    assert!(text.contains(message), "{text}");
}

#[test]
fn mistakes_are_answered_and_nothing_is_written() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    refused(folder, &["2web"], 1, "it does not begin with a letter\nhelp: write `unikernel new my-2web`\n");
    refused(folder, &["async"], 1, "it is a keyword of Rust\nhelp: write `unikernel new my-async`\n");
    refused(folder, &["apps/Web"], 1, "`W` is a capital letter");
    refused(folder, &["web", "--name", "core"], 1, "help: write `unikernel new web --name my-core`\n");
    refused(folder, &["web", "-t", "htp"], 2, "a similar value exists: 'http'");
    refused(folder, &["web", "--path", "nowhere"], 1, "cannot read `nowhere`: No such file or directory");
    refused(folder, &["web", "--path", "."], 1, "has no package `unikernel-rt`");
    refused(folder, &["web", "--git", "nowhere"], 1, "neither the URL of a git repository nor a folder");
    refused(folder, &["web", "--version", "one"], 2, "invalid value 'one' for '--version <VERSION>'");
    refused(folder, &["web", "--branch", "main"], 2, "--git <URL>");
    refused(folder, &["web", "--path", ".", "--git", "x"], 2, "cannot be used with");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0);

    fs::create_dir(folder.join("web")).unwrap();
    fs::write(folder.join("web/notes"), "mine").unwrap();
    refused(folder, &["web"], 1, "`web` exists and is not empty: there is `notes` in it\nhelp: choose another name");
    refused(&folder.join("web"), &["."], 1, "is not empty: there is `notes` in it\n");
    refused(&folder.join("web"), &["notes"], 1, "`notes` exists, and is no folder\n");
    assert_eq!(fs::read_to_string(folder.join("web/notes")).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.join("web")).unwrap().count(), 1);
}

/// Where it stands does not change what it is: inside a workspace, in a repository, or in an empty folder.
#[test]
fn a_project_stands_anywhere() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    fs::write(folder.join("Cargo.toml"), "[workspace]\nmembers = []\nresolver = \"3\"\n").unwrap();
    let output = new(folder, &["apps/web", "-t", "http", "--version", "0.1.0"]);
    let text = stderr(&output);
    assert!(output.status.success() && text.contains("it is a workspace of its own, apart from that of `"), "{text}");
    let metadata = |folder: &Path| {
        let mut cargo = tool("cargo", "cargo").args(["metadata", "--format-version=1", "--no-deps"]);
        cargo.command.current_dir(folder);
        cargo.run()
    };
    metadata(&folder.join("apps/web"));
    assert!(folder.join("apps/web/.git").exists());

    // One that a repository is around needs none of its own, and `.` is the folder's name.
    fs::create_dir(folder.join("apps/web/tool")).unwrap();
    let output = new(&folder.join("apps/web/tool"), &[".", "--git", "https://example.org/unikernel", "--tag", "v1"]);
    let text = stderr(&output);
    assert!(output.status.success() && text.contains("\n        Next cargo run\n"), "{text}");
    assert!(!folder.join("apps/web/tool/.git").exists());
    let manifest = fs::read_to_string(folder.join("apps/web/tool/Cargo.toml")).unwrap();
    assert!(manifest.contains("name = \"tool\""), "{manifest}");
    assert!(
        manifest.contains("unikernel-rt = { git = \"https://example.org/unikernel\", tag = \"v1\" }"),
        "{manifest}"
    );
    metadata(&folder.join("apps/web/tool"));
}

/// A copy of the repository as a git dependency, without a network.
#[test]
fn every_template_is_built_tested_and_booted() {
    if is_left_out("the templates of `unikernel new` but `hello`", Effort::All) {
        return;
    }
    // Names that sort before and after those of other crates, and the longest.
    let longest = &"a-name-of-sixty-letters-".repeat(3)[..60];
    let names = [
        ("async", "zebra"),
        ("http", longest),
        ("udp", "a"),
        ("block", "x86_boot-2"),
        ("kv", "boot"),
        ("std", "words"),
        ("axum", "api"),
    ];
    for (template, name) in names {
        println!("{template}");
        Project::new(template, name).works_as_made();
    }
}

/// A git address leads to the packages that are there, with no network if it is one of this machine.
#[test]
fn a_git_repository_can_be_depended_on() {
    if is_left_out("a project that depends on a git repository", Effort::All) {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let repository = place.path().join("unikernel");
    workspace_copy::copy(&root(), &repository);
    for arguments in
        ["init --quiet", "add --all", "-c user.name=me -c user.email=me@example.org commit --quiet --message=all"]
    {
        let mut git = tool("git", "git").args(arguments.split(' '));
        git.command.current_dir(&repository);
        git.run();
    }
    // Cargo keeps what it has cloned.
    let home = place.path().join("cargo");
    fs::create_dir(&home).unwrap();
    let usual = env::var_os("CARGO_HOME").map_or_else(|| env::home_dir().unwrap().join(".cargo"), PathBuf::from);
    for name in ["registry", "config.toml"] {
        symlink(usual.join(name), home.join(name)).unwrap();
    }

    let output = new(place.path(), &["web", "--git", "unikernel"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let web = place.path().join("web");
    let manifest = fs::read_to_string(web.join("Cargo.toml")).unwrap();
    let address = format!("git = \"file://{}\"", repository.canonicalize().unwrap().display());
    assert_eq!(manifest.matches(&address).count(), 3, "{manifest}");
    fs::copy(root().join("Cargo.lock"), web.join("Cargo.lock")).unwrap();
    let mut cargo = tool("cargo", "cargo").args(["check", "--quiet", "--all-targets"]);
    cargo.command.current_dir(&web).env("CARGO_HOME", &home).env("CARGO_NET_OFFLINE", "false");
    cargo.run();
}
