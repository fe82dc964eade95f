//! The contents of an image: its declaration, the values in force, its memory, its sizes.
//!
//! All of it is read from the image itself, from the notes and program headers of its kernel and from the command line that an
//! ISO carries; no source is needed, and none is trusted.

mod document;

use std::fmt;

use serde::Serialize;
use unikernel_vocabulary::Argument;
use unikernel_vocabulary::command_line::{self, unescape_in_place};

pub use self::document::Document;
use crate::audit::{self, Family};
use crate::elf::Kernel;
use crate::iso::Firmware;
use crate::table::{Align, Table, grouped};

/// What access is given by.
const PAGE_BYTES: u64 = 4096;

/// What is known of an image.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// Its kernel.
    pub kernel: &'a Kernel,
    /// The boot command line, where the values are known that go with the kernel.
    pub command_line: Option<&'a str>,
    /// What a program of the standard library asks of the system, where its symbols tell; empty for other programs.
    pub asks: Option<&'a [Family]>,
    /// What only an ISO has, where it is one.
    pub iso: Option<IsoSizes>,
}

/// What only an ISO has: its sizes, and what it boots from.
#[derive(Clone, Copy, Debug)]
pub struct IsoSizes {
    /// The whole image.
    pub image_bytes: u64,
    /// The kernel in it.
    pub kernel_bytes: u64,
    /// What it boots from.
    pub firmware: Firmware,
}

/// Where the value of an argument comes from, or why there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The boot command line of the image.
    CommandLine,
    /// The declaration.
    Default,
    /// There is none, and the kernel does not run without.
    Required,
    /// There is none, and none is needed.
    Optional,
}

/// The whole description, for people.
impl fmt::Display for Image<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let declaration = self.kernel.declaration();
        let mut text =
            format!("application  {} {}\n", visible(declaration.application()), visible(declaration.version()));
        if let Some(line) = self.command_line {
            text += &format!("boots with   {}\n", if line.is_empty() { "nothing".into() } else { visible(line) });
        }
        if let Some(iso) = self.iso {
            text += &format!("firmware     {}\n", iso.firmware);
        }
        text += &format!("\ndevices\n{}\narguments\n{}", self.devices(), self.arguments());
        match self.asks {
            Some([]) => {}
            Some(asks) => text += &format!("\nasks of the system\n{}", audit::summary(asks)),
            None => {
                text += "\nasks of the system\n  not told: an image has no symbols; `unikernel inspect -p APP` tells\n"
            }
        }
        text += &format!("\nmemory\n{}\nsizes\n{}", self.memory(), self.sizes());
        // Names are from the image, too.
        text.lines().try_for_each(|line| writeln!(f, "{}", visible(line)))
    }
}

impl Image<'_> {
    /// The declared devices, with what was fixed when the application was compiled.
    fn devices(&self) -> Table {
        let mut table = Table::new([Align::Left; 3]);
        for device in self.kernel.declaration().devices() {
            let kind = if device.name == device.kind { String::new() } else { device.kind.into() };
            let options: Vec<_> = device.fixed.map(|(name, value)| format!("{name} = {value}")).collect();
            table.row([format!("  {}", device.name), kind, options.join(", ")]);
        }
        or_none(table, self.kernel.declaration().devices().next().is_none())
    }

    /// The arguments: the allowed values, the values in force, and their origin.
    fn arguments(&self) -> Table {
        let mut table = Table::new([Align::Left; 4]);
        for argument in self.kernel.declaration().arguments() {
            let (value, origin) = self.in_force(&argument);
            let value = value.map_or("-".into(), |value| plain(&value));
            let origin = match origin {
                Origin::CommandLine => "given",
                Origin::Default => "default",
                Origin::Required => "required",
                Origin::Optional => "optional",
            };
            table.row([format!("  {}", argument.name), value, origin.into(), argument.kind.to_string()]);
        }
        let rest = self.kernel.declaration().rest();
        if let Some(name) = rest {
            let words: Vec<_> = self.rest().iter().map(|word| plain(word)).collect();
            let (value, origin) = if words.is_empty() { ("-".into(), "optional") } else { (words.join(" "), "given") };
            table.row([format!("  ..{name}"), value, origin.into(), "any other words".into()]);
        }
        or_none(table, self.kernel.declaration().arguments().next().is_none() && rest.is_none())
    }

    /// The words of the command line that no argument takes, as they reach the application.
    fn rest(&self) -> Vec<String> {
        let arguments = self.kernel.declaration().arguments().map(|argument| argument.name);
        let words = self.command_line.into_iter().flat_map(|line| command_line::rest_of(line, arguments.clone()));
        let plain = words.map(|word| {
            let mut text = String::new();
            // A string takes everything.
            let _ = word.write_plain(&mut text);
            text
        });
        plain.collect()
    }

    fn in_force(&self, argument: &Argument<'_>) -> (Option<String>, Origin) {
        let words = self.command_line.into_iter().flat_map(command_line::words).flatten();
        // The last of two wins, at boot as here.
        let given =
            words.filter(|word| word.key == argument.name).last().and_then(|word| Some((word.value?, word.quoted)));
        match (given, argument.default) {
            (Some((value, quoted)), _) => {
                (Some(if quoted { unescaped(value) } else { value.into() }), Origin::CommandLine)
            }
            (None, Some(default)) => (Some(default.into()), Origin::Default),
            (None, None) if argument.is_required() => (None, Origin::Required),
            (None, None) => (None, Origin::Optional),
        }
    }

    /// What is loaded where, and what may be done there.
    fn memory(&self) -> Table {
        let mut table = Table::new([Align::Left, Align::Left, Align::Right, Align::Right]);
        table.row(["  addresses", "access", "in the file", "in memory"]);
        let mut mapped_end = None;
        for segment in self.kernel.segments() {
            let first_page = segment.address & !(PAGE_BYTES - 1);
            if let Some(end) = mapped_end.filter(|end| *end < first_page) {
                table.row([range(end, first_page), "---".into(), String::new(), "never mapped".into()]);
            }
            mapped_end = Some(segment.end().next_multiple_of(PAGE_BYTES));
            let bytes = grouped(segment.bytes.len() as u64);
            table.row([
                range(segment.address, segment.end()),
                segment.access.to_string(),
                bytes,
                grouped(segment.memory_size),
            ]);
        }
        let start = self.kernel.segments().first().map_or(0, |segment| segment.address);
        let end = self.kernel.image_end();
        let loaded = grouped(self.kernel.loaded_size());
        table.row([range(start, end), "all".into(), loaded, grouped(end - start)]);
        table.row([format!("  {:#010x}", self.kernel.entry()), "PVH entry".into()]);
        table
    }

    fn sizes(&self) -> Table {
        let mut table = Table::new([Align::Left, Align::Right]);
        if let Some(iso) = self.iso {
            table.row(["  ISO".into(), bytes(iso.image_bytes)]);
            table.row(["  KERNEL.ELF".into(), bytes(iso.kernel_bytes)]);
        } else {
            table.row(["  ELF".into(), bytes(self.kernel.bytes().len() as u64)]);
        }
        table.row(["  loaded image".into(), bytes(self.kernel.loaded_size())]);
        table
    }
}

/// A value as it is, or in quotes where one would not see what it is.
fn plain(value: &str) -> String {
    let is_plain = |letter: char| !letter.is_control() && !letter.is_whitespace() && letter != '"';
    if !value.is_empty() && value.chars().all(is_plain) { value.into() } else { format!("{value:?}") }
}

/// A line with its control characters written out: an image from elsewhere must not command the terminal.
fn visible(line: &str) -> String {
    let mut text = String::new();
    for letter in line.chars() {
        if letter.is_control() {
            text.extend(letter.escape_debug());
        } else {
            text.push(letter);
        }
    }
    text
}

fn bytes(number: u64) -> String {
    format!("{} bytes", grouped(number))
}

fn range(start: u64, end: u64) -> String {
    format!("  {start:#010x}..{end:#010x}")
}

fn or_none(mut table: Table, is_empty: bool) -> Table {
    if is_empty {
        table.row(["  none"]);
    }
    table
}

fn unescaped(value: &str) -> String {
    let mut bytes = value.as_bytes().to_vec();
    let length = unescape_in_place(&mut bytes);
    bytes.truncate(length);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
