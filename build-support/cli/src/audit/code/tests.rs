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

#[test]
fn the_main_file_of_a_program_is_known_in_either_kind_of_build() {
    for (unit, expected) in [
        ("apps/my-app/src/main.rs/@/my_app.6e0a1-cgu.0", Some("apps/my-app/src/main.rs")),
        ("src/lib.rs/@/other.6e0a1-cgu.0", None),
        ("crates/src/bin/my-app.rs/@/031nq474q9b0lgqo5o05e0t0p", Some("crates/src/bin/my-app.rs")),
        ("src/main.rs/@/031nq474q9b0lgqo5o05e0t0p", Some("src/main.rs")),
        ("src/lib.rs/@/031nq474q9b0lgqo5o05e0t0p", None),
        ("zstd.c", None),
    ] {
        assert_eq!(main_file(unit, "my_app"), expected, "{unit}");
    }
}
