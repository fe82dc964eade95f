//! Images are reproducible: they depend on the sources, not on the folder, the user, or cargo's home.

use crate::common::effort::{Effort, is_left_out};
use crate::common::{root, workspace_copy};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::command_line::{stderr, unikernel};

/// A kernel that carries the place of a panic in a package from the registry.
const APPLICATION: &str = "probe";
/// A program of `std`.
const PROGRAM: &str = "notes";

#[test]
fn two_folders_and_two_cargo_homes_give_the_same_image() {
    if is_left_out("the same image from two folders", Effort::All) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (sources, home) = ("another folder, with a longer name", "cargo's own/home");
    let (sources, home) = (folder.path().join(sources), folder.path().join(home));
    workspace_copy::copy(&root(), &sources);
    lend_registry(&home);
    let mut names = vec![folder.path().display().to_string(), root().display().to_string()];
    names.extend(env::home_dir().map(|home| home.display().to_string()).filter(|home| home.len() > 1));
    for (application, named) in [(APPLICATION, "/registry/x86_64-0.15."), (PROGRAM, "/registry/redb-")] {
        // This workspace as it is, with whatever is built of it already, and a copy with a home that has only fetched its packages.
        let first = build(application, &root(), None, &folder.path().join("first.iso"));
        let second = build(application, &sources, Some(&home), &folder.path().join("second.iso"));
        let [bytes, others] = [first.len(), second.len()];
        assert!(first == second, "the images of {application} differ, in {bytes} and {others} bytes");

        let text = String::from_utf8_lossy(&first);
        assert!(text.contains(named), "{application} names no file of the registry: what is proven by it?");
        for name in &names {
            assert!(!text.contains(name), "{application} names `{name}`");
        }
    }
}

/// Makes an image of an application in a workspace.
fn build(application: &str, workspace: &Path, home: Option<&Path>, image: &Path) -> Vec<u8> {
    let mut command = unikernel();
    command.args(["iso", "--bin", application, "--output"]).arg(image).current_dir(workspace);
    if let Some(home) = home {
        command.env("CARGO_HOME", home);
    }
    let output = command.env("CARGO_NET_OFFLINE", "true").output().expect("runs");
    assert!(output.status.success(), "{}", stderr(&output));
    fs::read(image).expect("the image")
}

/// Lets a new home share what was fetched; the sources are unpacked anew, below the new home.
fn lend_registry(home: &Path) {
    let own = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let own = own.expect("cargo has a home");
    fs::create_dir_all(home.join("registry")).expect("a folder");
    for name in ["registry/index", "registry/cache", "config.toml"] {
        if own.join(name).exists() {
            symlink(own.join(name), home.join(name)).expect("a link");
        }
    }
}
