//! Undeclared components in small kernels made by hand.

use super::super::Source;
use super::super::image::{Reference, Section, Symbol};
use super::*;

const CODE: u64 = 0x101000;
const DATA: u64 = 0x103000;

fn frame(source: Source, function: &str) -> Frame {
    Frame { source, function: function.into(), place: format!("{function}.rs:7") }
}

fn core(function: &str) -> Frame {
    frame(Source::Crate("core".into()), function)
}

fn runtime(path: &str, function: &str) -> Frame {
    frame(Source::Runtime(path.into()), function)
}

fn main() -> Frame {
    frame(Source::Application, "main")
}

fn span(start: u64, end: u64, frames: Vec<Frame>) -> Span {
    Span { range: CODE + start..CODE + end, frames, is_padding: false }
}

/// What is found in code, with references by offset from code to code, where only `boot` is declared.
fn found(spans: &[Span], symbols: &[(u64, u64)], references: &[(u64, u64)], pieces: &[Piece]) -> Vec<Finding> {
    let symbol = |(start, end): &(u64, u64)| Symbol { address: CODE + start, size: end - start, name: "f".into() };
    let reference = |(from, to): &(u64, u64)| Reference { from: CODE + from, to: CODE + to, in_table: false };
    let image = Image {
        sections: vec![Section { address: CODE, bytes: &[0x90; 64], executable: true }],
        gaps: Vec::new(),
        symbols: symbols.iter().map(symbol).collect(),
        references: references.iter().map(reference).collect(),
    };
    let boot = COMPONENTS.iter().position(|component| component.name == "boot").expect("a component");
    find(&image, spans, pieces, &Declared::from([(boot, None)]))
}

fn user(how: Use, name: &str) -> User {
    User { how, name: name.into(), place: format!("{name}.rs:7") }
}

#[test]
fn nothing_is_found_of_what_is_declared() {
    let spans = [span(0, 8, vec![core("min"), runtime("report", "digits"), main()])];
    assert_eq!(found(&spans, &[(0, 8)], &[], &[]), []);
}

#[test]
fn code_of_core_in_an_undeclared_function_is_found() {
    let spans = [
        span(0, 4, vec![main()]),
        span(4, 8, vec![core("from_str"), runtime("from_arg", "parse"), core("map"), main()]),
    ];
    let [finding] = found(&spans, &[(0, 8)], &[], &[]).try_into().expect("one finding");
    assert_eq!((finding.component, finding.name.as_str(), finding.bytes), ("arguments", "parse", 4));
    assert_eq!((finding.file.as_str(), finding.address), ("parse.rs", CODE + 4));
    assert_eq!(finding.used_by, BTreeSet::from([user(Use::Inlined, "main")]), "not `map`, which is nobody's");
}

#[test]
fn the_function_that_others_use_is_told() {
    let send = |outer: Vec<Frame>| {
        [vec![runtime("drivers/uart", "send"), runtime("devices/console", "write")], outer].concat()
    };
    let spans = [
        span(0, 8, send(Vec::new())),
        span(8, 12, vec![main()]),
        span(12, 16, send(vec![frame(Source::Application, "run")])),
    ];
    // `main` calls; the function refers to itself, which is no use of it.
    let findings = found(&spans, &[(0, 8), (8, 16)], &[(9, 0), (5, 0)], &[]);
    let [finding] = findings.try_into().expect("one finding");
    assert_eq!((finding.name.as_str(), finding.bytes), ("write", 12));
    assert_eq!(finding.used_by, BTreeSet::from([user(Use::Inlined, "run"), user(Use::Referred, "main")]));
}

#[test]
fn a_dependency_of_an_undeclared_component_is_found() {
    let spans = [span(0, 8, vec![frame(Source::Crate("uart_16550".into()), "init"), main()])];
    let [finding] = found(&spans, &[(0, 8)], &[], &[]).try_into().expect("one finding");
    assert_eq!((finding.component, finding.name.as_str()), ("serial", "init"));
}

#[test]
fn data_of_an_undeclared_component_is_found() {
    let piece = |sources: &[Source]| Piece {
        range: DATA..DATA + 16,
        symbol: Some(".Lanon.0.1".into()),
        referrers: vec![CODE + 1],
        sources: sources.iter().cloned().collect(),
        is_padding: false,
    };
    let spans = [span(0, 4, vec![main()])];
    let arguments = Source::Runtime("arguments".into());
    let [finding] =
        found(&spans, &[], &[], &[piece(std::slice::from_ref(&arguments))]).try_into().expect("one finding");
    assert_eq!((finding.component, finding.name.as_str(), finding.bytes), ("arguments", "constants", 16));
    assert_eq!(finding.used_by, BTreeSet::from([user(Use::Referred, "main")]));
    // What the application needs as well is its own.
    assert_eq!(found(&spans, &[], &[], &[piece(&[arguments, Source::Application])]), []);
    let driver = piece(&[Source::Crate("uart_16550".into())]);
    assert_eq!(found(&spans, &[], &[], &[driver])[0].component, "serial");
}
