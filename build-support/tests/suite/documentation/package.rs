//! A package of samples, below `target`: one binary for each application.
//!
//! Tests of them are in a package of their own: cargo would build all that the applications depend on once more for it, as tests
//! unwind on a panic.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::common::{program, root};

/// What samples use besides the runtime, as the workspace has it.
const DEPENDENCIES: [&str; 7] =
    ["embassy-sync", "embassy-time", "embedded-io", "embedded-io-async", "log", "rand_core", "reqwless"];

/// Features of the runtime for kernels that have an allocator alone.
const LEFT_OUT: [&str; 2] = ["alloc", "std"];

/// The text of each sample by its name, and the place of its first line.
pub(super) type Sources = BTreeMap<String, (String, String)>;

/// The samples of some pages.
#[derive(Default)]
pub(super) struct Samples {
    /// Applications: `rust`, or `rust,app=NAME`.
    pub(super) applications: Sources,
    /// Tests of applications: `rust,test`.
    pub(super) tests: Sources,
}

/// A package of samples.
pub(super) struct Package {
    folder: PathBuf,
    applications: Vec<String>,
    /// The file of each sample, with its place on a page.
    places: Vec<String>,
}

/// What cargo made of it.
pub(super) struct Built {
    /// The ELF of each application, by its name.
    pub(super) kernels: BTreeMap<String, PathBuf>,
    /// Where the attribute leaves what it expands to.
    expansions: PathBuf,
}

impl Built {
    /// What the attribute makes of an application.
    pub(super) fn expansion(&self, name: &str) -> String {
        read(&self.expansions.join(format!("unikernel-expansion-{name}.rs")))
    }
}

impl Package {
    /// Writes a package of this name.
    pub(super) fn write(name: &str, samples: &Samples) -> Self {
        let folder = root().join("target/documentation").join(name);
        let applications: Vec<_> = samples.applications.keys().cloned().collect();
        write(&folder.join("Cargo.toml"), &manifest(name, &applications));
        write(&folder.join("build.rs"), "fn main() {\n    unikernel_build::link();\n}\n");
        // What samples embed, and tests of the name of this package boot.
        write(&folder.join("site/index.html"), "<h1>Hello</h1>\n");
        // The versions that were fetched to build this very test.
        let lock = read(&root().join("Cargo.lock"));
        if read(&folder.join("Cargo.lock.workspace")) != lock {
            write(&folder.join("Cargo.lock"), &lock);
            write(&folder.join("Cargo.lock.workspace"), &lock);
        }
        let mut places = Vec::new();
        write(&folder.join("machines/Cargo.toml"), &tests());
        write(&folder.join("machines/src/lib.rs"), "//! Has tests alone.\n");
        for (kind, sources) in [("src/bin", &samples.applications), ("machines/tests", &samples.tests)] {
            write_sources(&folder.join(kind), sources);
            places.extend(sources.iter().map(|(name, (place, _))| format!("{kind}/{name}.rs is at {place}")));
        }
        Self { folder, applications, places }
    }

    /// Builds all of it, in the profile `dev`.
    pub(super) fn build(&self) -> Result<Built, String> {
        let messages =
            self.cargo(&["build", "--workspace", "--bins", "--tests", "--message-format=json-render-diagnostics"])?;
        let expansions = messages.lines().find_map(|line| self.out_directory(line)).expect("the build script ran");
        let kernel = |name: &String| (name.clone(), self.target().join("debug").join(name));
        Ok(Built { kernels: self.applications.iter().map(kernel).collect(), expansions })
    }

    /// Runs the tests.
    pub(super) fn test(&self) -> Result<(), String> {
        self.cargo(&["test", "--package", "machines", "--tests"]).map(drop)
    }

    fn target(&self) -> PathBuf {
        self.folder.with_file_name("target")
    }

    fn cargo(&self, arguments: &[&str]) -> Result<String, String> {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(arguments).arg("--offline").arg("--target-dir").arg(self.target()).current_dir(&self.folder);
        for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            cargo.env_remove(variable);
        }
        cargo.env("CARGO_INCREMENTAL", "0").env("PATH", self.path()).stdin(Stdio::null());
        let output = cargo.output().expect("cargo");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let stdout = text(&output.stdout);
        if output.status.success() {
            return Ok(stdout);
        }
        // What a test says, not what is for programs.
        let said: Vec<_> = stdout.lines().filter(|line| !line.starts_with('{')).collect();
        Err([&said.join("\n"), &text(&output.stderr), &self.places.join("\n")].map(String::as_str).join("\n"))
    }

    /// Where `unikernel` is the program under test, as if it was installed.
    fn path(&self) -> OsString {
        let folder = self.folder.with_file_name("bin");
        fs::create_dir_all(&folder).expect("a folder");
        let link = folder.join("unikernel");
        if fs::read_link(&link).is_ok_and(|target| target != Path::new(program())) {
            fs::remove_file(&link).expect("an old link");
        }
        // Another test may have made it.
        let _ = symlink(program(), &link);
        let path = env::var_os("PATH").unwrap_or_default();
        env::join_paths([folder].into_iter().chain(env::split_paths(&path))).expect("no colons")
    }

    /// `$OUT_DIR` of the package, if a line of cargo's messages has it.
    fn out_directory(&self, line: &str) -> Option<PathBuf> {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_ours = message["package_id"].as_str()?.contains(&self.folder.display().to_string());
        let directory = message["out_dir"].as_str().filter(|_| message["reason"] == "build-script-executed")?;
        is_ours.then(|| directory.into())
    }
}

/// Writes the sources into a folder, and removes others.
fn write_sources(folder: &Path, sources: &Sources) {
    fs::create_dir_all(folder).expect("a folder");
    for (name, (_, text)) in sources {
        write(&folder.join(format!("{name}.rs")), text);
    }
    for entry in fs::read_dir(folder).expect("the sources").flatten() {
        if !entry.path().file_stem().is_some_and(|stem| sources.contains_key(&*stem.to_string_lossy())) {
            fs::remove_file(entry.path()).expect("of a sample that is no more");
        }
    }
}

/// The Cargo.toml of the package: the runtime with its features, and the workspace's dependencies.
fn manifest(package: &str, applications: &[String]) -> String {
    let root = root();
    let toml = |path: &Path| read(path).parse::<toml::Table>().expect("TOML");
    let runtime = toml(&root.join("unikernel-rt/Cargo.toml"));
    let features = runtime["features"].as_table().expect("features").keys();
    let features: Vec<_> = features.filter(|feature| !LEFT_OUT.contains(&feature.as_str())).collect();
    let workspace = toml(&root.join("Cargo.toml"));
    let dependency = |name| format!("{name} = {}\n", workspace["workspace"]["dependencies"][name]);
    let binary = |name| format!("[[bin]]\nname = \"{name}\"\npath = \"src/bin/{name}.rs\"\ntest = false\n\n");
    let binaries: String = applications.iter().map(binary).collect();
    let dependencies = DEPENDENCIES.map(dependency).concat();
    let root = root.display();
    format!(
        "[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\nautobins = false\nautotests = false\n\n\
         [workspace]\nmembers = [\"machines\"]\n\n\
         {binaries}[dependencies]\n\
         unikernel-rt = {{ path = \"{root}/unikernel-rt\", features = {features:?} }}\n{dependencies}\n\
         [build-dependencies]\nunikernel-build.path = \"{root}/build-support/link\"\n\n\
         [lints.rust]\nwarnings = \"deny\"\n\n[profile.dev]\npanic = \"abort\"\ndebug = false\n\n\
         [profile.release]\npanic = \"abort\"\n"
    )
}

/// The Cargo.toml of the package of tests.
fn tests() -> String {
    format!(
        "[package]\nname = \"machines\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dev-dependencies]\n\
         unikernel-test = {{ path = \"{}/build-support/test\", default-features = false }}\n\n\
         [lints.rust]\nwarnings = \"deny\"\n",
        root().display()
    )
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Writes a file unless it is as it should be: cargo goes by the time.
fn write(path: &Path, text: &str) {
    if read(path) != text {
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
}
