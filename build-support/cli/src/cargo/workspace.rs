//! The workspace around a folder, and the applications in it.

use std::path::{Path, PathBuf};

use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, Package, TargetKind};

use super::error::{Error, help, list};
use super::remap::Remap;
use super::toolchain::{self, Toolchain};

/// The package that makes a package with a binary an application.
const RUNTIME: &str = "unikernel-rt";

/// A binary that is a unikernel.
#[derive(Clone, Debug)]
pub struct Application {
    /// The package's name, which `-p` takes.
    pub package: String,
    /// The binary's name, which is the application's, and which `--bin` takes.
    pub name: String,
    /// The package's folder.
    pub directory: PathBuf,
    /// Marked `[package.metadata.unikernel] internal = true`: not part of what is made without `-p`.
    pub internal: bool,
    /// A program of the standard library: the package has the runtime's feature `std`. With its crates it takes minutes to build.
    pub uses_std: bool,
    /// The package's `[package.metadata.unikernel]`, with the keys of its table `bin.NAME` in their place; null where it has none.
    pub metadata: serde_json::Value,
    /// What cargo calls this very package, where its name alone would be ambiguous.
    pub(super) id: String,
    pub(super) build_script: Option<PathBuf>,
    /// Whether the package's `[build-dependencies]` have `unikernel-build`.
    pub(super) names_build_package: bool,
}

/// What cargo knows of the workspace around a folder.
#[derive(Debug)]
pub struct Workspace {
    metadata: Metadata,
    /// The folder that it was asked from: inside a package, that package is meant.
    directory: PathBuf,
    /// Whether cargo prints only warnings and errors.
    pub(super) quiet: bool,
    /// Features of applications to be built, besides their default ones.
    pub(super) features: Vec<String>,
}

impl Workspace {
    /// Reads the workspace around `directory`.
    ///
    /// # Errors
    /// Returns an error if there is none, or if cargo rejects it and prints why to standard error.
    pub fn find(directory: &Path) -> Result<Self, Error> {
        Self::find_with(directory, false)
    }

    /// The same; `quiet` lets cargo print no progress, only warnings and errors, now and in builds.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_with(directory: &Path, quiet: bool) -> Result<Self, Error> {
        let mut command = MetadataCommand::new();
        // Verbose: what cargo has to say, such as what it fetches, is for the user at once.
        command.cargo_path(toolchain::cargo()).current_dir(directory).verbose(true);
        // Packages for other systems need not be fetched to make a kernel.
        command.other_options(["--filter-platform".into(), "x86_64-unknown-linux-gnu".into()]);
        if quiet {
            command.other_options(["--quiet".into(), "--filter-platform".into(), "x86_64-unknown-linux-gnu".into()]);
        }
        match command.exec() {
            Ok(metadata) => {
                let directory = directory.canonicalize().unwrap_or_else(|_| directory.into());
                Ok(Self { metadata, directory, quiet, features: Vec::new() })
            }
            Err(cargo_metadata::Error::CargoMetadata { .. }) => Err(Error::Workspace),
            Err(cargo_metadata::Error::Io(source)) => {
                Err(Error::NoCargo { program: toolchain::cargo().display().to_string(), source })
            }
            Err(other) => Err(Error::Metadata(other.to_string())),
        }
    }

    /// The same workspace, whose applications are built with these features besides their default ones.
    #[must_use]
    pub fn with_features(self, features: Vec<String>) -> Self {
        Self { features, ..self }
    }

    pub(super) const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The workspace's root, where `manifests` and `build` are.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// The folder for everything that cargo makes for images; with features, another one, so that neither build replaces the other.
    #[must_use]
    pub fn target_directory(&self) -> PathBuf {
        let mut name = "unikernel".to_owned();
        for feature in &self.features {
            name.push('-');
            name.extend(feature.chars().map(|letter| if letter == '/' { '.' } else { letter }));
        }
        self.metadata.target_directory.join(name).into()
    }

    /// All applications, by package and name; internal ones only on request.
    #[must_use]
    pub fn applications(&self, internal: bool) -> Vec<Application> {
        let packages = self.metadata.workspace_packages();
        let packages = packages.into_iter().filter(|package| missing(package).is_none());
        let mut found: Vec<_> = packages.flat_map(applications).collect();
        found.retain(|application| internal || !application.internal);
        found.sort_by(|a, b| (&a.package, &a.name).cmp(&(&b.package, &b.name)));
        found
    }

    /// The application of package `name`; where there is no such package, the one of that name.
    ///
    /// # Errors
    /// There is none of that name, the package is no application, or it has several and no default.
    pub fn application(&self, name: &str) -> Result<Application, Error> {
        let Some(package) = self.package(name) else {
            // A binary may have another name than its package; whoever names it means it.
            return self.binary(None, name);
        };
        default_application(package, self.of_package(package)?)
    }

    /// The application that is the binary `name`, of one package or of any.
    ///
    /// # Errors
    /// There is none of that name, or the package is no application.
    pub fn binary(&self, package: Option<&str>, name: &str) -> Result<Application, Error> {
        if let Some(package) = package {
            let package = self.package(package).ok_or_else(|| self.no_application(package))?;
            let applications = self.of_package(package)?;
            let known = help(name, applications.iter().map(|application| application.name.as_str()));
            return applications
                .into_iter()
                .find(|application| application.name == name)
                .ok_or_else(|| Error::NoBinary { name: name.into(), package: package.name.to_string(), help: known });
        }
        let found = self.applications(true).into_iter().find(|application| application.name == name);
        found.ok_or_else(|| self.no_application(name))
    }

    /// The default applications: those of the package in the current folder, else all except internal
    /// ones.
    ///
    /// # Errors
    /// There is none.
    pub fn meant(&self) -> Result<Vec<Application>, Error> {
        if let Some(package) = self.package_here() {
            return self.of_package(package);
        }
        let all = self.applications(false);
        if all.is_empty() { Err(Error::NoneAtAll(self.root().into())) } else { Ok(all) }
    }

    /// The one application that is meant, by the name of its package, of its binary, or by where we are.
    ///
    /// # Errors
    /// There is none, or there are several.
    pub fn one(&self, package: Option<&str>, binary: Option<&str>) -> Result<Application, Error> {
        match (package, binary) {
            (package, Some(binary)) => self.binary(package, binary),
            (Some(package), None) => self.application(package),
            (None, None) => {
                if let Some(package) = self.package_here() {
                    return default_application(package, self.of_package(package)?);
                }
                let mut meant = self.meant()?;
                match meant.len() {
                    1 => Ok(meant.remove(0)),
                    _ => Err(Error::Several(list(meant.iter().map(|application| application.name.as_str())))),
                }
            }
        }
    }

    fn package(&self, name: &str) -> Option<&Package> {
        self.metadata.workspace_packages().into_iter().find(|package| package.name.as_str() == name)
    }

    /// The package of applications that we are in; the root is for all of the workspace.
    fn package_here(&self) -> Option<&Package> {
        let packages = self.metadata.workspace_packages().into_iter().filter(|package| missing(package).is_none());
        let here = packages.filter(|package| {
            let directory = directory(package);
            self.directory.starts_with(directory) && directory != self.root()
        });
        // Packages may be nested: the innermost is meant.
        here.max_by_key(|package| directory(package).as_os_str().len())
    }

    /// The applications of a package, at least one.
    fn of_package(&self, package: &Package) -> Result<Vec<Application>, Error> {
        match missing(package) {
            None => Ok(applications(package)),
            Some(reason) => Err(Error::NotAnApplication { name: package.name.to_string(), reason }),
        }
    }

    fn no_application(&self, name: &str) -> Error {
        let public = self.applications(false);
        if public.is_empty() {
            return Error::NoneAtAll(self.root().into());
        }
        let help = help(name, public.iter().map(|application| application.name.as_str()));
        Error::NoApplication { name: name.into(), workspace: self.root().into(), help }
    }

    /// The folders of sources, and the names that stand for them in an image.
    ///
    /// # Errors
    /// `rustc` does not tell where it is.
    pub fn sources(&self) -> Result<Remap, Error> {
        Ok(self.remap(&Toolchain::read(self.root())?))
    }

    /// Names for every folder that could reach an image.
    pub(super) fn remap(&self, toolchain: &Toolchain) -> Remap {
        let mut remap = Remap::default();
        remap.insert(self.root(), "/workspace");
        remap.insert(&self.target_directory(), "/target");
        let members = &self.metadata.workspace_members;
        for package in self.metadata.packages.iter().filter(|package| !members.contains(&package.id)) {
            let Some(folder) = package.manifest_path.parent() else { continue };
            match (&package.source, folder.parent()) {
                // `CARGO_HOME/registry/src/INDEX` or a vendor folder: mirrors have names of their own.
                (Some(source), Some(registry)) if !source.repr.starts_with("git+") => {
                    remap.insert(registry.as_std_path(), "/registry");
                }
                (Some(_), _) => {}
                (None, _) if folder.starts_with(self.root()) => {}
                (None, _) => remap.insert(folder.as_std_path(), format!("/path/{}", package.name)),
            }
        }
        if let Some(home) = toolchain::cargo_home() {
            remap.insert(&home, "/cargo");
        }
        // With the component `rust-src` installed, `rustc` replaces the library's `/rustc/HASH` by this folder.
        if let Some(commit) = &toolchain.commit {
            remap.insert(&toolchain.sysroot.join("lib/rustlib/src/rust"), format!("/rustc/{commit}"));
        }
        remap.insert(&toolchain.sysroot, "/rust");
        remap
    }
}

/// Why a package is no application, where it is none.
fn missing(package: &Package) -> Option<&'static str> {
    if runtime(package).next().is_none() {
        Some(
            "it does not depend on `unikernel-rt`\nhelp: write `cargo add unikernel-rt`, with `--features std` for a program of `std`",
        )
    } else if binaries(package).next().is_none() {
        Some("it has no binary")
    } else {
        None
    }
}

/// The dependencies on the runtime.
fn runtime(package: &Package) -> impl Iterator<Item = &Dependency> {
    package.dependencies.iter().filter(|other| other.name == RUNTIME && other.kind == DependencyKind::Normal)
}

fn binaries(package: &Package) -> impl Iterator<Item = &str> {
    package.targets.iter().filter(|target| target.kind.contains(&TargetKind::Bin)).map(|target| target.name.as_str())
}

pub(super) fn directory(package: &Package) -> &Path {
    package.manifest_path.parent().map_or(Path::new(""), |folder| folder.as_std_path())
}

/// The applications of a package: all of its binaries.
fn applications(package: &Package) -> Vec<Application> {
    binaries(package).map(|name| application(package, name)).collect()
}

/// The one application of a package, the one that it says is the default, or the one that is named like the package.
fn default_application(package: &Package, mut applications: Vec<Application>) -> Result<Application, Error> {
    if applications.len() == 1 {
        return Ok(applications.remove(0));
    }
    let default = package.default_run.as_deref().unwrap_or(&package.name);
    match applications.iter().position(|application| application.name == default) {
        Some(at) => Ok(applications.remove(at)),
        None => Err(Error::SeveralBinaries {
            package: package.name.to_string(),
            binaries: list(applications.iter().map(|application| application.name.as_str())),
            manifest: package.manifest_path.clone().into(),
        }),
    }
}

fn application(package: &Package, name: &str) -> Application {
    let build_script = package.targets.iter().find(|target| target.kind.contains(&TargetKind::CustomBuild));
    let names_build_package =
        |other: &Dependency| other.name == "unikernel-build" && other.kind == DependencyKind::Build;
    let metadata = metadata(package.metadata.get("unikernel").cloned().unwrap_or_default(), name);
    Application {
        package: package.name.to_string(),
        name: name.into(),
        directory: directory(package).into(),
        internal: metadata.get("internal").and_then(serde_json::Value::as_bool).unwrap_or(false),
        uses_std: runtime(package).any(|runtime| runtime.features.iter().any(|feature| feature == "std")),
        metadata,
        id: package.id.repr.clone(),
        build_script: build_script.map(|target| target.src_path.clone().into()),
        names_build_package: package.dependencies.iter().any(names_build_package),
    }
}

/// What a package says of one of its binaries: the keys for all of them, but for those that this one has itself.
fn metadata(mut package: serde_json::Value, name: &str) -> serde_json::Value {
    if let Some(table) = package.as_object_mut()
        && let Some(mut binaries) = table.remove("bin")
        && let Some(own) = binaries.get_mut(name).and_then(serde_json::Value::as_object_mut)
    {
        table.append(own);
    }
    package
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::metadata;

    #[test]
    fn a_binary_has_the_metadata_of_its_package_but_for_its_own() {
        let package =
            json!({ "internal": true, "budget": { "iso": 1 }, "bin": { "small": { "budget": { "iso": 2 } } } });
        assert_eq!(metadata(package.clone(), "small"), json!({ "internal": true, "budget": { "iso": 2 } }));
        assert_eq!(metadata(package, "other"), json!({ "internal": true, "budget": { "iso": 1 } }));
        assert_eq!(metadata(Value::Null, "other"), Value::Null);
    }
}
