//! Undeclared components in a kernel, and the code that uses them.
//!
//! Code is undeclared when any of the functions that it is of belongs to such a component: not only the innermost one, for what
//! remains of a function after inlining is often the code of `core` that it calls.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Owner;
use super::code::{Frame, Span};
use super::components::{COMPONENTS, Declared, component_of};
use super::data::Piece;
use super::image::Image;

/// A part of an undeclared component.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// The component.
    pub component: &'static str,
    /// The function of the component that others use, or the name of data where it has one.
    pub name: String,
    /// Its file.
    pub file: String,
    /// How many bytes of it there are.
    pub bytes: u64,
    /// The address of the first of them.
    pub address: u64,
    /// Its users outside of the component.
    pub used_by: BTreeSet<User>,
}

/// A user of an undeclared component.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct User {
    /// How it uses it.
    pub how: Use,
    /// The function, or the name of data.
    pub name: String,
    /// `FILE:LINE`, as far as it is known.
    pub place: String,
}

/// How something is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Use {
    /// It was inlined there.
    Inlined,
    /// There is a reference to it: a call, an address.
    Referred,
}

impl Frame {
    fn file(&self) -> String {
        let file = self.place.rsplit_once(':').map_or(self.place.as_str(), |(file, _)| file);
        if file.is_empty() { self.source.to_string() } else { file.to_owned() }
    }
}

/// The span that an address lies in.
pub(super) fn span_at(spans: &[Span], address: u64) -> Option<&Span> {
    let before = spans.partition_point(|span| span.range.start <= address).checked_sub(1)?;
    spans.get(before).filter(|span| span.range.contains(&address))
}

/// Finds everything of components that are not in `declared`.
pub(super) fn find(image: &Image<'_>, spans: &[Span], pieces: &[Piece], declared: &Declared) -> Vec<Finding> {
    let undeclared = |frame: &Frame| component_of(&frame.source).filter(|index| !declared.contains_key(index));
    let mut findings = BTreeMap::<(usize, String, String), Finding>::new();
    let mut note = |component: usize, name: &str, file: String, range: &std::ops::Range<u64>, users: Vec<User>| {
        let found = findings.entry((component, file.clone(), name.to_owned())).or_insert_with(|| Finding {
            component: COMPONENTS[component].name,
            name: name.to_owned(),
            file,
            bytes: 0,
            address: range.start,
            used_by: BTreeSet::new(),
        });
        found.bytes += range.end - range.start;
        found.used_by.extend(users);
    };
    // Whoever is outside of the component, at a place of code or data.
    let user_at = |address: u64, component: usize| {
        if let Some(span) = span_at(spans, address) {
            let frame = span.frames.iter().find(|frame| !frame.source.is_library())?;
            let is_outside = component_of(&frame.source) != Some(component);
            return is_outside.then(|| User::new(Use::Referred, frame));
        }
        let piece = pieces.iter().find(|piece| piece.range.contains(&address))?;
        let owner = Owner::of_shared(&piece.sources, declared)?;
        let name =
            piece.symbol.clone().filter(|name| !name.starts_with(".L")).unwrap_or_else(|| format!("data of {owner}"));
        (owner.component() != Some(component)).then_some(User { how: Use::Referred, name, place: String::new() })
    };
    for span in spans {
        // From the inside out: the last function of the component is the one that others use.
        let Some((at, component)) =
            span.frames.iter().enumerate().rev().find_map(|(at, frame)| Some((at, undeclared(frame)?)))
        else {
            continue;
        };
        let frame = &span.frames[at];
        let outer = &span.frames[at + 1..];
        let users = match outer.iter().find(|frame| !frame.source.is_library()).or(outer.first()) {
            Some(outer) => vec![User::new(Use::Inlined, outer)],
            None => {
                let function = image.symbol_at(span.range.start).map_or(span.range.clone(), |symbol| symbol.range());
                let references = image.references.iter();
                let into = references
                    .filter(|reference| function.contains(&reference.to) && !function.contains(&reference.from));
                into.filter_map(|reference| user_at(reference.from, component)).collect()
            }
        };
        note(component, &frame.function, frame.file(), &span.range, users);
    }
    for piece in pieces {
        let Some(component) = Owner::of_shared(&piece.sources, declared).and_then(|owner| owner.component()) else {
            continue;
        };
        if declared.contains_key(&component) {
            continue;
        }
        let users = piece.referrers.iter().filter_map(|from| user_at(*from, component)).collect();
        let source = piece.sources.first().map(ToString::to_string).unwrap_or_default();
        let name = piece.symbol.as_deref().filter(|name| !name.starts_with(".L")).unwrap_or("constants");
        note(component, name, source, &piece.range, users);
    }
    findings.into_values().collect()
}

impl User {
    fn new(how: Use, frame: &Frame) -> Self {
        let place = if frame.place.is_empty() { frame.source.to_string() } else { frame.place.clone() };
        Self { how, name: frame.function.clone(), place }
    }
}

#[cfg(test)]
mod tests;
