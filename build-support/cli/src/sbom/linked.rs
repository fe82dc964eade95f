//! The packages that the origins of a kernel's bytes belong to.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Error;
use crate::audit::Origins;
use crate::cargo::{Application, Inventory, Package};

/// The crates of the compiler's own distribution, as code names them.
const LIBRARY: [&str; 8] =
    ["core", "alloc", "std", "compiler_builtins", "panic_abort", "panic_unwind", "unwind", "std_detect"];

/// What was linked into a kernel.
#[derive(Debug)]
pub(super) struct Linked<'a> {
    /// The application's package.
    pub(super) application: &'a Package,
    /// The other packages, by name and version.
    pub(super) packages: Vec<&'a Package>,
    /// The compiler's libraries, and what they are made of: name and version.
    pub(super) library: BTreeMap<String, String>,
    /// The linked packages that each linked one depends on, directly or through others of which nothing is left.
    pub(super) dependencies: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Linked<'a> {
    pub(super) fn find(origins: &Origins, application: &Application, inventory: &'a Inventory) -> Result<Self, Error> {
        let root = inventory.package_of(application).ok_or_else(|| Error::Unknown(application.name.clone()))?;
        let by_id: HashMap<_, _> = inventory.packages.iter().map(|package| (package.id.as_str(), package)).collect();
        let reachable = reachable(root, &by_id);
        let mut found: BTreeSet<&str> = BTreeSet::new();
        let mut library = BTreeMap::new();
        let mut unknown = BTreeSet::new();
        for file in &origins.files {
            if let Some((name, version)) = of_toolchain(file, &inventory.rust) {
                library.insert(name, version);
            } else if let Some(package) = package_of_file(file, &reachable) {
                found.insert(&package.id);
            } else {
                unknown.insert(file.as_str());
            }
        }
        for name in &origins.crates {
            let mut named = reachable.iter().filter(|package| package.library.as_ref() == Some(name)).peekable();
            if LIBRARY.contains(&name.as_str()) {
                library.insert(name.clone(), inventory.rust.clone());
            } else if named.peek().is_some() {
                // Of several versions, those that are in the kernel with code; if none is, it may be any.
                let named: Vec<_> = named.map(|package| package.id.as_str()).collect();
                if !named.iter().any(|id| found.contains(id)) {
                    found.extend(named);
                }
            } else if !library.contains_key(name) {
                unknown.insert(name);
            }
        }
        if !unknown.is_empty() {
            return Err(Error::Unknown(unknown.into_iter().collect::<Vec<_>>().join(", ")));
        }
        found.remove(root.id.as_str());
        let mut packages: Vec<_> = found.iter().filter_map(|id| by_id.get(id).copied()).collect();
        packages.sort_by(|a, b| (&a.name, &a.version, &a.id).cmp(&(&b.name, &b.version, &b.id)));
        let all = packages.iter().copied().chain([root]);
        let dependencies = all.map(|package| (package.id.as_str(), nearest(package, &found, &by_id))).collect();
        Ok(Self { application: root, packages, library, dependencies })
    }
}

/// The packages that are compiled for a kernel of `root`.
fn reachable<'a>(root: &'a Package, by_id: &HashMap<&str, &'a Package>) -> Vec<&'a Package> {
    let mut seen = HashSet::from([root.id.as_str()]);
    let mut packages = vec![root];
    let mut at = 0;
    while let Some(package) = packages.get(at).copied() {
        at += 1;
        let further = package.dependencies.iter().filter_map(|id| by_id.get(id.as_str()).copied());
        packages.extend(further.filter(|package| seen.insert(&package.id)));
    }
    packages
}

/// The linked packages next to `package` on the way down, passing over what is not linked.
fn nearest<'a>(package: &'a Package, linked: &BTreeSet<&str>, by_id: &HashMap<&str, &'a Package>) -> Vec<&'a str> {
    let mut seen = HashSet::from([package.id.as_str()]);
    let mut found = BTreeSet::new();
    let mut rest = vec![package];
    while let Some(package) = rest.pop() {
        for next in package.dependencies.iter().filter_map(|id| by_id.get(id.as_str()).copied()) {
            if !seen.insert(&next.id) {
                continue;
            } else if linked.contains(next.id.as_str()) {
                found.insert(next.id.as_str());
            } else {
                rest.push(next);
            }
        }
    }
    found.into_iter().collect()
}

/// The package with a source file: the innermost folder counts, or, for what its build script wrote, the name.
fn package_of_file<'a>(file: &str, packages: &[&'a Package]) -> Option<&'a Package> {
    if let Some(package) = package_at(file, packages) {
        return Some(package);
    }
    // `TARGET/PROFILE/build/NAME-HASH/out/FILE`
    let (_, path) = file.split_once("/build/")?;
    let (name, _) = path.split_once("/out/")?.0.rsplit_once('-')?;
    packages.iter().find(|package| package.name == name).copied()
}

/// The package in whose folder a file is.
pub(super) fn package_at<'a>(file: &str, packages: &[&'a Package]) -> Option<&'a Package> {
    let is_in =
        |package: &&&Package| file.strip_prefix(package.folder.as_str()).is_some_and(|rest| rest.starts_with('/'));
    packages.iter().filter(is_in).max_by_key(|package| package.folder.len()).copied()
}

/// The crate of the compiler's libraries that a file is of, and its version.
fn of_toolchain(file: &str, rust: &str) -> Option<(String, String)> {
    let parts: Vec<_> = file.split('/').collect();
    match parts[..] {
        // What the libraries are made of, vendored: `/rust/deps/NAME-VERSION/src/FILE`.
        ["", "rust", "deps", package, ..] => {
            let at =
                package.match_indices('-').find(|(at, _)| package[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
            let (at, _) = at?;
            Some((package[..at].replace('-', "_"), package[at + 1..].into()))
        }
        ["", "rustc", _, "library", "stdarch", ..] => Some(("core".into(), rust.into())),
        ["", "rustc", _, "library", name, ..] => Some((name.replace('-', "_"), rust.into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compilers_libraries_are_told_by_their_paths() {
        let of = |file| of_toolchain(file, "1.95.0");
        let named = |name: &str, version: &str| Some((name.to_owned(), version.to_owned()));
        assert_eq!(of("/rustc/12ab/library/core/src/fmt/mod.rs"), named("core", "1.95.0"));
        assert_eq!(of("/rustc/12ab/library/stdarch/crates/core_arch/src/x86/mod.rs"), named("core", "1.95.0"));
        assert_eq!(
            of("/rustc/12ab/library/compiler-builtins/compiler-builtins/src/mem.rs"),
            named("compiler_builtins", "1.95.0")
        );
        assert_eq!(of("/rust/deps/hashbrown-0.16.1/src/map.rs"), named("hashbrown", "0.16.1"));
        assert_eq!(of("/registry/hashbrown-0.16.1/src/map.rs"), None);
    }
}
