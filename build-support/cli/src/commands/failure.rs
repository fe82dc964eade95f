//! Why a command failed.

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
    /// A failed operation on a file or a folder.
    pub(super) fn file(action: &str, path: &Path, why: impl std::fmt::Display) -> Self {
        Self::Text(format!("cannot {action} `{}`: {why}", shown(path).display()))
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
