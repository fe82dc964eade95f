//! The packages for a registry have every file that their sources include.
//!
//! `make test-all` builds them from what a registry would get, which takes minutes; a file that is left out is found here.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::common::root;

/// The output of cargo, with these words.
fn cargo(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(words).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "cargo {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The names and folders of those packages of the workspace that are for a registry.
fn packages() -> Vec<(String, PathBuf)> {
    let metadata = cargo(&["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
    let all = metadata["packages"].as_array().expect("packages").iter();
    // Those that no registry takes have an empty list of registries.
    let published = all.filter(|package| package["publish"].is_null());
    published
        .map(|package| {
            let [name, manifest] =
                ["name", "manifest_path"].map(|key| package[key].as_str().expect("a text").to_owned());
            (name, Path::new(&manifest).parent().expect("a folder").to_owned())
        })
        .collect()
}

/// The paths that a source includes, as they are written; those that only tests of the documentation read are left out.
fn included(text: &str) -> Vec<&str> {
    let mut before = "";
    let mut paths = Vec::new();
    for line in text.lines() {
        let calls = ["include_str!(\"", "include_bytes!(\""].into_iter().flat_map(|call| line.split(call).skip(1));
        let is_of_tests = before.trim() == "#[cfg(doctest)]";
        paths.extend(calls.filter(|_| !is_of_tests).filter_map(|rest| rest.split_once('"')).map(|(path, _)| path));
        before = line;
    }
    paths
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn have_every_file_that_their_sources_include() {
    let packages = packages();
    let makefile = fs::read_to_string(root().join("Makefile")).expect("the Makefile");
    let line = makefile.lines().find(|line| line.starts_with("PACKAGE = ")).expect("the packages of the Makefile");
    let (_, named) = line.rsplit_once("unikernel-,").expect("their names");
    let named: BTreeSet<_> = named.trim_end_matches(')').split(' ').map(|name| format!("unikernel-{name}")).collect();
    assert_eq!(packages.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(), named);

    let (mut count, mut missing) = (0, Vec::new());
    for (name, folder) in &packages {
        let list = cargo(&["package", "--list", "--offline", "--allow-dirty", "--package", name]);
        let files: BTreeSet<&Path> = list.lines().map(Path::new).collect();
        for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
            let text = fs::read_to_string(folder.join(file)).expect("a source");
            for path in included(&text) {
                count += 1;
                if !files.contains(plain(&file.with_file_name(path)).as_path()) {
                    missing.push(format!("{name}: {} includes `{path}`", file.display()));
                }
            }
        }
    }
    assert!(count > 5, "{count} files are included");
    assert!(missing.is_empty(), "\n{}\nhelp: name the file under `include` in its Cargo.toml", missing.join("\n"));
}

#[test]
fn what_tests_of_the_documentation_read_is_not_needed() {
    let text =
        "#[cfg(doctest)]\n#[doc = include_str!(\"../../a.md\")]\nstruct A;\nconst B: &str = include_str!(\"b.md\");\n";
    assert_eq!(included(text), ["b.md"]);
    assert_eq!(plain(Path::new("src/c/../../d.md")), Path::new("d.md"));
}
