//! Builds the kernels of a package.

use std::io::BufRead;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::message::{Message, Output};
use crate::cargo::{self, Workspace};

/// Builds the application that `application NAME` asks for, with the others of its package, in one call of cargo.
pub(super) fn build(directory: &Path, input: &mut impl BufRead, output: &Output) -> Result<(), String> {
    let mut profile = "release".to_owned();
    let mut name = String::new();
    while let Some(message) = Message::read(input) {
        match message.words.first().map(String::as_str) {
            Some("profile") => profile = message.payload_text(),
            Some("application") => name = message.payload_text(),
            Some("start") => break,
            _ => return Err(format!("unknown setting `{}`", message.words.join(" "))),
        }
    }
    let workspace = Workspace::find(directory).map_err(|error| error.to_string())?;
    let application = workspace.application(&name).map_err(|error| error.to_string())?;
    let mut applications = workspace.applications(true);
    applications.retain(|other| other.package == application.package);
    let built = cargo::build_together(&workspace, &applications, &profile).map_err(|error| error.to_string())?;
    output.send("root", workspace.root().as_os_str().as_bytes());
    for (other, built) in applications.iter().zip(&built) {
        let is_wanted = other.name == application.name;
        let words = format!("{} {}", if is_wanted { "wanted" } else { "kernel" }, other.name);
        output.send(&words, built.kernel.as_os_str().as_bytes());
    }
    output.send("built", &[]);
    Ok(())
}
