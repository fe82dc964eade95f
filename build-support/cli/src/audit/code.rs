//! Attributes code by line tables, then by symbols; the rest is padding or unattributed.
//!
//! Every row of the line tables names the file of the innermost function that was inlined at its place; the functions around
//! it are in the debug information beside them. Assembly has no rows: there, the function's symbol tells.

use std::borrow::Cow;
use std::ops::Range;

use addr2line::gimli;

use super::Error;
use super::image::{Image, Section};
use super::source::{ApplicationSource, Source, crate_name};
use crate::elf::Kernel;
use crate::elf::debug_information::{Context, Reader};

/// The line tables of a kernel.
pub(super) struct Lines<'a> {
    context: Context<'a>,
    application: ApplicationSource,
}

/// A range of code that has one source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub(super) range: Range<u64>,
    /// The functions that the code is of: the innermost inlined one first, the one that is really there last. Empty where nothing
    /// tells.
    pub(super) frames: Vec<Frame>,
    /// Whether it is there to place what follows, and never runs.
    pub(super) is_padding: bool,
}

/// A function, and where in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Frame {
    pub(super) source: Source,
    pub(super) function: String,
    /// `FILE:LINE`, empty where only a symbol tells.
    pub(super) place: String,
}

/// The longest run of filling bytes between two functions that is padding: a cache line.
const PADDING_MAX: u64 = 64;

impl<'a> Lines<'a> {
    /// Reads the line tables.
    ///
    /// # Errors
    /// There are none.
    pub(super) fn read(kernel: &'a Kernel) -> Result<Self, Error> {
        let dwarf = kernel.debug_information().map_err(Error::malformed)?;
        let application = application(&dwarf, kernel.declaration().application())?;
        let context = Context::from_dwarf(dwarf).map_err(Error::malformed)?;
        Ok(Self { context, application })
    }

    /// What tells the application from other crates.
    pub(super) const fn application(&self) -> &ApplicationSource {
        &self.application
    }

    /// Divides the code of a kernel into spans, by ascending address and without holes.
    pub(super) fn spans(&self, image: &Image<'_>) -> Result<Vec<Span>, Error> {
        let mut spans = Vec::new();
        for section in image.sections.iter().chain(&image.gaps).filter(|section| section.executable) {
            let mut at = section.address;
            let end = section.range().end;
            let rows = self.context.find_location_range(at, end).map_err(Error::malformed)?;
            let mut rows: Vec<_> = rows.map(|(address, length, _)| address..address + length).collect();
            rows.sort_by_key(|row| row.start);
            for row in rows {
                let row = row.start.max(at)..row.end.min(end);
                if row.is_empty() {
                    continue;
                }
                self.without_rows(at..row.start, section, image, &mut spans);
                let frames = self.frames(row.start)?;
                at = row.end;
                push(&mut spans, Span { range: row, frames, is_padding: false });
            }
            self.without_rows(at..end, section, image, &mut spans);
        }
        spans.sort_by_key(|span| span.range.start);
        Ok(spans)
    }

    /// The functions at an address.
    fn frames(&self, address: u64) -> Result<Vec<Frame>, Error> {
        let mut frames = Vec::new();
        let mut iterator = self.context.find_frames(address).skip_all_loads().map_err(Error::malformed)?;
        while let Some(frame) = iterator.next().map_err(Error::malformed)? {
            let Some(path) = frame.location.as_ref().and_then(|location| location.file) else { continue };
            let function = frame.function.as_ref().and_then(|function| function.demangle().ok());
            let path_shown = path.strip_prefix(&self.application.root).unwrap_or(path);
            let line = frame.location.as_ref().and_then(|location| location.line).unwrap_or(0);
            frames.push(Frame {
                source: Source::of_path(path, &self.application),
                function: function.map(Cow::into_owned).unwrap_or_default(),
                place: if line == 0 { path_shown.to_owned() } else { format!("{path_shown}:{line}") },
            });
        }
        Ok(frames)
    }

    /// Divides code that no row is of.
    fn without_rows(&self, range: Range<u64>, section: &Section<'_>, image: &Image<'_>, spans: &mut Vec<Span>) {
        let mut at = range.start;
        while at < range.end {
            if let Some(symbol) = image.symbol_at(at) {
                let end = symbol.range().end.min(range.end);
                let source = Source::of_symbol(&symbol.name, &self.application);
                let frame = source.map(|source| Frame { source, function: symbol.name.clone(), place: String::new() });
                push(spans, Span { range: at..end, frames: frame.into_iter().collect(), is_padding: false });
                at = end;
            } else {
                let next = image.symbols.iter().find(|symbol| symbol.address > at && symbol.size > 0);
                let end = next.map_or(range.end, |symbol| symbol.address.min(range.end));
                let bytes = &section.bytes[(at - section.address) as usize..(end - section.address) as usize];
                push(spans, Span { range: at..end, frames: Vec::new(), is_padding: is_padding(bytes) });
                at = end;
            }
        }
    }
}

/// Appends a span, to the last one where it goes on in the same way.
fn push(spans: &mut Vec<Span>, span: Span) {
    match spans.last_mut() {
        Some(last)
            if last.range.end == span.range.start
                && last.frames == span.frames
                && last.is_padding == span.is_padding =>
        {
            last.range.end = span.range.end;
        }
        _ if span.range.is_empty() => {}
        _ => spans.push(span),
    }
}

/// Whether bytes between functions are what linkers fill with: breakpoints, zeros, or instructions that do nothing.
fn is_padding(bytes: &[u8]) -> bool {
    const FILLING: [u8; 2] = [0xcc, 0];
    /// `nop` in its lengths: itself, `nop word ptr [rax]` and its longer forms, with prefixes.
    const NOTHING: [&[u8]; 8] = [
        &[0x90],
        &[0x66],
        &[0x2e],
        &[0x0f, 0x1f, 0x00],
        &[0x0f, 0x1f, 0x40, 0],
        &[0x0f, 0x1f, 0x44, 0, 0],
        &[0x0f, 0x1f, 0x80, 0, 0, 0, 0],
        &[0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
    ];
    if bytes.len() as u64 >= PADDING_MAX {
        return false;
    }
    if FILLING.iter().any(|filling| bytes.iter().all(|byte| byte == filling)) {
        return true;
    }
    let mut rest = bytes;
    while let Some(after) = NOTHING.iter().rev().find_map(|nothing| rest.strip_prefix(*nothing)) {
        rest = after;
    }
    rest.is_empty()
}

/// Finds the application's compilation unit: rustc names it `FILE/@/CRATE.HASH-cgu.N`.
fn application(dwarf: &gimli::Dwarf<Reader<'_>>, name: &str) -> Result<ApplicationSource, Error> {
    let crate_name = crate_name(name);
    let (mut folder, mut root) = (None, String::new());
    let mut headers = dwarf.units();
    let mut is_empty = true;
    while let Some(header) = headers.next().map_err(Error::malformed)? {
        is_empty = false;
        let unit = dwarf.unit(header).map_err(Error::malformed)?;
        let text = |reader: Option<Reader<'_>>| reader.map(|reader| reader.to_string_lossy().into_owned());
        let Some(name) = text(unit.name) else { continue };
        let Some(file) = main_file(&name, &crate_name) else { continue };
        let parent = file.rsplit_once('/').map_or("", |(parent, _)| parent);
        folder = Some(match text(unit.comp_dir) {
            Some(directory) => {
                root = format!("{directory}/");
                if parent.starts_with('/') { parent.to_owned() } else { format!("{directory}/{parent}") }
            }
            None => parent.to_owned(),
        });
    }
    if is_empty { Err(Error::NoLineTables) } else { Ok(ApplicationSource { folder, root, crate_name }) }
}

/// The main file of a program's crate, by the name of one of its units: `FILE/@/CRATE.HASH-cgu.0`, and `FILE/@/HASH` of an incremental
/// build, in which no library has such a file.
fn main_file<'n>(unit: &'n str, crate_name: &str) -> Option<&'n str> {
    let (file, unit) = unit.split_once("/@/")?;
    let is_it = match unit.split_once('.') {
        Some((name, _)) => name == crate_name,
        None => {
            let stem = file.rsplit_once('/').map_or(file, |(_, name)| name).strip_suffix(".rs")?;
            stem == "main" || self::crate_name(stem) == crate_name
        }
    };
    is_it.then_some(file)
}

#[cfg(test)]
mod tests;
