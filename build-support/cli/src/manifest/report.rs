//! Errors of a manifest, and their rendering.

use std::{
    error::Error,
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

/// All errors of a manifest.
///
/// Displayed, it is plain text, for logs and pipes; [`Self::render`] has colours for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    path: PathBuf,
    text: Option<String>,
    faults: Vec<Fault>,
}

/// One error of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    title: String,
    /// The bytes at fault and what is said under them, then those that have to do with it.
    places: Vec<(Range<usize>, String)>,
    help: Option<String>,
    paste: Option<String>,
}

impl Fault {
    pub(super) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), places: Vec::new(), help: None, paste: None }
    }

    /// Adds the bytes at fault and what is said right under them.
    pub(super) fn at(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.places.insert(0, (span, label.into()));
        self
    }

    /// Adds a second place that the fault has to do with.
    pub(super) fn and(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.places.push((span, label.into()));
        self
    }

    /// Adds a line on how to correct it.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Adds lines to paste, which the help announces; they stand below all else, at the margin.
    pub(super) fn paste(self, lines: impl Into<String>) -> Self {
        Self { paste: Some(lines.into()), ..self }
    }

    fn render(&self, renderer: &Renderer, path: &str, text: Option<&str>) -> String {
        let mut group = Group::with_title(Level::ERROR.primary_title(&self.title));
        if let (Some(text), Some(((span, label), others))) = (text, self.places.split_first()) {
            let annotation = AnnotationKind::Primary.span(span.clone()).label(label);
            let other = others.iter();
            let other = other.map(|(span, label)| AnnotationKind::Context.span(span.clone()).label(label));
            let snippet = Snippet::source(text).path(path).annotation(annotation).annotations(other);
            group = group.element(snippet);
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        let rendered = renderer.render(&[group]);
        match &self.paste {
            Some(paste) => format!("{rendered}\n\n{}", paste.trim_end()),
            None => rendered,
        }
    }
}

impl Report {
    /// Sorts faults by their place; there is at least one.
    pub(super) fn new(path: &Path, text: Option<&str>, mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| fault.places.first().map(|(span, _)| span.start));
        Self { path: path.into(), text: text.map(Into::into), faults }
    }

    /// Renders the report, with the colours of a terminal where wanted. It does not end with a line feed.
    #[must_use]
    pub fn render(&self, colours: bool) -> String {
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        let path = self.path.to_string_lossy();
        let text = self.text.as_deref();
        let faults: Vec<_> = self.faults.iter().map(|fault| fault.render(&renderer, &path, text)).collect();
        faults.join("\n\n")
    }
}

/// An error of a manifest as an item of a document.
#[derive(Debug, Serialize)]
pub struct FaultDocument {
    message: String,
    path: String,
    /// The first place, from 1 on, if there is one; columns are characters.
    line: Option<usize>,
    column: Option<usize>,
    label: Option<String>,
    help: Option<String>,
    /// Lines to paste into the manifest.
    paste: Option<String>,
}

impl Report {
    /// The errors as items of a document.
    #[must_use]
    pub fn document(&self) -> Vec<FaultDocument> {
        let faults = self.faults.iter().map(|fault| {
            let place = fault.places.first();
            let before = place.zip(self.text.as_deref()).and_then(|((span, _), text)| text.get(..span.start));
            FaultDocument {
                message: fault.title.clone(),
                path: self.path.display().to_string(),
                line: before.map(|text| text.matches('\n').count() + 1),
                column: before.map(|text| text.rsplit('\n').next().unwrap_or_default().chars().count() + 1),
                label: place.map(|(_, label)| label.clone()).filter(|label| !label.is_empty()),
                help: fault.help.clone(),
                paste: fault.paste.clone(),
            }
        });
        faults.collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl Error for Report {}
