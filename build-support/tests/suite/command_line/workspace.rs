//! A workspace of a test: packages that cargo can read, and builds where nothing has to be fetched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;

/// What makes a profile fit for kernels.
pub(crate) const ABORTS: &str = "[profile.release]\npanic = \"abort\"\n";

/// A workspace in a temporary folder, with an empty runtime to depend on.
pub(crate) struct Workspace {
    folder: TempDir,
}

impl Workspace {
    /// A workspace whose Cargo.toml ends with some text.
    pub(crate) fn new(text: &str) -> Self {
        let workspace = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let heading = "[workspace]\nresolver = \"3\"\nmembers = [\"runtime\", \"apps/*\"]\n";
        workspace.write("Cargo.toml", &format!("{heading}{text}"));
        workspace.write("runtime/Cargo.toml", &package("unikernel-rt"));
        workspace.write("runtime/src/lib.rs", "#![no_std]\n");
        workspace
    }

    /// Adds an application that does nothing, with a build script that does nothing either.
    pub(crate) fn application(self, name: &str) -> Self {
        let manifest = package(name) + "\n[dependencies]\nunikernel-rt.path = \"../../runtime\"\n";
        self.write(&format!("apps/{name}/Cargo.toml"), &manifest);
        self.write(&format!("apps/{name}/src/main.rs"), "fn main() {}\n");
        self.write(&format!("apps/{name}/build.rs"), "fn main() {}\n");
        self
    }

    /// Its folder, as cargo names it.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("it exists")
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Removes a file.
    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.folder.path().join(path)).expect("it exists");
    }

    /// Runs the program under test at the root.
    pub(crate) fn unikernel(&self, arguments: &[&str]) -> Output {
        self.unikernel_in(Path::new(""), arguments)
    }

    /// Runs the program under test in a folder of the workspace.
    pub(crate) fn unikernel_in(&self, folder: &Path, arguments: &[&str]) -> Output {
        let mut command = super::unikernel();
        command.args(arguments).current_dir(self.root().join(folder)).env("CARGO_NET_OFFLINE", "true");
        command.output().expect("runs")
    }

    /// Runs the program under test, which fails, and returns its faults; the build's own progress is left out.
    pub(crate) fn fault(&self, arguments: &[&str]) -> String {
        let output = self.unikernel(arguments);
        assert!(!output.status.success());
        let text = super::stderr(&output);
        let start = text.find("error").unwrap_or_default();
        text.get(start..).unwrap_or_default().to_owned()
    }
}

fn package(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
}
