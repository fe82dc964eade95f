//! Images, built once.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::driver::Driver;

/// A bootable image of an application.
#[derive(Clone, Debug)]
pub struct Image {
    name: String,
    path: PathBuf,
    root: Option<PathBuf>,
}

/// The kernels of a package by their names, or why there are none.
type Built = Result<BTreeMap<String, Image>, String>;

/// The result of a build, for all who ask for it meanwhile.
type Shared = Arc<OnceLock<Result<Image, String>>>;

/// What is built already, by application and profile.
static BUILT: Mutex<BTreeMap<(String, String), Shared>> = Mutex::new(BTreeMap::new());

impl Image {
    /// Builds an application of this workspace, by the name of its package or of its binary, as `unikernel iso` does.
    ///
    /// Each is built once in a test program, together with the other applications of its package. Cargo's progress goes to standard
    /// error.
    ///
    /// # Panics
    /// Panics if there is no such application, or if it does not build; cargo has printed why.
    #[must_use]
    #[track_caller]
    pub fn build(name: &str) -> Self {
        Self::build_profile(name, "release")
    }

    /// The same with another profile of the workspace's Cargo.toml, such as `dev`.
    ///
    /// # Panics
    /// As [`Image::build`].
    #[must_use]
    #[track_caller]
    pub fn build_profile(name: &str, profile: &str) -> Self {
        let key = (name.to_owned(), profile.to_owned());
        let cell = Arc::clone(BUILT.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        match cell.get_or_init(|| build(name, profile)) {
            Ok(image) => image.clone(),
            Err(text) => panic!("{text}"),
        }
    }

    /// Opens a finished image, an ISO or a kernel's ELF. An ISO has its values already.
    ///
    /// # Panics
    /// Panics if there is no such file.
    #[must_use]
    #[track_caller]
    pub fn open(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        assert!(path.exists(), "there is no image `{}`", path.display());
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { name, path: path.to_owned(), root: None }
    }

    /// The name of the application.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file: the kernel's ELF, with its symbols, or what was [opened](Image::open).
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The workspace's root, where manifests are.
    pub(crate) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }
}

/// Builds the package of an application, once for all of its applications.
fn build(name: &str, profile: &str) -> Result<Image, String> {
    static PACKAGES: Mutex<BTreeMap<(String, String), Image>> = Mutex::new(BTreeMap::new());
    // One at a time: cargo would wait for itself, and say so.
    static BUILDING: Mutex<()> = Mutex::new(());
    let packages = || PACKAGES.lock().unwrap_or_else(PoisonError::into_inner);
    let find = || packages().get(&(name.to_owned(), profile.to_owned())).cloned();
    if let Some(image) = find() {
        return Ok(image);
    }
    let _one = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(image) = find() {
        return Ok(image);
    }
    let mut wanted = None;
    for (kernel, image) in build_package(name, profile, &mut wanted)? {
        packages().insert((kernel, profile.to_owned()), image);
    }
    wanted.ok_or_else(|| format!("`{name}` was not built"))
}

fn build_package(name: &str, profile: &str, wanted: &mut Option<Image>) -> Built {
    let directory = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let directory = directory.or_else(|| env::current_dir().ok()).unwrap_or_default();
    let (mut driver, messages) = Driver::start()?;
    driver.send("build", directory);
    driver.send("profile", profile);
    driver.send("application", name);
    driver.send("start", "");
    let (mut root, mut built) = (None, BTreeMap::new());
    for message in messages {
        match message.name() {
            "root" => root = Some(message.path()),
            "kernel" | "wanted" => {
                let image = Image { name: message.word(1).to_owned(), path: message.path(), root: root.clone() };
                if message.name() == "wanted" {
                    *wanted = Some(image.clone());
                }
                built.insert(image.name.clone(), image);
            }
            "built" => return Ok(built),
            _ => return Err(message.text()),
        }
    }
    Err(format!("the build of `{name}` ended without a result"))
}
