//! The page on memory of the host.

extern crate std;

use super::*;
use std::string::String;
use std::vec::Vec;
use std::{format, vec};

impl Memory for Vec<u16> {
    fn read(&self, cell: usize) -> u16 {
        self[cell]
    }

    fn write(&mut self, cell: usize, value: u16) {
        self[cell] = value;
    }
}

fn page(start: usize, cursor: usize) -> Page<Vec<u16>> {
    Page::new(vec![BLANK; MEMORY_CELLS], start, cursor)
}

fn put(page: &mut Page<Vec<u16>>, text: &str) {
    text.bytes().for_each(|byte| page.put(byte));
}

/// What is shown, without the blanks at the ends of lines.
fn shown(page: &Page<Vec<u16>>) -> Vec<String> {
    let cells = &page.memory[page.start..page.start + SCREEN_CELLS];
    let line = |cells: &[u16]| cells.iter().map(|cell| char::from(*cell as u8)).collect::<String>().trim_end().into();
    cells.chunks(COLUMNS).map(line).collect()
}

#[test]
fn text_goes_on_at_the_cursor() {
    let mut page = page(0, 3 * COLUMNS);
    put(&mut page, "ready\nnext\rN\ttab\x08B");
    let lines = shown(&page);
    assert_eq!((lines[3].as_str(), lines[4].as_str()), ("ready", "Next    taB"));
    assert_eq!(page.cursor, 4 * COLUMNS + 11);
    assert_eq!(page.memory[3 * COLUMNS], 0x0772, "light grey on black");
}

#[test]
fn what_is_not_ascii_is_a_question_mark_for_each_character() {
    let mut page = page(0, 0);
    put(&mut page, "gr\u{fc}n \u{20ac} \u{1f600}\x1b[0m\x7f");
    assert_eq!(shown(&page)[0], "gr?n ? ?[0m");
}

#[test]
fn a_long_line_goes_on_in_the_next() {
    let mut page = page(0, 0);
    put(&mut page, &"x".repeat(COLUMNS + 1));
    assert_eq!((shown(&page)[0].len(), shown(&page)[1].as_str()), (COLUMNS, "x"));
}

#[test]
fn a_full_screen_scrolls_and_no_line_is_lost_at_the_end_of_the_memory() {
    let mut page = page(0, 0);
    for line in 0..1000 {
        put(&mut page, &format!("line {line}\n"));
        let lines = shown(&page);
        let last = usize::min(line, ROWS - 2);
        assert_eq!(lines[last], format!("line {line}"));
        assert_eq!(lines[0], format!("line {}", line - last));
        assert_eq!(lines[last + 1], "");
        assert!(page.start + SCREEN_CELLS <= MEMORY_CELLS);
    }
}

#[test]
fn registers_that_say_nonsense_are_not_believed() {
    for (start, cursor) in [(1, 0), (MEMORY_CELLS, 0), (0xffff, 0xffff), (0, SCREEN_CELLS), (COLUMNS, 0)] {
        let mut page = page(start, cursor);
        put(&mut page, &"y\n".repeat(300));
        assert_eq!(shown(&page)[ROWS - 2], "y", "{start} {cursor}");
    }
}
