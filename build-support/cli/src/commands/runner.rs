//! `unikernel runner`: cargo's `runner` for `cargo run`, `cargo test` and `cargo bench`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, io};

use clap::Parser as _;
use unikernel_vocabulary::command_line::write_word;

use super::failure::Failure;
use super::{output, run};
use crate::elf::{self, Kernel};

/// Boot a kernel, or execute a host program, as cargo's runner.
///
/// In .cargo/config.toml:
///
///   [target.x86_64-unknown-linux-gnu]
///   runner = "unikernel runner"
///
/// Then `cargo run -- port=81` boots the application with these arguments, and `cargo test` runs tests as usual.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The program that cargo has built
    #[arg(value_name = "PROGRAM")]
    program: PathBuf,

    /// A kernel's boot arguments, or the program's own
    #[arg(value_name = "WORDS", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// The command that boots.
#[derive(clap::Parser)]
struct Run {
    #[command(flatten)]
    arguments: run::Arguments,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    match Kernel::read(&arguments.program) {
        Ok(_) => {
            let manifest =
                env::var_os("CARGO_MANIFEST_DIR").and_then(|package| manifest(&arguments.program, package.as_ref()));
            let mut words: Vec<OsString> = ["run".into(), arguments.program.clone().into()].into();
            words.extend(["--append".into(), command_line(&arguments.words).into()]);
            words.extend(manifest.into_iter().flat_map(|path| ["--manifest".into(), path.into_os_string()]));
            run::run(&Run::parse_from(words).arguments)
        }
        // A kernel, but not for this version of the tool.
        Err(error @ elf::Error::Declaration(_)) => fail(&Failure::Text(error.to_string())),
        Err(_) => {
            let error = execute(&arguments.program, &arguments.words);
            fail(&Failure::file("execute", &arguments.program, error))
        }
    }
}

fn fail(failure: &Failure) -> ExitCode {
    output::failure(failure);
    ExitCode::from(run::NO_MACHINE)
}

/// The application's own manifest, in the package's folder or in that of its workspace.
fn manifest(program: &Path, package: &Path) -> Option<PathBuf> {
    let name = Path::new("manifests").join(program.file_name()?).with_added_extension("toml");
    package.ancestors().map(|folder| folder.join(&name)).find(|path| path.is_file())
}

/// The arguments as a boot command line: a value with a space is quoted again.
fn command_line(words: &[OsString]) -> String {
    let mut line = String::new();
    for word in words {
        let word = word.to_string_lossy();
        if !line.is_empty() {
            line.push(' ');
        }
        match word.split_once('=') {
            Some((key, value)) if value.contains(' ') && !value.starts_with('"') => {
                // A string takes everything.
                let _ = write_word(&mut line, key, value);
            }
            _ => line.push_str(&word),
        }
    }
    line
}

/// Replaces this process by the program; returns only on failure.
fn execute(program: &Path, words: &[OsString]) -> io::Error {
    use std::os::unix::process::CommandExt as _;

    Command::new(program).args(words).exec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_with_spaces_are_quoted() {
        let line = |words: &[&str]| command_line(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(line(&[]), "");
        assert_eq!(line(&["port=81", "name=J. Doe"]), "port=81 name=\"J. Doe\"");
        assert_eq!(line(&["name=\"J. Doe\" port=81"]), "name=\"J. Doe\" port=81");
        assert_eq!(line(&["quiet"]), "quiet");
    }

    #[test]
    fn the_nearest_manifest_is_the_applications() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let package = folder.path().join("apps/web");
        std::fs::create_dir_all(package.join("manifests")).expect("a folder");
        std::fs::create_dir_all(folder.path().join("manifests")).expect("a folder");
        let program = Path::new("/target/debug/web");
        assert_eq!(manifest(program, &package), None);
        for place in [folder.path(), &package] {
            let path = place.join("manifests/web.toml");
            std::fs::write(&path, "").expect("a file");
            assert_eq!(manifest(program, &package), Some(path));
        }
    }
}
