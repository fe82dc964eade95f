//! Checks the sources of every crate: no cycle between files, and no layer that uses a higher one.
//!
//! It reads the sources themselves: modules as `mod` declares them, and every path in them, through imports, re-exports and
//! `*` to the file that defines what is named. A module and its submodules may use each other, and tests may use anything.
//! The rules are data, in [`table`].

mod cfg;
mod graph;
mod modules;
mod paths;
mod resolve;
mod rules;
mod table;
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::root;
use graph::Graph;
use modules::{Modules, Sources};
use rules::Rules;
use table::{APPLICATION, CRATES, PACKAGES};

/// A package of the workspace.
struct Package {
    name: String,
    /// Below the repository's root.
    folder: PathBuf,
    manifest: toml::Table,
}

#[test]
fn files_and_layers_have_no_cycle() {
    let (sources, packages) = repository();
    let mut faults = Vec::new();
    let mut roots = Vec::new();
    for package in &packages {
        let of_package = package.roots(&sources);
        assert!(!of_package.is_empty(), "`{}` has no crate", package.name);
        roots.extend(of_package);
    }
    for root in &roots {
        let rules = CRATES.iter().find(|rules| Path::new(rules.root) == root);
        let graph = Graph::of(&Modules::read(&sources, root));
        assert!(rules.is_none() || graph.files() > 2, "no uses found in {}", root.display());
        faults.extend(rules.unwrap_or(&Rules::default()).faults(&graph));
    }
    let unknown = CRATES.iter().filter(|rules| !roots.iter().any(|root| root == Path::new(rules.root)));
    faults.extend(unknown.map(|rules| format!("`{}` is no crate", rules.root)));
    assert!(
        faults.is_empty(),
        "\n{}\nhelp: move what is used to a lower file or layer; the table is build-support/tests/suite/layers/table.rs",
        faults.join("\n")
    );
}

#[test]
fn packages_depend_on_what_they_may() {
    let (_, packages) = repository();
    let mut faults = Vec::new();
    for package in &packages {
        let row = PACKAGES.iter().find(|(name, _)| *name == package.name);
        let allowed = row.map_or(APPLICATION, |(_, allowed)| allowed);
        for used in package.dependencies() {
            if packages.iter().any(|other| other.name == used) && !allowed.contains(&used.as_str()) {
                faults.push(format!("`{}` may not depend on `{used}`", package.name));
            }
        }
    }
    let unknown = PACKAGES.iter().filter(|(name, _)| !packages.iter().any(|package| package.name == *name));
    faults.extend(unknown.map(|(name, _)| format!("`{name}` is no package")));
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

impl Package {
    /// The root of each of its crates: library, programs, integration tests.
    fn roots(&self, sources: &Sources) -> Vec<PathBuf> {
        let named = ["lib", "bin", "test"].into_iter().filter_map(|kind| self.manifest.get(kind));
        let named = named.flat_map(|target| match target {
            toml::Value::Array(targets) => targets.iter().collect(),
            target => vec![target],
        });
        let mut roots: Vec<_> =
            named.filter_map(|target| target.get("path")?.as_str()).map(|path| self.folder.join(path)).collect();
        let is_root = |path: &&PathBuf| {
            let Ok(inner) = path.strip_prefix(&self.folder) else { return false };
            let parts: Vec<_> = inner.iter().map(|part| part.to_str().unwrap_or_default()).collect();
            matches!(
                parts[..],
                ["src", "lib.rs" | "main.rs"] | ["src", "bin", _] | ["src", "bin", _, "main.rs"] | ["tests", _]
            )
        };
        roots.extend(sources.keys().filter(is_root).cloned());
        roots.sort();
        roots.dedup();
        roots
    }

    /// The packages that it depends on, for itself and for its build script; its tests may use anything.
    fn dependencies(&self) -> Vec<String> {
        let tables = ["dependencies", "build-dependencies"].into_iter().filter_map(|name| self.manifest.get(name));
        let names = tables.filter_map(toml::Value::as_table).flat_map(|table| table.iter());
        names.map(|(name, how)| how.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned()).collect()
    }
}

/// All sources and packages of the repository.
fn repository() -> (Sources, Vec<Package>) {
    let (mut sources, mut packages) = (Sources::new(), Vec::new());
    collect(&root(), Path::new(""), &mut sources, &mut packages);
    (sources, packages)
}

fn collect(root: &Path, folder: &Path, sources: &mut Sources, packages: &mut Vec<Package>) {
    for entry in fs::read_dir(root.join(folder)).expect("a folder").flatten() {
        let (name, path) = (entry.file_name(), folder.join(entry.file_name()));
        let text = || fs::read_to_string(root.join(&path)).expect("a text");
        if entry.file_type().expect("a type").is_dir() {
            // Not `build`, which holds images, and may be anybody's name elsewhere.
            if name != "target" && path != Path::new("build") && !name.to_string_lossy().starts_with('.') {
                collect(root, &path, sources, packages);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.insert(path.clone(), text());
        } else if name == "Cargo.toml" {
            let manifest: toml::Table = text().parse().expect("a manifest");
            let name = manifest.get("package").and_then(|package| package.get("name")?.as_str()).map(str::to_owned);
            packages.extend(name.map(|name| Package { name, folder: folder.to_owned(), manifest }));
        }
    }
}
