//! Small pieces of data and who refers to them.

use super::*;

const START: u64 = 0x103000;

fn section(bytes: &[u8]) -> Section<'_> {
    Section { address: START, bytes, executable: false }
}

fn symbol(offset: u64, size: u64, name: &str) -> Symbol {
    Symbol { address: START + offset, size, name: name.into() }
}

fn reference(from: u64, to: u64) -> Reference {
    Reference { from, to: START + to, in_table: false }
}

/// Ranges by offset, with whether they are padding.
fn ranges(pieces: &[Piece]) -> Vec<(Range<u64>, bool)> {
    pieces.iter().map(|piece| (piece.range.start - START..piece.range.end - START, piece.is_padding)).collect()
}

fn third(name: &str) -> Source {
    Source::Crate(name.into())
}

#[test]
fn data_is_divided_where_something_begins() {
    let bytes = [1; 32];
    let pieces =
        divide(&section(&bytes), &[symbol(8, 8, "a"), symbol(24, 0, ".L1")], &[reference(1, 0), reference(2, 4)]);
    let wanted = [(0..4, false), (4..8, false), (8..16, false), (16..24, false), (24..32, false)];
    assert_eq!(ranges(&pieces), wanted);
    let symbols: Vec<_> = pieces.iter().map(|piece| piece.symbol.as_deref()).collect();
    assert_eq!(symbols, [None, None, Some("a"), None, Some(".L1")]);
}

#[test]
fn a_symbol_is_not_divided_by_references_into_it() {
    let bytes = [1; 16];
    let pieces = divide(&section(&bytes), &[symbol(0, 16, "table")], &[reference(1, 4), reference(2, 12)]);
    assert_eq!(ranges(&pieces), [(0..16, false)]);
    assert_eq!(pieces[0].referrers, [1, 2]);
}

#[test]
fn zeros_between_pieces_are_padding_and_other_bytes_are_not() {
    let mut bytes = [0; 32];
    bytes[..3].fill(1);
    let pieces = divide(&section(&bytes), &[symbol(0, 3, "a"), symbol(8, 8, "zeros")], &[reference(1, 16)]);
    assert_eq!(ranges(&pieces), [(0..3, false), (3..8, true), (8..16, false), (16..32, false)]);
    bytes[4] = 1;
    let pieces = divide(&section(&bytes), &[symbol(0, 3, "a"), symbol(8, 24, "b")], &[]);
    assert_eq!(ranges(&pieces)[1], (3..8, false));
    let pieces = divide(&section(&[0; 80]), &[symbol(0, 8, "a")], &[]);
    assert_eq!(ranges(&pieces)[1], (8..80, false), "more than an alignment explains");
}

#[test]
fn offsets_in_a_table_count_from_its_beginning() {
    let bytes = [1; 32];
    let mut references = vec![reference(1, 0), reference(2, 16)];
    // The second entry of the table at 0 leads to 24: the linker was told 24 + 4.
    references.push(Reference { from: START + 4, to: START + 28, in_table: true });
    let pieces = divide(&section(&bytes), &[], &references);
    assert_eq!(ranges(&pieces), [(0..16, false), (16..24, false), (24..32, false)]);
    assert_eq!(pieces[2].referrers, [START + 4]);
}

/// The sources of three pieces of 8 bytes, by what refers to them.
fn sources(references: &[Reference], named: &[(usize, Source)]) -> Vec<Vec<Source>> {
    let bytes = [1; 24];
    let mut all = references.to_vec();
    all.extend([0, 8, 16].map(|to| reference(0, to)));
    let mut pieces = divide(&section(&bytes), &[], &all);
    for (index, source) in named {
        pieces[*index].sources.insert(source.clone());
    }
    let code = |address: u64| match address {
        1 => Some(third("one")),
        2 => Some(third("two")),
        _ => None,
    };
    settle(&mut pieces, code);
    pieces.iter().map(|piece| piece.sources.iter().cloned().collect()).collect()
}

#[test]
fn data_is_of_all_who_refer_to_it() {
    let found = sources(&[reference(1, 0), reference(2, 0), reference(2, 8)], &[]);
    assert_eq!(found, [vec![third("one"), third("two")], vec![third("two")], vec![]]);
}

#[test]
fn data_is_of_who_refers_to_the_data_that_refers_to_it() {
    let found = sources(&[reference(1, 0), reference(START, 8), reference(START + 8, 16)], &[]);
    assert_eq!(found, [vec![third("one")], vec![third("one")], vec![third("one")]]);
    let circle = sources(&[reference(START, 8), reference(START + 8, 0), reference(2, 8)], &[]);
    assert_eq!(circle, [vec![third("two")], vec![third("two")], vec![]]);
}

#[test]
fn a_telling_name_counts_more_than_references() {
    let found = sources(&[reference(1, 0), reference(START, 8)], &[(0, third("three"))]);
    assert_eq!(found, [vec![third("three")], vec![third("three")], vec![]]);
}
