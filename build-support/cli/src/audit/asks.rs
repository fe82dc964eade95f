//! What a program of the standard library asks of the system: the functions of C that it calls, and who calls them.
//!
//! A call is found as an audit finds every use: where the function was inlined, the functions around it are its callers; where it
//! was not, those that refer to it are, by the relocations that the linker has kept. Callers are followed out of the standard library,
//! up to the crates that use it. One that is called by way of a table of functions counts for whoever refers to the table.

mod families;
mod name;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Serialize;

use self::families::FAMILIES;
pub use self::report::summary;
pub(super) use self::report::table;
use super::code::Span;
use super::components::{COMPONENTS, component_of};
use super::data::{Piece, piece_at};
use super::findings::span_at;
use super::image::{Image, Reference};
use super::source::Source;

/// A family of functions, and those of them that the program calls.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Family {
    /// Its name: `sockets`, `files`.
    pub family: &'static str,
    /// The functions, by name.
    pub functions: Vec<Function>,
}

/// A function of C that the program calls.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Its callers.
    pub callers: Vec<Caller>,
}

/// Who calls a function of C.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Caller {
    /// The function.
    pub function: String,
    /// Its crate, or `application`.
    pub package: String,
    /// The crates that call it by way of the standard library; empty where the caller is not of that.
    pub used_by: BTreeSet<String>,
}

/// The functions of C that are called.
pub(super) fn find(image: &Image<'_>, spans: &[Span], pieces: &[Piece]) -> Vec<Family> {
    let calls = Calls::new(image, spans, pieces);
    // Most functions have several spans; those with the same callers count once.
    let mut seen = BTreeSet::new();
    let mut found = BTreeMap::<&str, BTreeMap<(String, String), BTreeSet<String>>>::new();
    for span in spans {
        for at in 0..span.frames.len() {
            let Some(name) = function_of_c(image, span, at) else { continue };
            let outer: Vec<_> = span.frames[at + 1..].iter().map(|frame| &frame.function).collect();
            if !seen.insert((name, calls.function(span).start, outer)) {
                continue;
            }
            for (caller, used_by) in calls.callers(span, at + 1) {
                found.entry(name).or_default().entry(caller).or_default().extend(used_by);
            }
        }
    }
    let mut families = Vec::<Family>::new();
    for (part, name) in FAMILIES.iter().flat_map(|part| part.names().map(move |name| (part, name))) {
        let Some(callers) = found.get(name) else { continue };
        let callers = callers.iter().map(|((function, package), used_by)| Caller {
            function: function.clone(),
            package: package.clone(),
            used_by: used_by.clone(),
        });
        let function = Function { name, callers: callers.collect() };
        match families.last_mut().filter(|last| last.family == part.family) {
            Some(last) => last.functions.push(function),
            None => families.push(Family { family: part.family, functions: vec![function] }),
        }
    }
    families
}

/// The function of C that a span is of, at one of its frames.
///
/// A function that is there by itself has a symbol, whose name has no path: those of Rust have one. An inlined one has the name that
/// it was written with, as a method of the runtime may have it, too: there, the file counts as well.
fn function_of_c<'a>(image: &'a Image<'_>, span: &'a Span, at: usize) -> Option<&'static str> {
    let frame = &span.frames[at];
    let parts = |name: &'a str| {
        FAMILIES.iter().filter_map(move |part| Some((part, part.names().find(|known| *known == name)?)))
    };
    if at + 1 == span.frames.len() && matches!(frame.source, Source::Runtime(_) | Source::Application) {
        return parts(&image.symbol_at(span.range.start)?.name).map(|(_, name)| name).next();
    }
    let Source::Runtime(path) = &frame.source else { return None };
    let file = path.strip_prefix("posix/")?;
    parts(&frame.function).find(|(part, _)| part.file == file).map(|(_, name)| name)
}

/// How a frame counts, on the way from a function to who asks for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of the runtime, or of what has no say of its own: others call by way of it.
    Passed,
    /// Of the standard library.
    Library,
    /// Of a crate that uses it.
    User,
}

fn package(source: &Source) -> String {
    match source {
        Source::Application => "application".into(),
        source => source.to_string(),
    }
}

/// A caller, by function and crate, and the crates that use it.
type Found = ((String, String), BTreeSet<String>);

/// Who calls whom.
struct Calls<'a> {
    image: &'a Image<'a>,
    spans: &'a [Span],
    pieces: &'a [Piece],
    /// By the place that is referred to.
    references: Vec<Reference>,
}

impl<'a> Calls<'a> {
    fn new(image: &'a Image<'a>, spans: &'a [Span], pieces: &'a [Piece]) -> Self {
        let mut references: Vec<_> = image.references.iter().filter(|reference| !reference.in_table).copied().collect();
        references.sort_by_key(|reference| reference.to);
        Self { image, spans, pieces, references }
    }

    fn kind(&self, span: &Span, at: usize) -> Kind {
        match &span.frames[at].source {
            Source::Runtime(_) | Source::Vocabulary(_) => Kind::Passed,
            source if source.is_library() => Kind::Passed,
            // What the compiler adds for the allocator.
            Source::Crate(name) if name == "__rustc" => Kind::Passed,
            _ if function_of_c(self.image, span, at).is_some() => Kind::Passed,
            source => match component_of(source) {
                Some(component) if COMPONENTS[component].name == "std" => Kind::Library,
                _ => Kind::User,
            },
        }
    }

    /// The name of a function: of one that is there by itself, its symbol's.
    fn name(&self, span: &Span, at: usize) -> String {
        let symbol = || self.image.symbol_at(span.range.start).filter(|_| at + 1 == span.frames.len());
        let name = symbol().map_or(span.frames[at].function.as_str(), |symbol| &symbol.name);
        name::short(&format!("{:#}", rustc_demangle::demangle(name)))
    }

    /// The nearest callers outside of the runtime of what the frames of a span from `at` on surround.
    fn callers(&self, span: &'a Span, at: usize) -> Vec<Found> {
        let mut found = Vec::new();
        self.climb(span, at, &mut |span, at| {
            let kind = self.kind(span, at);
            if kind == Kind::Passed {
                return false;
            }
            let mut used_by = BTreeSet::new();
            if kind == Kind::Library {
                self.climb(span, at, &mut |span, at| {
                    let is_user = self.kind(span, at) == Kind::User;
                    if is_user {
                        used_by.insert(package(&span.frames[at].source));
                    }
                    is_user
                });
            }
            found.push(((self.name(span, at), package(&span.frames[at].source)), used_by));
            true
        });
        found
    }

    /// Visits callers, from the inside out, and those of each function that no caller has an end in: `is_end` says where to stop.
    fn climb(&self, span: &'a Span, at: usize, is_end: &mut impl FnMut(&'a Span, usize) -> bool) {
        let mut seen = BTreeSet::new();
        let mut pending = vec![(span, at)];
        while let Some((span, at)) = pending.pop() {
            if (at..span.frames.len()).any(|at| is_end(span, at)) {
                continue;
            }
            let function = self.function(span);
            if seen.insert(function.start) {
                self.referrers(&function, &mut seen, &mut pending);
            }
        }
    }

    /// The function that a span really lies in.
    fn function(&self, span: &Span) -> Range<u64> {
        self.image.symbol_at(span.range.start).map_or(span.range.clone(), |symbol| symbol.range())
    }

    /// The code that refers to a range, be it by way of data.
    fn referrers(&self, range: &Range<u64>, seen: &mut BTreeSet<u64>, found: &mut Vec<(&'a Span, usize)>) {
        let first = self.references.partition_point(|reference| reference.to < range.start);
        let into = self.references[first..].iter().take_while(|reference| reference.to < range.end);
        for reference in into.filter(|reference| !range.contains(&reference.from)) {
            if let Some(span) = span_at(self.spans, reference.from) {
                found.push((span, 0));
            } else if let Some(index) = piece_at(self.pieces, reference.from) {
                let range = self.pieces[index].range.clone();
                if seen.insert(range.start) {
                    self.referrers(&range, seen, found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
