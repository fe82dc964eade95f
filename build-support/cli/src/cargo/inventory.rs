//! The packages that cargo knows, as a bill of materials describes them.

use std::collections::HashMap;
use std::fs;

use cargo_metadata::{DependencyKind, Package as Metadata, TargetKind};
use serde::Deserialize;

use super::error::Error;
use super::remap::Remap;
use super::toolchain::Toolchain;
use super::{Application, Workspace};

/// The registry that packages are from if nothing else is said.
const CRATES_IO: &str = "https://github.com/rust-lang/crates.io-index";

/// A package.
#[derive(Clone, Debug)]
pub struct Package {
    /// What cargo calls it: unique.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licences, an SPDX expression.
    pub license: Option<String>,
    /// The address of its repository.
    pub repository: Option<String>,
    /// Where it is from.
    pub origin: Origin,
    /// The SHA-256 of its archive, in hexadecimal, as Cargo.lock has it.
    pub checksum: Option<String>,
    /// Its folder, as the line tables of an image name it.
    pub folder: String,
    /// The name of its library in code.
    pub library: Option<String>,
    /// The packages that it is compiled with, by [`Self::id`]; not those of build scripts and tests.
    pub dependencies: Vec<String>,
}

/// Where a package is from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// crates.io.
    CratesIo,
    /// Another registry, by the address of its index.
    Registry(String),
    /// A git repository: its address and the commit.
    Git(String, String),
    /// A folder of this machine.
    Path,
}

/// The packages of a workspace and all that they depend on, and the compiler.
#[derive(Clone, Debug)]
pub struct Inventory {
    /// The packages that can be linked into a kernel: those with a library, and applications.
    pub packages: Vec<Package>,
    /// The version of the compiler and of its libraries, such as `1.95.0`.
    pub rust: String,
    /// The names of folders.
    pub remap: Remap,
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
}

impl Workspace {
    /// Lists the packages.
    ///
    /// # Errors
    /// Cargo.lock cannot be read, or `rustc` does not tell its version.
    pub fn inventory(&self) -> Result<Inventory, Error> {
        let toolchain = Toolchain::read(self.root())?;
        let remap = self.remap(&toolchain);
        let path = self.root().join("Cargo.lock");
        let unreadable = |reason: String| Error::Configuration { path: path.clone(), reason };
        let text = fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?;
        let lock: Lock = toml::from_str(&text).map_err(|error| unreadable(error.message().into()))?;
        let mut checksums = HashMap::new();
        for locked in lock.package {
            if let (Some(source), Some(checksum)) = (locked.source, locked.checksum) {
                checksums.insert((locked.name, locked.version, source), checksum);
            }
        }

        let metadata = self.metadata();
        let mut dependencies: HashMap<&str, Vec<String>> = HashMap::new();
        for node in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
            let normal = node
                .deps
                .iter()
                .filter(|dependency| dependency.dep_kinds.iter().any(|info| info.kind == DependencyKind::Normal));
            dependencies.insert(&node.id.repr, normal.map(|dependency| dependency.pkg.repr.clone()).collect());
        }
        let package = |package: &Metadata| {
            let (name, version) = (package.name.to_string(), package.version.to_string());
            let source = package.source.as_ref().map(|source| source.repr.clone());
            let checksum =
                source.clone().and_then(|source| checksums.get(&(name.clone(), version.clone(), source)).cloned());
            let folder = super::workspace::directory(package);
            let library = package.targets.iter().find(|target| is_library(&target.kind));
            Package {
                dependencies: dependencies.get(package.id.repr.as_str()).cloned().unwrap_or_default(),
                id: package.id.repr.clone(),
                license: package.license.as_deref().map(expression),
                repository: package.repository.clone(),
                origin: source.as_deref().map_or(Origin::Path, origin),
                checksum,
                folder: remap.name_of(folder),
                library: library.map(|target| target.name.replace('-', "_")),
                name,
                version,
            }
        };
        // The package of a macro or a build script leaves nothing in a kernel.
        let can_be_linked = |package: &&Metadata| {
            package.targets.iter().any(|target| is_library(&target.kind) || target.kind.contains(&TargetKind::Bin))
        };
        let packages = metadata.packages.iter().filter(can_be_linked).map(package).collect();
        Ok(Inventory { packages, rust: toolchain.release, remap })
    }
}

impl Inventory {
    /// The package of an application.
    #[must_use]
    pub fn package_of(&self, application: &Application) -> Option<&Package> {
        self.packages.iter().find(|package| package.id == application.id)
    }
}

fn is_library(kinds: &[TargetKind]) -> bool {
    kinds.iter().any(|kind| matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::StaticLib))
}

/// A package's `license` as an SPDX expression: older packages write `/` for `OR`.
fn expression(license: &str) -> String {
    license.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")
}

/// Reads a source of cargo's: `registry+INDEX`, `sparse+INDEX`, `git+URL?branch=NAME#COMMIT`.
fn origin(source: &str) -> Origin {
    if let Some(git) = source.strip_prefix("git+") {
        let (url, commit) = git.split_once('#').unwrap_or((git, ""));
        return Origin::Git(url.split('?').next().unwrap_or(url).into(), commit.into());
    }
    let index = source.strip_prefix("registry+").unwrap_or(source);
    match index {
        CRATES_IO | "sparse+https://index.crates.io/" => Origin::CratesIo,
        _ => Origin::Registry(index.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_apart() {
        assert_eq!(origin("registry+https://github.com/rust-lang/crates.io-index"), Origin::CratesIo);
        assert_eq!(origin("sparse+https://index.crates.io/"), Origin::CratesIo);
        let other = "sparse+https://crates.example/index/";
        assert_eq!(
            [origin(other), origin(&format!("registry+{other}"))],
            [(); 2].map(|()| Origin::Registry(other.into()))
        );
        let git = Origin::Git("https://example.org/a".into(), "12ab".into());
        assert_eq!(
            [origin("git+https://example.org/a?tag=v1#12ab"), origin("git+https://example.org/a#12ab")],
            [git.clone(), git]
        );
    }

    #[test]
    fn licences_are_spdx_expressions() {
        let shown = ["MIT/Apache-2.0", "MIT OR Apache-2.0", "Apache-2.0 / MIT"].map(expression);
        assert_eq!(shown, ["MIT OR Apache-2.0", "MIT OR Apache-2.0", "Apache-2.0 OR MIT"]);
    }
}
