//! Checks a manifest against a declaration.

use std::{fmt, ops::Range, path::Path};

use unikernel_vocabulary::{
    Argument, Decoded,
    command_line::{MAX_BYTES, words, write_rest, write_word},
    note::Device,
};

use super::{
    Manifest, Settings,
    document::{Entry, Value},
    image::{self, Image},
    machine::{self, Machine},
    report::Fault,
    section::table_of,
    value::value_of,
};

mod client;
mod disks;
mod missing;
mod net;
mod rest;
mod unknown;

/// Checks all of a manifest.
pub(super) fn check<'a>(manifest: &'a Manifest, declaration: &'a Decoded<'a>) -> Result<Settings, Vec<Fault>> {
    if let Some(fault) = other_application(manifest, declaration) {
        return Err(vec![fault]); // held against another declaration, all the rest would be wrong too
    }
    let mut check = Check {
        declaration,
        arguments: declaration.arguments().map(|argument| Slot::new(argument, &manifest.elsewhere)).collect(),
        rest: Vec::new(),
        faults: Vec::new(),
        folder: manifest.path.parent().unwrap_or(Path::new("")),
        image: Image::default(),
        machine: Machine::default(),
    };
    for entry in &manifest.entries {
        check.section(entry);
    }
    check.missing(manifest);
    check.nets();
    check.clients();
    check.serials();
    let command_line = check.command_line();
    if check.faults.is_empty() {
        Ok(Settings { command_line, image: check.image, machine: check.machine })
    } else {
        Err(check.faults)
    }
}

/// The state of a check.
pub(super) struct Check<'a> {
    pub(super) declaration: &'a Decoded<'a>,
    pub(super) arguments: Vec<Slot<'a>>,
    /// The words that no argument takes, each with its place.
    rest: Vec<(String, Range<usize>)>,
    pub(super) faults: Vec<Fault>,
    /// Where the manifest is.
    folder: &'a Path,
    image: Image,
    machine: Machine,
}

/// A declared argument and what the manifest says about it.
pub(super) struct Slot<'a> {
    pub(super) argument: Argument<'a>,
    pub(super) given: Option<Given>,
    /// Whether it is given after the manifest, or by the machine, or a misplaced or misspelled value for it is already reported.
    pub(super) meant: bool,
    /// Whether another value comes after that of the manifest.
    pub(super) is_overridden: bool,
}

impl<'a> Slot<'a> {
    fn new(argument: Argument<'a>, elsewhere: &[String]) -> Self {
        let is_overridden = elsewhere.iter().any(|name| name == argument.name);
        Self { argument, given: None, meant: is_overridden, is_overridden }
    }
}

/// A value that the manifest gives.
pub(super) struct Given {
    /// Its text, if it is a value of the argument's kind.
    pub(super) text: Option<String>,
    pub(super) span: Range<usize>,
}

impl<'a> Slot<'a> {
    /// The section and the key in which the value stands: `port` in `args`; `net.ip` is `ip` in `net`.
    pub(super) fn place(&self) -> (&'a str, &'a str) {
        self.argument.name.split_once('.').unwrap_or(("args", self.argument.name))
    }
}

impl<'a> Check<'a> {
    pub(super) fn device(&self, name: &str) -> Option<Device<'a>> {
        self.declaration.devices().find(|device| device.name == name)
    }

    /// The keys that may stand in a section.
    pub(super) fn keys(&self, section: &str) -> Vec<&'a str> {
        let arguments = self.arguments.iter().map(Slot::place).filter(|(of, _)| *of == section).map(|(_, key)| key);
        arguments.chain(self.declaration.rest().filter(|_| section == "args")).collect()
    }

    fn section(&mut self, section: &Entry) {
        match section.key.as_str() {
            "app" => {}
            "image" => self.image = image::read(section, &mut self.faults),
            "machine" => {
                self.machine = machine::read(section, self.declaration, self.folder, &mut self.faults);
                for word in self.machine.smbios_words().flat_map(words).flatten() {
                    let given = self.arguments.iter_mut().find(|slot| slot.argument.name == word.key);
                    given.into_iter().for_each(|slot| slot.meant = true);
                }
            }
            name if name == "args" || self.device(name).is_some() || !self.keys(name).is_empty() => {
                if !matches!(section.value, Value::Table(_)) {
                    self.mean(|of, _| of == name);
                }
                for entry in table_of(section, name, &mut self.faults) {
                    self.value(name, entry);
                }
            }
            _ => self.unknown_section(section),
        }
    }

    fn value(&mut self, section: &str, entry: &Entry) {
        if section == "args" && self.declaration.rest() == Some(&entry.key) {
            return self.rest(entry);
        }
        let Some(slot) = self.arguments.iter_mut().find(|slot| slot.place() == (section, &entry.key)) else {
            return self.unknown_key(section, entry);
        };
        let what = match section {
            "args" => format!("argument `{}`", entry.key),
            "env" => format!("variable `{}`", entry.key),
            _ => format!("option `{}` of `{section}`", entry.key),
        };
        let text = value_of(entry, &slot.argument.kind, &what).map_err(|fault| self.faults.push(fault)).ok();
        slot.given = Some(Given { text, span: entry.span.clone() });
    }

    /// Writes the boot command line from the valid values, and checks its length.
    fn command_line(&mut self) -> String {
        let mut line = String::new();
        let mut longest = (0, None);
        // A string takes everything.
        let mut add = |span: &Range<usize>, name: &'a str, write: &dyn Fn(&mut String) -> fmt::Result| {
            if !line.is_empty() {
                line.push(' ');
            }
            let start = line.len();
            if write(&mut line).is_ok() && line.len() - start > longest.0 {
                longest = (line.len() - start, Some((span.clone(), name)));
            }
        };
        for Slot { argument, given, .. } in &self.arguments {
            if let Some(Given { text: Some(text), span }) = given {
                add(span, argument.name, &|line| write_word(line, argument.name, text));
            }
        }
        for (word, span) in &self.rest {
            let name = self.declaration.rest().unwrap_or_default();
            let arguments = || self.declaration.arguments().map(|argument| argument.name);
            add(span, name, &|line| write_rest(line, word, arguments()));
        }
        if let (true, (bytes, Some((span, name)))) = (line.len() > MAX_BYTES, longest) {
            let title = format!("the boot command line has {} bytes, and at most {MAX_BYTES} fit", line.len());
            let fault = Fault::new(title).at(span, format!("`{name}` alone takes {bytes} of them"));
            self.faults.push(fault.help("shorten the values: a boot command line is for settings, not for data"));
        }
        line
    }
}

/// Reports a manifest that is for another application.
fn other_application(manifest: &Manifest, declaration: &Decoded<'_>) -> Option<Fault> {
    let (named, built) = (manifest.application(), declaration.application());
    let app = manifest.entries.iter().find(|entry| entry.key == "app")?;
    (named != built).then(|| {
        Fault::new(format!("the manifest is for another application: `{named}`, not `{built}`"))
            .at(app.span.clone(), format!("the image is of `{built}`"))
            .help(format!("use a manifest of `{built}`, or write `app = \"{built}\"`"))
    })
}
