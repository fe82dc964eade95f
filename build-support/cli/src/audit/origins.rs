//! The source files and crates that the bytes of a kernel were written in.
//!
//! Other than the table of an audit, which counts every byte once, this names all: a function that was inlined has its file here,
//! and so do the functions around it.

use std::collections::BTreeSet;

use super::code::Lines;
use super::image::Image;
use super::source::{RUNTIME, Source, VOCABULARY};
use super::{Error, data, findings};
use crate::elf::Kernel;

/// The origins of the bytes of a kernel.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origins {
    /// The source files of code, as the line tables name them.
    pub files: BTreeSet<String>,
    /// The crates of code and data that only a symbol names, as code names them: assembly, statics.
    pub crates: BTreeSet<String>,
}

/// Reads the origins of a kernel from its line tables and symbols.
///
/// # Errors
/// When the kernel was stripped, or linked or compiled without what an audit reads.
pub fn origins(kernel: &Kernel) -> Result<Origins, Error> {
    let image = Image::read(kernel)?;
    let lines = Lines::read(kernel)?;
    let spans = lines.spans(&image)?;
    let code_at = |address: u64| Some(findings::span_at(&spans, address)?.frames.first()?.source.clone());
    let pieces = data::pieces(&image, lines.application(), code_at);

    let mut origins = Origins::default();
    for frame in spans.iter().flat_map(|span| &span.frames) {
        // A place without a line is that of code that the compiler made for this file.
        let file = frame.place.rsplit_once(':').map_or(frame.place.as_str(), |(file, _)| file);
        if file.is_empty() {
            origins.crates.extend(crate_of(&frame.source));
        } else if file.starts_with('/') {
            origins.files.insert(file.into());
        } else {
            origins.files.insert(format!("{}{file}", lines.application().root));
        }
    }
    let named = pieces.iter().filter_map(|piece| piece.symbol.as_deref());
    let sources = named.filter_map(|symbol| Source::of_symbol(symbol, lines.application()));
    origins.crates.extend(sources.filter_map(|source| crate_of(&source)));
    Ok(origins)
}

/// The crate of a source; none for the application.
fn crate_of(source: &Source) -> Option<String> {
    match source {
        Source::Runtime(_) => Some(RUNTIME.into()),
        Source::Vocabulary(_) => Some(VOCABULARY.into()),
        Source::Crate(name) => Some(name.clone()),
        Source::Application => None,
    }
}
