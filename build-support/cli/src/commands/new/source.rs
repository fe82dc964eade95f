//! Where a project's dependencies come from: a folder, a git repository, or a registry.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::semver::VersionReq;

use super::super::failure::Failure;
use super::super::path::shown;

/// The sources of this program, when it was compiled.
const COMPILED_IN: &str = env!("CARGO_MANIFEST_DIR");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Packages that a project depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Package {
    Runtime,
    Build,
    Test,
    Tool,
}

impl Package {
    pub(super) fn name(self) -> &'static str {
        match self {
            Package::Runtime => "unikernel-rt",
            Package::Build => "unikernel-build",
            Package::Test => "unikernel-test",
            Package::Tool => "unikernel-cli",
        }
    }

    /// Its folder in the repository.
    fn folder(self) -> &'static str {
        match self {
            Package::Runtime => "unikernel-rt",
            Package::Build => "build-support/link",
            Package::Test => "build-support/test",
            Package::Tool => "build-support/cli",
        }
    }
}

/// The options that choose.
#[derive(Debug, clap::Args)]
pub(super) struct Choice {
    /// Depend on the packages in a folder: a copy of the repository of `unikernel`
    #[arg(long, value_name = "DIR", conflicts_with_all = ["git", "version"])]
    path: Option<PathBuf>,

    /// Depend on the packages in a git repository, by its address
    #[arg(long, value_name = "URL", conflicts_with = "version")]
    git: Option<String>,

    /// A commit of the git repository
    #[arg(long, value_name = "REV", requires = "git", conflicts_with_all = ["branch", "tag", "path", "version"])]
    rev: Option<String>,

    /// A branch of the git repository
    #[arg(long, value_name = "BRANCH", requires = "git", conflicts_with_all = ["tag", "path", "version"])]
    branch: Option<String>,

    /// A tag of the git repository
    #[arg(long, value_name = "TAG", requires = "git", conflicts_with_all = ["path", "version"])]
    tag: Option<String>,

    /// Depend on packages of a registry, in this version
    #[arg(long, value_name = "VERSION")]
    version: Option<VersionReq>,
}

/// A source of packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Folder(PathBuf),
    /// An address, and a commit, a branch or a tag, as a key and its value.
    Git(String, Option<(&'static str, String)>),
    Registry(String),
}

impl Choice {
    /// The source that the options choose, else the one that this program was installed from.
    pub(super) fn chosen(&self) -> Result<Source, Failure> {
        if let Some(folder) = &self.path {
            return repository(folder).map(Source::Folder);
        }
        if let Some(address) = &self.git {
            let given = [("rev", &self.rev), ("branch", &self.branch), ("tag", &self.tag)];
            let at = given.into_iter().find_map(|(key, value)| Some((key, value.clone()?)));
            return Ok(Source::Git(url(address)?, at));
        }
        if let Some(version) = &self.version {
            return Ok(Source::Registry(version.to_string().trim_start_matches('^').to_owned()));
        }
        Ok(installed_from())
    }
}

impl Source {
    /// A line of Cargo.toml that depends on a package with some of its features.
    pub(super) fn dependency(&self, package: Package, features: &[&str]) -> String {
        let mut fields = match self {
            Source::Folder(root) => vec![("path", quoted(&root.join(package.folder()).to_string_lossy()))],
            Source::Git(url, at) => {
                let mut fields = vec![("git", quoted(url))];
                fields.extend(at.iter().map(|(key, value)| (*key, quoted(value))));
                fields
            }
            Source::Registry(version) => vec![("version", quoted(version))],
        };
        if package == Package::Test {
            // The program of its own takes a minute to build, and `unikernel` is installed: cargo's runner needs it.
            fields.push(("default-features", "false".to_owned()));
        }
        if !features.is_empty() {
            let features: Vec<_> = features.iter().map(|feature| quoted(feature)).collect();
            fields.push(("features", format!("[{}]", features.join(", "))));
        }
        let name = package.name();
        match &fields[..] {
            [("version", version)] => format!("{name} = {version}"),
            _ => {
                let fields: Vec<_> = fields.iter().map(|(key, value)| format!("{key} = {value}")).collect();
                format!("{name} = {{ {} }}", fields.join(", "))
            }
        }
    }

    /// The command that installs this program from there.
    pub(super) fn install(&self) -> String {
        match self {
            Source::Folder(root) => {
                format!("cargo install --locked --path {}", root.join(Package::Tool.folder()).display())
            }
            Source::Git(url, at) => {
                let at = at.iter().map(|(key, value)| format!(" --{key} {value}")).collect::<String>();
                format!("cargo install --locked --git {url}{at} {}", Package::Tool.name())
            }
            Source::Registry(version) => format!("cargo install --locked {} --version {version}", Package::Tool.name()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Package::Runtime.name();
        match self {
            Source::Folder(root) => write!(formatter, "`{name}` in `{}`, on this machine alone", root.display()),
            Source::Git(url, None) => write!(formatter, "`{name}` in `{url}`"),
            Source::Git(url, Some((key, value))) => write!(formatter, "`{name}` in `{url}`, {key} `{value}`"),
            Source::Registry(version) => write!(formatter, "`{name}` {version} of the registry"),
        }
    }
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A folder that has all packages.
fn repository(folder: &Path) -> Result<PathBuf, Failure> {
    let root = folder.canonicalize().map_err(|error| Failure::file("read", folder, error))?;
    for package in [Package::Runtime, Package::Build, Package::Test] {
        if !root.join(package.folder()).join("Cargo.toml").is_file() {
            return Err(Failure::Text(format!(
                "`{}` has no package `{}` in `{}`\nhelp: `--path` is the root of a copy of the repository of `unikernel`",
                shown(&root).display(),
                package.name(),
                package.folder()
            )));
        }
    }
    Ok(root)
}

/// An address as cargo wants it: a folder is a URL too.
fn url(address: &str) -> Result<String, Failure> {
    if address.contains("://") {
        return Ok(address.to_owned());
    }
    let path = Path::new(address);
    if path.is_dir() {
        let path = path.canonicalize().map_err(|error| Failure::file("read", path, error))?;
        return Ok(format!("file://{}", path.display()));
    }
    let help = match address.split_once(':') {
        // What git takes for SSH, and cargo does not.
        Some((host, path)) if host.contains('@') => {
            format!("write `--git ssh://{host}/{}`", path.trim_start_matches('/'))
        }
        _ => "write `--git https://...`, or the path of a repository on this machine".to_owned(),
    };
    Err(Failure::Text(format!("`{address}` is neither the URL of a git repository nor a folder\nhelp: {help}")))
}

/// Where this very program comes from.
fn installed_from() -> Source {
    let sources = Path::new(COMPILED_IN);
    let root = sources.ancestors().nth(2).and_then(|root| repository(root).ok());
    match root {
        // A registry's packages lie alone, and the folder may be gone.
        None => Source::Registry(VERSION.to_owned()),
        // Cargo's own copy of a git repository is not to be depended on, but what it is a copy of.
        Some(root) if root.components().any(|part| part.as_os_str() == "checkouts") => {
            let list = Command::new("cargo").args(["install", "--list"]).stdin(Stdio::null()).output();
            let list = list.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
            installed_with_git(&list).unwrap_or(Source::Folder(root))
        }
        Some(root) => Source::Folder(root),
    }
}

/// The git repository in the output of `cargo install --list`.
fn installed_with_git(list: &str) -> Option<Source> {
    // unikernel-cli v0.1.0 (https://example.org/unikernel?branch=main#0123abcd):
    let line = list.lines().find(|line| line.split(' ').next() == Some(Package::Tool.name()))?;
    let (address, commit) = line.split_once('(')?.1.strip_suffix("):")?.split_once('#')?;
    let (url, _) = address.split_once('?').unwrap_or((address, ""));
    Some(Source::Git(url.to_owned(), Some(("rev", commit.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMOTE: &str = "https://example.org/unikernel";

    fn text<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
        match result {
            Err(Failure::Text(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lines_of_cargo_toml() {
        let folder = Source::Folder("/home/me/uni \"kernel\"".into());
        assert_eq!(
            folder.dependency(Package::Build, &[]),
            "unikernel-build = { path = '/home/me/uni \"kernel\"/build-support/link' }"
        );
        let git = Source::Git(REMOTE.to_owned(), Some(("tag", "v1".to_owned())));
        assert_eq!(
            git.dependency(Package::Runtime, &["async", "tcp"]),
            "unikernel-rt = { git = \"https://example.org/unikernel\", tag = \"v1\", features = [\"async\", \"tcp\"] }"
        );
        let registry = Source::Registry("0.1.0".to_owned());
        assert_eq!(registry.dependency(Package::Build, &[]), "unikernel-build = \"0.1.0\"");
        assert_eq!(
            registry.dependency(Package::Test, &[]),
            "unikernel-test = { version = \"0.1.0\", default-features = false }"
        );
        assert_eq!(
            registry.dependency(Package::Runtime, &["udp"]),
            "unikernel-rt = { version = \"0.1.0\", features = [\"udp\"] }"
        );
        for source in [folder, git, registry] {
            let line = source.dependency(Package::Runtime, &["udp"]);
            assert!(line.parse::<toml::Table>().is_ok(), "{line}");
        }
    }

    #[test]
    fn the_git_repository_of_an_installed_program() {
        let list = |line: &str| format!("ripgrep v14.1.1:\n    rg\n{line}\n    unikernel\n");
        let from = |line: &str| installed_with_git(&list(line));
        let expected = Some(Source::Git(REMOTE.to_owned(), Some(("rev", "0123abcd".to_owned()))));
        assert_eq!(from("unikernel-cli v0.1.0 (https://example.org/unikernel#0123abcd):"), expected);
        assert_eq!(from("unikernel-cli v0.1.0 (https://example.org/unikernel?branch=a#0123abcd):"), expected);
        assert_eq!(from("unikernel-cli v0.1.0 (/home/me/unikernel/build-support/cli):"), None);
        assert_eq!(from("unikernel-cli v0.1.0:"), None);
        assert_eq!(installed_with_git(""), None);
    }

    #[test]
    fn a_folder_must_be_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let message = text(repository(folder.path()));
        assert!(
            message.contains("has no package `unikernel-rt`") && message.contains("\nhelp: `--path` is"),
            "{message}"
        );
        assert!(text(repository(&folder.path().join("nowhere"))).starts_with("cannot read"));
    }

    #[test]
    fn addresses() {
        assert_eq!(url(REMOTE).unwrap(), REMOTE);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        assert_eq!(url(folder.path().to_str().unwrap()).unwrap(), format!("file://{}", path.display()));
        let message = text(url("git@example.org:unikernel.git"));
        assert!(message.ends_with("\nhelp: write `--git ssh://git@example.org/unikernel.git`"), "{message}");
        assert!(text(url("nowhere")).contains("neither"));
    }
}
