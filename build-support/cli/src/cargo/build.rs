//! The build of applications for images.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Message;

use super::configuration::Configuration;
use super::toolchain::{self, Toolchain};
use super::{Application, Error, Workspace, profile};

/// What crates see where they are compiled for an image: a program of `std` is a kernel by the first one; by the second one, the
/// crate `rustix` calls the functions of C that such a kernel has, in place of Linux.
const CONFIGURATION: [&str; 2] = ["unikernel", "rustix_use_libc"];

/// What a build of an application left behind.
#[derive(Clone, Debug)]
pub struct Built {
    /// The linked kernel.
    pub kernel: PathBuf,
    /// `OUT_DIR` of the application's build script, where the macro writes its expansion.
    pub out_directory: Option<PathBuf>,
}

/// Builds `application` as its image wants it: alone, with the paths remapped, in a target folder of its own.
///
/// Cargo's progress and diagnostics go to standard error as they are.
///
/// # Errors
/// The package or its profile cannot make a kernel, or the build fails.
pub fn build(workspace: &Workspace, application: &Application, profile: &str) -> Result<Built, Error> {
    let mut built = build_together(workspace, std::slice::from_ref(application), profile)?;
    Ok(built.remove(0))
}

/// Builds applications of one package in one call of cargo, which then uses every processor; what comes out is the same.
///
/// # Errors
/// As [`build`].
///
/// # Panics
/// Panics where there is no application, or they are of several packages.
pub fn build_together(workspace: &Workspace, applications: &[Application], profile: &str) -> Result<Vec<Built>, Error> {
    let application = applications.first().expect("an application");
    // Cargo would give each of them the features of all.
    assert!(applications.iter().all(|other| other.id == application.id), "applications of several packages");
    let (package, directory) = (application.package.clone(), application.directory.clone());
    let Some(build_script) = &application.build_script else {
        return Err(Error::NoBuildScript { package, directory, link: link(application) });
    };
    let calls = |text: String| text.contains("unikernel_build::");
    if !application.names_build_package && fs::read_to_string(build_script).is_ok_and(calls) {
        return Err(Error::NoBuildDependency { package, directory });
    }
    let configuration = Configuration::read(workspace.root())?;
    let definition = profile::check(&workspace.root().join("Cargo.toml"), &configuration, profile)?;
    let toolchain = Toolchain::read(workspace.root())?;
    let remap = workspace.remap(&toolchain);
    let flags = configuration.rustflags(&toolchain).into_iter().chain(remap.flags());
    let flags = flags.chain(CONFIGURATION.into_iter().flat_map(|name| ["--cfg".into(), name.into()]));

    let program = toolchain::cargo();
    let mut command = Command::new(&program);
    if configuration.other_target(&toolchain) {
        command.env("CARGO_BUILD_TARGET", &toolchain.host); // whatever else is built here, a kernel is made of the host's `core`
    }
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_a_package(name)) {
        command.env_remove(name);
    }
    if workspace.quiet {
        command.arg("--quiet");
    }
    // A choice of the user's; else cargo makes its own.
    match anstream::ColorChoice::global() {
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => command.env("CARGO_TERM_COLOR", "always"),
        anstream::ColorChoice::Never => command.env("CARGO_TERM_COLOR", "never"),
        anstream::ColorChoice::Auto => &mut command,
    };
    let mut child = command
        // The folder decides which configuration files cargo reads: always the same ones.
        .current_dir(workspace.root())
        .args(["build", "--message-format=json-render-diagnostics", "--profile", profile])
        .args(definition)
        .args(["--package", &application.id])
        .args(applications.iter().flat_map(|application| ["--bin", &application.name]))
        .args(workspace.features.iter().flat_map(|feature| ["--features", feature]))
        .arg("--target-dir")
        .arg(workspace.target_directory())
        .env("CARGO_ENCODED_RUSTFLAGS", join(flags))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|source| Error::NoCargo { program: program.display().to_string(), source })?;

    let (mut kernels, mut out_directory) = (HashMap::new(), None);
    let messages = child.stdout.take().map(|stdout| Message::parse_stream(BufReader::new(stdout)));
    for message in messages.into_iter().flatten().map_while(Result::ok) {
        match message {
            Message::CompilerArtifact(artifact)
                if artifact.package_id.repr == application.id && artifact.target.is_bin() =>
            {
                kernels.extend(artifact.executable.map(|path| (artifact.target.name, PathBuf::from(path))));
            }
            Message::BuildScriptExecuted(script) if script.package_id.repr == application.id => {
                out_directory = Some(script.out_dir.into());
            }
            _ => {}
        }
    }
    let status = child.wait().map_err(|source| Error::NoCargo { program: program.display().to_string(), source })?;
    if !status.success() {
        let is_alone = applications.len() == 1;
        return Err(Error::Build(if is_alone { &application.name } else { &application.package }.clone()));
    }
    let built = |application: &Application| {
        let kernel = kernels.remove(&application.name).ok_or_else(|| Error::NoExecutable(application.name.clone()))?;
        if is_program_of_the_host(&kernel) {
            let (package, directory) = (application.package.clone(), application.directory.clone());
            return Err(Error::DoesNotLink { package, directory, link: link(application) });
        }
        Ok(Built { kernel, out_directory: out_directory.clone() })
    };
    applications.iter().map(built).collect()
}

/// Whether a cargo above this one has set a variable for the program that it runs. Build scripts that look at one of them, such as ring's,
/// would run again whenever `cargo run` and `cargo test` take turns.
fn is_of_a_package(name: &OsStr) -> bool {
    ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|begin| name.as_encoded_bytes().starts_with(begin.as_bytes()))
}

/// The function that an application's build script calls.
fn link(application: &Application) -> &'static str {
    if application.uses_std { "link_std" } else { "link" }
}

/// Whether it is what a C compiler links without more: position-independent, which no kernel is.
fn is_program_of_the_host(path: &Path) -> bool {
    let mut head = [0; 18];
    let is_read = File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok();
    is_read && head[16..] == [3, 0] // ET_DYN
}

/// Flags in the one form that lets a path have spaces.
fn join(flags: impl Iterator<Item = OsString>) -> OsString {
    let mut joined = OsString::new();
    for flag in flags {
        if !joined.is_empty() {
            joined.push("\u{1f}");
        }
        joined.push(flag);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_a_package_are_not_those_of_the_user() {
        let is_left_out = |name: &&str| is_of_a_package(OsStr::new(name));
        let names = ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_HOME", "CARGO_PROFILE_DEV_PANIC", "CFLAGS"];
        assert_eq!(names.iter().filter(|name| is_left_out(name)).count(), 2);
    }

    #[test]
    fn flags_are_joined_without_quoting() {
        let flags = ["-Ca", "--remap-path-prefix=/home/a b=/workspace"];
        assert_eq!(join(flags.into_iter().map(OsString::from)), "-Ca\u{1f}--remap-path-prefix=/home/a b=/workspace");
    }
}
