//! Attributes data by its symbol, or by the code and data that refer to it.
//!
//! Constants have no names in a kernel: text, tables and jump tables are told apart only by where somebody refers to. So data is
//! divided at every place that a symbol begins or ends at, or that a reference leads to. A piece is of
//!
//! 1. the source in its symbol's name, where that tells one (a static's does);
//! 2. else the source of the code that refers to it, which is that of its innermost function;
//! 3. else the owner of the data that refers to it.
//!
//! Linkers merge equal constants. What several refer to is of the one that would need it anyway: of the lowest component that the
//! kernel may have, then of dependencies, then of the application. Code of an undeclared component that shares it is reported
//! as code.
//!
//! A reference to the end of an array looks like one to what follows it, and an index that is folded into a reference may
//! lead before its array: then bytes go to a neighbour. Neither hides code.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::image::{Image, Reference, Section, Symbol};
use super::source::{ApplicationSource, Source};

/// A range of data that has one owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    pub(super) range: Range<u64>,
    /// Its symbol, where there is one.
    pub(super) symbol: Option<String>,
    /// The places that refer to it.
    pub(super) referrers: Vec<u64>,
    /// The possible owners: one if the symbol identifies it, else the owners of all references.
    pub(super) sources: BTreeSet<Source>,
    /// Whether it is there to place what follows.
    pub(super) is_padding: bool,
}

/// The longest run of zeros that is padding: a cache line.
const PADDING_MAX: u64 = 64;

/// Divides all loaded data into pieces, by ascending address and without holes.
pub(super) fn pieces(
    image: &Image<'_>,
    application: &ApplicationSource,
    code_at: impl Fn(u64) -> Option<Source>,
) -> Vec<Piece> {
    let mut pieces: Vec<_> = image
        .sections
        .iter()
        .filter(|section| !section.executable)
        .flat_map(|section| divide(section, &image.symbols, &image.references))
        .collect();
    pieces.extend(image.gaps.iter().filter(|gap| !gap.executable).map(|gap| piece(gap, gap.range())));
    pieces.sort_by_key(|piece| piece.range.start);
    for piece in &mut pieces {
        let named = piece.symbol.as_ref().and_then(|symbol| Source::of_symbol(symbol, application));
        piece.sources.extend(named);
    }
    settle(&mut pieces, code_at);
    pieces
}

fn divide(section: &Section<'_>, symbols: &[Symbol], references: &[Reference]) -> Vec<Piece> {
    let range = section.range();
    let symbols: Vec<_> = symbols.iter().filter(|symbol| range.contains(&symbol.address)).collect();
    let inside_symbol =
        |address: u64| symbols.iter().any(|symbol| symbol.address < address && address < symbol.range().end);
    let mut starts = BTreeSet::from([range.start]);
    starts.extend(symbols.iter().flat_map(|symbol| [symbol.address, symbol.range().end]));
    let direct =
        references.iter().filter(|reference| !reference.in_table).map(|reference| (reference.from, reference.to));
    starts.extend(direct.clone().map(|(_, to)| to).filter(|to| range.contains(to) && !inside_symbol(*to)));
    // Where tables begin is known only now. (A table of another section is found through that section's own symbol or reference.)
    let from_tables = references.iter().filter(|reference| reference.in_table).filter_map(|reference| {
        let table = starts.range(..=reference.from).next_back().filter(|_| range.contains(&reference.from))?;
        Some((reference.from, reference.to.wrapping_sub(reference.from - table)))
    });
    let referrers: Vec<_> = direct.chain(from_tables).filter(|(_, to)| range.contains(to)).collect();
    starts.extend(referrers.iter().map(|(_, to)| *to).filter(|to| !inside_symbol(*to)));
    starts.remove(&range.end);

    let ends = starts.iter().skip(1).copied().chain([range.end]);
    let mut pieces: Vec<_> = starts.iter().zip(ends).map(|(start, end)| piece(section, *start..end)).collect();
    for piece in &mut pieces {
        let symbol = symbols.iter().find(|symbol| {
            symbol.address == piece.range.start
                || symbol.address < piece.range.start && piece.range.end <= symbol.range().end
        });
        piece.symbol = symbol.map(|symbol| symbol.name.clone());
        let referrers = referrers.iter().filter(|(_, to)| piece.range.contains(to));
        piece.referrers = referrers.map(|(from, _)| *from).collect();
        piece.is_padding &= piece.symbol.is_none() && piece.referrers.is_empty();
    }
    pieces
}

fn piece(section: &Section<'_>, range: Range<u64>) -> Piece {
    let offset = |address: u64| (address - section.address) as usize;
    let is_zero = section.bytes[offset(range.start)..offset(range.end)].iter().all(|byte| *byte == 0);
    let is_padding = is_zero && range.end - range.start < PADDING_MAX;
    Piece { range, symbol: None, referrers: Vec::new(), sources: BTreeSet::new(), is_padding }
}

/// Attributes every piece without a known source to the owners of its references, transitively.
fn settle(pieces: &mut [Piece], code_at: impl Fn(u64) -> Option<Source>) {
    let unnamed: Vec<_> = (0..pieces.len()).filter(|index| pieces[*index].sources.is_empty()).collect();
    let mut data_referrers = BTreeMap::<usize, Vec<usize>>::new();
    for index in &unnamed {
        for from in pieces[*index].referrers.clone() {
            if let Some(source) = code_at(from) {
                pieces[*index].sources.insert(source);
            } else if let Some(other) = piece_at(pieces, from) {
                data_referrers.entry(*index).or_default().push(other);
            }
        }
    }
    // Data may refer to itself in circles: go on until nothing changes, which happens because sets only grow.
    loop {
        let mut has_changed = false;
        for (index, others) in &data_referrers {
            let sources: BTreeSet<_> = others.iter().flat_map(|other| pieces[*other].sources.clone()).collect();
            for source in sources {
                has_changed |= pieces[*index].sources.insert(source);
            }
        }
        if !has_changed {
            break;
        }
    }
}

pub(super) fn piece_at(pieces: &[Piece], address: u64) -> Option<usize> {
    let before = pieces.partition_point(|piece| piece.range.start <= address).checked_sub(1)?;
    pieces[before].range.contains(&address).then_some(before)
}

#[cfg(test)]
mod tests;
