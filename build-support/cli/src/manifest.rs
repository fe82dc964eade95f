//! Manifests: the values of one deployment, checked against an image's own declaration.
//!
//! ```toml
//! app = "static_web"
//!
//! [args]                    # boot arguments
//! port = 8080
//!
//! [net]                     # options of the device `net` that can be set at boot
//! ip = "192.168.1.20/24"
//!
//! [image]                   # how the image is made
//! firmware = ["bios", "uefi"]
//!
//! [machine]                 # for running and exporting only
//! memory = "16MiB"
//! forward = ["8080:8080"]
//!
//! [machine.disk.data]
//! path = "data.img"         # beside the manifest
//! size = "64MiB"
//! ```
//!
//! A manifest is read in two steps, because the application that it names must be built before there is a declaration to
//! hold it against: [`Manifest::parse`] takes the text apart, [`Manifest::check`] makes [`Settings`] of it. Whatever is
//! wrong is collected in a [`Report`], with the place of each fault.

use std::path::{Path, PathBuf};

use unikernel_vocabulary::{Decoded, command_line};

mod check;
mod document;
mod image;
mod machine;
mod report;
mod section;
mod unknown;
mod value;

use self::{
    document::{Entry, Value},
    report::Fault,
};
pub use self::{
    image::Image,
    machine::{Disk, Forward, Machine, MachineType, Net, Protocol},
    report::{FaultDocument, Report},
};

/// A manifest that is valid TOML and names its application; everything else is unchecked.
#[derive(Clone, Debug)]
pub struct Manifest {
    path: PathBuf,
    text: Option<String>,
    application: String,
    entries: Vec<Entry>,
    elsewhere: Vec<String>,
}

/// The checked values of a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The boot command line: the values that the manifest gives, in the order of the declaration.
    pub command_line: String,
    /// The image settings.
    pub image: Image,
    /// The machine to run on.
    pub machine: Machine,
}

impl Manifest {
    /// Parses the text of the manifest at `path`; the path is for messages alone, as is the application where one is meant.
    ///
    /// # Errors
    /// Returns an error if the text is not TOML, or does not name its application.
    pub fn parse(text: &str, path: impl AsRef<Path>, meant: Option<&str>) -> Result<Self, Report> {
        let path = path.as_ref();
        let report = |faults| Report::new(path, Some(text), faults);
        let entries = document::parse(text).map_err(report)?;
        let application = application(&entries, meant).map_err(|fault| report(vec![fault]))?;
        Ok(Self { path: path.into(), text: Some(text.into()), application, entries, elsewhere: Vec::new() })
    }

    /// An empty manifest, for an application without one: all values are the defaults.
    #[must_use]
    pub fn none(application: &str) -> Self {
        let path = Path::new("manifests").join(format!("{application}.toml"));
        Self { path, text: None, application: application.into(), entries: Vec::new(), elsewhere: Vec::new() }
    }

    /// Whether there is no manifest, so that all values are the defaults.
    #[must_use]
    pub(crate) const fn is_empty(&self) -> bool {
        self.text.is_none()
    }

    /// The application that the manifest is for.
    #[must_use]
    pub fn application(&self) -> &str {
        &self.application
    }

    /// Allows more values after those of the manifest: a required argument may be among them. The kernel checks these values
    /// itself, like anything that a hypervisor appends.
    #[must_use]
    pub fn before(mut self, command_line: &str) -> Self {
        self.elsewhere = command_line::words(command_line).flatten().map(|word| word.key.into()).collect();
        self
    }

    /// Checks the manifest against what an application declares.
    ///
    /// # Errors
    /// Returns all errors: unknown sections and keys, values of another type or out of range, required arguments without a
    /// value, another application, a boot command line that is too long.
    pub fn check(&self, declaration: &Decoded<'_>) -> Result<Settings, Report> {
        check::check(self, declaration).map_err(|faults| Report::new(&self.path, self.text.as_deref(), faults))
    }
}

/// The application that a manifest names.
fn application(entries: &[Entry], meant: Option<&str>) -> Result<String, Fault> {
    let help = match meant {
        Some(meant) => format!("write `app = \"{meant}\"` in its first line"),
        None => "write `app = \"NAME\"` in its first line, with the name of the application".to_owned(),
    };
    match entries.iter().find(|entry| entry.key == "app") {
        None => Err(Fault::new("the manifest does not name its application").at(0..0, "`app` is missing").help(help)),
        Some(Entry { value: Value::Text(application), .. }) => Ok(application.clone()),
        Some(app) => Err(Fault::new(format!("`app` is {}, not the name of an application", app.value.type_name()))
            .at(app.span.clone(), "expected a string")
            .help(help)),
    }
}

#[cfg(test)]
mod tests;
