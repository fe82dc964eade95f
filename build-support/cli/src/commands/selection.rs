//! The options that select an application and a manifest, shared by several commands.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::cargo::{Application, Workspace};
use crate::manifest::Manifest;
use unikernel_vocabulary::nearest;

use super::failure::Failure;
use super::output;
use super::path::shown;

/// The selected application and manifest.
#[derive(Debug, clap::Args)]
pub(super) struct Selection {
    /// The application, by its package's name [default: the one of this folder]
    #[arg(short, long, value_name = "APP")]
    pub(super) package: Option<String>,

    /// The application, by its binary's name: where a package has several
    #[arg(long, value_name = "NAME")]
    pub(super) bin: Option<String>,

    /// Features of the application's package to build it with, as those of `cargo build`
    #[arg(short = 'F', long, value_name = "FEATURES", value_delimiter = ',')]
    pub(super) features: Vec<String>,

    /// The manifest with the values of one deployment [default: manifests/APP.toml, where there is one]
    ///
    /// Without `-p` and `--bin`, its key `app` selects the application.
    #[arg(long, value_name = "FILE")]
    pub(super) manifest: Option<PathBuf>,
}

/// An application with a manifest.
#[derive(Debug)]
pub(super) struct Deployment {
    /// The application.
    pub(super) application: Application,
    /// The manifest's path and text.
    pub(super) manifest: Option<Manifest>,
    /// The image's name: the application's, or that of a manifest other than the application's own.
    pub(super) name: String,
}

impl Selection {
    /// The current workspace, and the selected application.
    pub(super) fn one(&self) -> Result<(Workspace, Deployment), Failure> {
        let workspace = workspace()?.with_features(self.features.clone());
        let deployment = match self.named(&workspace)? {
            Some(deployment) => deployment,
            None => Deployment::usual(&workspace, workspace.one(None, None)?)?,
        };
        Ok((workspace, deployment))
    }

    /// The current workspace, and the selected applications: all of them if none is named.
    pub(super) fn all(&self) -> Result<(Workspace, Vec<Deployment>), Failure> {
        let workspace = workspace()?.with_features(self.features.clone());
        let deployments = match self.named(&workspace)? {
            Some(deployment) => vec![deployment],
            None => {
                let meant = workspace.meant()?.into_iter();
                meant.map(|application| Deployment::usual(&workspace, application)).collect::<Result<_, _>>()?
            }
        };
        Ok((workspace, deployments))
    }

    fn named(&self, workspace: &Workspace) -> Result<Option<Deployment>, Failure> {
        let (package, bin) = (self.package.as_deref(), self.bin.as_deref());
        match &self.manifest {
            None if package.is_none() && bin.is_none() => Ok(None),
            None => Deployment::usual(workspace, workspace.one(package, bin)?).map(Some),
            Some(path) => {
                let path = find_manifest(path, workspace.root())?;
                let (application, manifest) = match (package, bin) {
                    (None, None) => {
                        let manifest = read_manifest(&path, None)?;
                        (workspace.application(manifest.application())?, manifest)
                    }
                    _ => {
                        let application = workspace.one(package, bin)?;
                        let manifest = read_manifest(&path, Some(&application.name))?;
                        (application, manifest)
                    }
                };
                let usual = usual_manifest(workspace, &application);
                let is_usual =
                    usual.canonicalize().ok().is_some_and(|usual| path.canonicalize().is_ok_and(|path| path == usual));
                let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                let name = stem.filter(|_| !is_usual).unwrap_or_else(|| application.name.clone());
                Ok(Some(Deployment { application, manifest: Some(manifest), name }))
            }
        }
    }
}

impl Deployment {
    /// An application with its own manifest, or without one.
    fn usual(workspace: &Workspace, application: Application) -> Result<Self, Failure> {
        let path = usual_manifest(workspace, &application);
        let manifest = if is_there(&path) { Some(read_manifest(&path, Some(&application.name))?) } else { None };
        let name = application.name.clone();
        Ok(Self { application, manifest, name })
    }
}

/// The workspace here.
pub(super) fn workspace() -> Result<Workspace, Failure> {
    let here = env::current_dir().map_err(|error| Failure::Text(format!("cannot get the current folder: {error}")))?;
    Ok(Workspace::find_with(&here, output::is_quiet())?)
}

fn usual_manifest(workspace: &Workspace, application: &Application) -> PathBuf {
    workspace.root().join("manifests").join(format!("{}.toml", application.name))
}

/// Whether the path exists. A dangling symbolic link counts, so that reading it reports the error.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// A manifest by its path, relative to the current folder or to the workspace's root.
fn find_manifest(path: &Path, root: &Path) -> Result<PathBuf, Failure> {
    let from_root = root.join(path);
    if is_there(path) {
        return Ok(path.into());
    } else if is_there(&from_root) {
        return Ok(from_root);
    }
    let mut message = format!("there is no manifest `{}`", path.display());
    let folder = path.parent().filter(|folder| folder.is_dir()).map_or_else(|| root.join("manifests"), Path::to_owned);
    let mut known = Vec::new();
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let entry = entry.path();
        if entry.extension() == Some(OsStr::new("toml")) {
            known.extend(entry.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    known.sort();
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if let Some(near) = nearest(&name, known.iter().map(String::as_str)) {
        let near = shown(&folder.join(format!("{near}.toml"))).display().to_string();
        message.push_str(&format!("\nhelp: did you mean `{near}`?"));
    }
    Err(Failure::Text(message))
}

/// Reads a manifest, of this application where one is meant.
pub(super) fn read_manifest(path: &Path, application: Option<&str>) -> Result<Manifest, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file("read", path, error))?;
    Manifest::parse(&text, shown(path), application).map_err(Failure::Report)
}
