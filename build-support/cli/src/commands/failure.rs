//! Why a command failed.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::path::shown;
use crate::manifest::Report;
use crate::{cargo, machine};

/// The failure of a command.
#[derive(Debug)]
pub(super) enum Failure {
    /// A message, without the word `error`; lines that begin with `help:` say how to fix it.
    Text(String),
    /// A report about a manifest, with the locations of its errors.
    Report(Report),
}

impl Failure {
    /// A failed operation on a file or a directory.
    #[allow(clippy::needless_pass_by_value, reason = "the argument of `map_err`")]
    pub(super) fn file(action: &str, path: &Path, why: io::Error) -> Self {
        let is_file = |path: &&Path| path.exists() && !path.is_dir();
        if matches!(why.kind(), ErrorKind::NotADirectory | ErrorKind::AlreadyExists)
            && let Some(file) = path.ancestors().skip(1).find(is_file)
        {
            return Self::Text(format!(
                "cannot {action} `{}`: `{}` is not a directory\nhelp: choose another path",
                shown(path).display(),
                shown(file).display()
            ));
        }
        let help = match why.kind() {
            ErrorKind::PermissionDenied => "\nhelp: change its permissions, or choose another path",
            ErrorKind::ReadOnlyFilesystem => "\nhelp: choose a path on a file system that can be written",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                "\nhelp: free some space, or choose a path on another disk"
            }
            ErrorKind::IsADirectory => "\nhelp: write the path of a file",
            ErrorKind::InvalidFilename => "\nhelp: choose a shorter name: most file systems allow 255 bytes",
            _ => "",
        };
        Self::Text(format!("cannot {action} `{}`: {why}{help}", shown(path).display()))
    }

    /// An image that cannot be read. A name without a `/` or a `.` may be that of an application.
    pub(super) fn image(path: &Path, why: io::Error) -> Self {
        let name = path.to_string_lossy();
        if why.kind() != ErrorKind::NotFound || name.contains(['/', '.']) {
            return Self::file("read", path, why);
        }
        Self::Text(format!(
            "cannot read `{name}`: {why}\nhelp: to build an application of that name, write `-p {name}`"
        ))
    }
}

impl From<cargo::Error> for Failure {
    fn from(error: cargo::Error) -> Self {
        Self::Text(error.to_string())
    }
}

impl From<machine::Error> for Failure {
    fn from(error: machine::Error) -> Self {
        Self::Text(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(failure: Failure) -> String {
        match failure {
            Failure::Text(text) => text,
            Failure::Report(report) => report.to_string(),
        }
    }

    #[test]
    fn a_failure_of_a_file_says_what_to_do() {
        for kind in [ErrorKind::PermissionDenied, ErrorKind::StorageFull, ErrorKind::IsADirectory] {
            let text = text(Failure::file("write", Path::new("a/b"), kind.into()));
            assert!(text.starts_with("cannot write `a/b`: ") && text.contains("\nhelp: "), "{text}");
        }
    }

    #[test]
    fn an_application_is_not_an_image() {
        let help =
            |path| text(Failure::image(Path::new(path), ErrorKind::NotFound.into())).contains("write `-p hello`");
        assert_eq!([help("hello"), help("hello.iso"), help("build/hello")], [true, false, false]);
    }
}
