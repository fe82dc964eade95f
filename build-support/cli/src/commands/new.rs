//! `unikernel new`: makes a project for an application, in a folder of its own.

mod folder;
mod name;
mod source;
mod template;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use super::failure::Failure;
use super::output;
use super::path::shown;
use folder::Folder;
use source::Source;
use template::Template;

/// Make a project: an application with its logic in a library, tests that boot it, a manifest, and what CI needs.
///
/// The folder is created. An existing one must be empty, but for `.git`: nothing is overwritten. The project depends on the
/// packages of this version of `unikernel`, where it was installed from: a registry, a git repository, or a folder of sources.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    unikernel new hello\n  \
    unikernel new web --template http\n  \
    unikernel new api --template axum\n  \
    unikernel new services/dns --template udp --name dns-relay\n  \
    unikernel new hello --path ../unikernel\n  \
    unikernel new .")]
pub(super) struct Arguments {
    /// The folder of the project; its last part is the name of the package
    #[arg(value_name = "PATH")]
    folder: PathBuf,

    /// What the kernel does to begin with
    #[arg(short, long, value_name = "TEMPLATE", default_value = "hello")]
    template: Template,

    /// The name of the package [default: that of the folder]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    #[command(flatten)]
    source: source::Choice,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let folder = Folder::find(&arguments.folder)?;
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => folder.name()?,
    };
    name::check(&name, arguments.name.is_some(), &arguments.folder)?;
    let source = arguments.source.chosen()?;
    let workspace = folder::enclosing_workspace(folder.path());
    let files = arguments.template.files(&name, &source, workspace.is_some());
    folder.write(&files)?;
    output::progress(
        "Created",
        format_args!("`{name}` in `{}`, from the template `{}`", arguments.folder.display(), arguments.template.name()),
    );
    output::progress("Depends", format_args!("on {source}"));
    if let Some(workspace) = workspace {
        output::progress(
            "Note",
            format_args!(
                "it is a workspace of its own, apart from that of `{}`: a kernel shares no features with other packages",
                shown(&workspace).display()
            ),
        );
    }
    start_repository(folder.path());
    warn_of_what_is_missing(&source);
    next(&arguments.folder);
    Ok(())
}

/// Makes a git repository, unless the folder is in one already, as `cargo new` does. Nothing of the project needs it.
fn start_repository(folder: &Path) {
    if folder.ancestors().any(|ancestor| ancestor.join(".git").exists()) {
        return;
    }
    let git = Command::new("git").args(["init", "--quiet"]).current_dir(folder).stdin(Stdio::null()).output();
    if let Ok(output) = git
        && !output.status.success()
    {
        let text = String::from_utf8_lossy(&output.stderr);
        output::warning(format_args!("`git init` failed: {}", text.trim_end()));
    }
}

/// What the next commands need and this machine does not have.
fn warn_of_what_is_missing(source: &Source) {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &str| env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !is_there("unikernel") {
        output::warning(format_args!(
            "`unikernel`, which builds and boots the image, is not in PATH\n{}",
            output::help(format_args!("write `{}`", source.install()))
        ));
    }
    if !is_there("qemu-system-x86_64") {
        output::warning(format_args!(
            "QEMU is missing, which boots the kernel\n{}",
            output::help("write `apt-get install qemu-system-x86`")
        ));
    }
}

fn next(path: &Path) {
    if path != Path::new(".") {
        let path = path.display().to_string();
        let quote =
            if path.contains(|letter: char| letter.is_whitespace() || "'\"$&;()".contains(letter)) { "'" } else { "" };
        output::progress("Next", format_args!("cd {quote}{path}{quote}"));
        output::progress("", "cargo run");
    } else {
        output::progress("Next", "cargo run");
    }
    output::progress("", "cargo test");
}

/// Whether a path exists, without following a link.
fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    #[derive(clap::Parser)]
    struct New {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn the_options_make_sense_together() {
        New::command().debug_assert();
        let accepts = |words: &str| New::try_parse_from(words.split(' ')).is_ok();
        for words in ["new a", "new a -t http", "new a --git URL --rev 1", "new a --path DIR", "new a --version 0.1"] {
            assert!(accepts(words), "{words}");
        }
        for words in [
            "new",
            "new a b",
            "new a -t htp",
            "new a --rev 1",
            "new a --git URL --rev 1 --tag 2",
            "new a --git URL --path DIR",
            "new a --path DIR --version 1",
            "new a --path DIR --branch b",
            "new a --version one",
        ] {
            assert!(!accepts(words), "{words}");
        }
    }
}
