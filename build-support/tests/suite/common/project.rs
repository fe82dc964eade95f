//! A project that `unikernel new` has made outside of this workspace, and its author at work.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::effort::{Effort, is_left_out};
use crate::command_line::{stderr, stdout, unikernel};

/// A project in a temporary folder.
pub(crate) struct Project {
    place: TempDir,
    folder: PathBuf,
    name: String,
}

impl Project {
    /// Makes one from a template, with the runtime of this workspace.
    pub(crate) fn new(template: &str, name: &str) -> Self {
        let place = tempfile::tempdir().expect("a temporary folder");
        // What the author has installed.
        fs::create_dir(place.path().join("bin")).expect("a folder");
        symlink(super::program(), place.path().join("bin/unikernel")).expect("a link");
        let folder = place.path().join(name);
        let project = Self { place, folder, name: name.to_owned() };
        let root = super::root();
        let made = unikernel()
            .args(["new", "--template", template, "--path"])
            .args([&root, &project.folder])
            .env("PATH", project.search_path())
            .output()
            .expect("the program under test");
        let text = stderr(&made);
        assert!(made.status.success(), "{text}");
        let next =
            format!("        Next cd {}\n             cargo run\n             cargo test\n", project.folder.display());
        assert!(text.ends_with(&next), "{text}");
        // The versions that were fetched to build this very test.
        fs::copy(root.join("Cargo.lock"), project.path().join("Cargo.lock")).expect("a copy");
        project
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path)).expect("a file of the project")
    }

    /// Writes a file, and the folder that it is in.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn search_path(&self) -> String {
        format!("{}:{}", self.place.path().join("bin").display(), env::var("PATH").unwrap_or_default())
    }

    fn set_up<'c>(&self, command: &'c mut Command, folder: &str) -> &'c mut Command {
        command.current_dir(self.folder.join(folder)).stdin(Stdio::null());
        command.env("PATH", self.search_path()).env("CARGO_NET_OFFLINE", "true")
    }

    /// Runs the program under test in a folder of the project.
    pub(crate) fn unikernel_in(&self, folder: &str, arguments: &[&str]) -> Output {
        self.set_up(unikernel().args(arguments), folder).output().expect("the program under test")
    }

    /// Runs cargo in the project; it must succeed. Returns what it wrote to standard output.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> String {
        let mut cargo = Command::new("cargo");
        for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_TARGET_DIR"] {
            cargo.env_remove(variable);
        }
        let output = self.set_up(cargo.args(arguments), "").output().expect("cargo");
        assert!(output.status.success(), "{arguments:?}: {}{}", stdout(&output), stderr(&output));
        stdout(&output)
    }

    /// Runs the program under test at the root of the project; it must succeed. Returns what it printed.
    pub(crate) fn unikernel(&self, arguments: &[&str]) -> String {
        let output = self.unikernel_in("", arguments);
        assert!(output.status.success(), "{arguments:?}: {}{}", stdout(&output), stderr(&output));
        stdout(&output)
    }

    /// Everything that its README says, but `cargo run`: a server does not end.
    pub(crate) fn works_as_made(&self) {
        self.cargo(&["fmt", "--check"]);
        if !is_left_out("`cargo check` and `clippy` of a new project, another build of all packages", Effort::All) {
            self.cargo(&["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]);
            self.cargo(&["check", "--quiet", "--all-targets"]);
        }
        let tests = self.cargo(&["test"]);
        // Of the library, of `tests/boot.rs`, and of the documentation.
        assert_eq!(tests.matches("test result: ok.").count(), 3, "{tests}");
        assert_eq!(tests.matches("running 0 tests").count(), 1, "{tests}");
        self.unikernel(&["check"]);
        self.unikernel(&["iso"]);
        self.unikernel(&["audit"]);
        let image = format!("build/{}.iso", self.name);
        let shown = self.unikernel(&["inspect", &image]);
        assert!(shown.starts_with(&format!("application  {} 0.1.0\n", self.name)), "{shown}");
    }
}
