//! What fills the room between functions.

use super::*;

#[test]
fn linkers_fill_with_breakpoints_zeros_or_instructions_that_do_nothing() {
    for bytes in [
        &[0xcc; 15][..],
        &[0; 7],
        &[0x90],
        &[0x66, 0x90],
        &[0x0f, 0x1f, 0x40, 0x00, 0x90],
        &[0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
        &[],
    ] {
        assert!(is_padding(bytes), "{bytes:02x?}");
    }
}

#[test]
fn code_is_no_padding() {
    for bytes in [&[0xc3][..], &[0x90, 0xc3], &[0xcc, 0, 0xcc], &[0x0f, 0x1f], &[0x0f, 0x0b], &[0xcc; 64]] {
        assert!(!is_padding(bytes), "{bytes:02x?}");
    }
}

#[test]
fn spans_that_go_on_in_the_same_way_are_one() {
    let frame =
        |line: u32| Frame { source: Source::Application, function: "main".into(), place: format!("main.rs:{line}") };
    let span = |range, frames| Span { range, frames, is_padding: false };
    let mut spans = Vec::new();
    push(&mut spans, span(0..4, vec![frame(1)]));
    push(&mut spans, span(4..8, vec![frame(1)]));
    push(&mut spans, span(8..8, vec![frame(2)]));
    push(&mut spans, span(8..9, vec![frame(2)]));
    push(&mut spans, span(12..16, vec![frame(2)]));
    assert_eq!(spans.iter().map(|span| span.range.clone()).collect::<Vec<_>>(), [0..8, 8..9, 12..16]);
}
