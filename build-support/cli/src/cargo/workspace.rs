//! The workspace around a folder, and the applications in it.

use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, TargetKind};

use super::error::{Error, help, list};
use super::remap::Remap;
use super::toolchain::{self, Toolchain};

/// The package that makes a package with a binary an application.
const RUNTIME: &str = "unikernel-rt";

/// A package with one binary that is a unikernel.
#[derive(Clone, Debug)]
pub struct Application {
    /// The package's name, which `-p` takes.
    pub package: String,
    /// The binary's name, which is the application's.
    pub name: String,
    /// The package's folder.
    pub directory: PathBuf,
    /// Marked `[package.metadata.unikernel] internal = true`: not part of what is made without `-p`.
    pub internal: bool,
    /// The package's `[package.metadata.unikernel]`; null where it has none.
    pub metadata: serde_json::Value,
    /// What cargo calls this very package, where its name alone would be ambiguous.
    pub(super) id: String,
    pub(super) has_build_script: bool,
}

/// What cargo knows of the workspace around a folder.
#[derive(Debug)]
pub struct Workspace {
    metadata: Metadata,
    /// The folder that it was asked from: inside a package, that package is meant.
    directory: PathBuf,
}

impl Workspace {
    /// Reads the workspace around `directory`.
    ///
    /// # Errors
    /// Where there is none, or cargo finds fault with it, and says so on standard error.
    pub fn find(directory: &Path) -> Result<Self, Error> {
        let mut command = MetadataCommand::new();
        // Verbose: what cargo has to say, such as what it fetches, is for the user at once.
        command.cargo_path(toolchain::cargo()).current_dir(directory).verbose(true);
        // Packages for other systems need not be fetched to make a kernel.
        command.other_options(["--filter-platform".into(), "x86_64-unknown-linux-gnu".into()]);
        match command.exec() {
            Ok(metadata) => {
                Ok(Self { metadata, directory: directory.canonicalize().unwrap_or_else(|_| directory.into()) })
            }
            Err(cargo_metadata::Error::CargoMetadata { .. }) => Err(Error::Workspace),
            Err(cargo_metadata::Error::Io(source)) => {
                Err(Error::NoCargo { program: toolchain::cargo().display().to_string(), source })
            }
            Err(other) => Err(Error::Metadata(other.to_string())),
        }
    }

    /// The workspace's root, where `manifests` and `build` are.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// The folder for everything that cargo makes for images.
    #[must_use]
    pub fn target_directory(&self) -> PathBuf {
        self.metadata.target_directory.join("unikernel").into()
    }

    /// All applications, by name; internal ones only on request.
    ///
    /// # Errors
    /// An application's package has several binaries and does not say which is meant.
    pub fn applications(&self, internal: bool) -> Result<Vec<Application>, Error> {
        let packages = self.metadata.workspace_packages();
        let mut found = Vec::new();
        for package in packages.into_iter().filter(|package| missing(package).is_none()) {
            found.push(application(package)?);
        }
        found.retain(|application| internal || !application.internal);
        found.sort_by(|a, b| a.package.cmp(&b.package));
        Ok(found)
    }

    /// The application of package `name`.
    ///
    /// # Errors
    /// There is none of that name, or the package is no application.
    pub fn application(&self, name: &str) -> Result<Application, Error> {
        let packages = self.metadata.workspace_packages();
        if let Some(package) = packages.iter().find(|package| package.name.as_str() == name) {
            return match missing(package) {
                None => application(package),
                Some(reason) => Err(Error::NotAnApplication { name: name.into(), reason }),
            };
        }
        let known = self.applications(true)?;
        // A binary may have another name than its package; whoever names it means it.
        if let Some(application) = known.iter().find(|application| application.name == name) {
            return Ok(application.clone());
        }
        let public = self.applications(false)?;
        if public.is_empty() {
            return Err(Error::NoneAtAll(self.root().into()));
        }
        let help = help(name, public.iter().map(|application| application.package.as_str()));
        Err(Error::NoApplication { name: name.into(), workspace: self.root().into(), help })
    }

    /// The applications that are meant when nobody names one: the one whose folder this is, else all but the internal ones.
    ///
    /// # Errors
    /// There is none.
    pub fn meant(&self) -> Result<Vec<Application>, Error> {
        let mut inside = self.applications(true)?;
        inside.retain(|application| {
            self.directory.starts_with(&application.directory) && application.directory != self.root()
        });
        // Packages may be nested: the innermost is meant.
        if let Some(application) = inside.into_iter().max_by_key(|application| application.directory.as_os_str().len())
        {
            return Ok(vec![application]);
        }
        let all = self.applications(false)?;
        if all.is_empty() { Err(Error::NoneAtAll(self.root().into())) } else { Ok(all) }
    }

    /// The one application that is meant, by its name or by where we are.
    ///
    /// # Errors
    /// There is none, or there are several.
    pub fn one(&self, name: Option<&str>) -> Result<Application, Error> {
        if let Some(name) = name {
            return self.application(name);
        }
        let mut meant = self.meant()?;
        match meant.len() {
            1 => Ok(meant.remove(0)),
            _ => Err(Error::Several(list(meant.iter().map(|application| application.package.as_str())))),
        }
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
    let depends =
        package.dependencies.iter().any(|other| other.name == RUNTIME && other.kind == DependencyKind::Normal);
    if !depends {
        Some("it does not depend on `unikernel-rt`")
    } else if binaries(package).next().is_none() {
        Some("it has no binary")
    } else {
        None
    }
}

fn binaries(package: &Package) -> impl Iterator<Item = &str> {
    package.targets.iter().filter(|target| target.kind.contains(&TargetKind::Bin)).map(|target| target.name.as_str())
}

fn application(package: &Package) -> Result<Application, Error> {
    let name = match (package.default_run.as_deref(), binaries(package).count()) {
        (Some(name), _) => Some(name),
        (None, 1) => binaries(package).next(),
        (None, _) => binaries(package).find(|name| *name == package.name.as_str()),
    };
    let name = name.ok_or_else(|| Error::SeveralBinaries {
        package: package.name.to_string(),
        binaries: list(binaries(package)),
        manifest: package.manifest_path.clone().into(),
    })?;
    let metadata = package.metadata.get("unikernel").cloned().unwrap_or_default();
    Ok(Application {
        package: package.name.to_string(),
        name: name.into(),
        directory: package.manifest_path.parent().map_or_else(PathBuf::new, |folder| folder.as_std_path().into()),
        internal: metadata.get("internal").and_then(serde_json::Value::as_bool).unwrap_or(false),
        metadata,
        id: package.id.repr.clone(),
        has_build_script: package.targets.iter().any(|target| target.kind.contains(&TargetKind::CustomBuild)),
    })
}
