//! An image depends on its sources alone: not on the folder, the user, or cargo's home.

use crate::common::{root, workspace_copy};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::{env, fs, thread};

use crate::command_line::{stderr, unikernel};

/// An application that carries the place of a panic in a package from the registry.
const APPLICATION: &str = "probe";

const MANIFEST: &str = r#"[package]
name = "probe"
version = "0.1.0"
edition = "2024"

[dependencies]
unikernel-rt.workspace = true
x86_64.workspace = true

[build-dependencies]
build-support.workspace = true
"#;

const BUILD: &str = "fn main() {\n    build_support::link();\n}\n";

const MAIN: &str = r#"#![no_std]
#![no_main]
use unikernel_rt::prelude::*;
use x86_64::VirtAddr;

#[unikernel(console, args(address = 5))]
fn main(address: u64) {
    println!("{:?}", VirtAddr::new(address));
}
"#;

#[test]
fn two_folders_and_two_cargo_homes_give_the_same_image() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let places = [("a", "home"), ("another folder, with a longer name", "cargo's own/home")];
    let builds = places.map(|(sources, home)| {
        let (sources, home) = (folder.path().join(sources), folder.path().join(home));
        thread::spawn(move || build(&sources, &home))
    });
    let [first, second] = builds.map(|build| build.join().expect("it builds"));
    assert!(first == second, "the images differ, in {} and {} bytes", first.len(), second.len());

    let text = String::from_utf8_lossy(&first);
    assert!(text.contains("/registry/x86_64-0.15."), "the image names no file of the registry: what is proven by it?");
    let mut names = vec![folder.path().display().to_string()];
    names.extend(env::home_dir().map(|home| home.display().to_string()).filter(|home| home.len() > 1));
    for name in names {
        assert!(!text.contains(&name), "the image names `{name}`");
    }
}

/// Makes an image from a copy of this workspace, with a home for cargo that has only fetched its packages.
fn build(sources: &Path, home: &Path) -> Vec<u8> {
    workspace_copy::copy(&root(), sources);
    for (path, text) in [("Cargo.toml", MANIFEST), ("build.rs", BUILD), ("src/main.rs", MAIN)] {
        let path = sources.join("apps").join(APPLICATION).join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    lend_registry(home);
    let output = unikernel()
        .args(["iso", "-p", APPLICATION])
        .current_dir(sources)
        .env("CARGO_HOME", home)
        .env("CARGO_NET_OFFLINE", "true")
        .output()
        .expect("runs");
    assert!(output.status.success(), "{}", stderr(&output));
    fs::read(sources.join("build").join(format!("{APPLICATION}.iso"))).expect("the image")
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
