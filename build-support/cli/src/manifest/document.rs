//! TOML as a tree with source positions.
//!
//! The parser's own tree borrows from the text and is sorted by name; this one can be kept, and is small enough to be
//! matched on.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::report::Fault;

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: Value,
    pub(super) span: Range<usize>,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// In decimal, whatever the manifest writes it in.
    Integer(String),
    Float(String),
    Bool(bool),
    Text(String),
    Datetime,
    /// Its items, each with its place.
    Array(Vec<(Value, Range<usize>)>),
    Table(Vec<Entry>),
}

impl Value {
    /// The type as the subject of "is": "a string", "an integer".
    pub(super) const fn type_name(&self) -> &'static str {
        match self {
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Bool(_) => "a boolean",
            Self::Text(_) => "a string",
            Self::Datetime => "a date or a time",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
        }
    }
}

/// Parses a whole document; its tables are in the order of their names.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, Vec<Fault>> {
    // Not the parser's recovery from faults: what it finds after the first one is more often an echo than a fault.
    match DeTable::parse(text) {
        Ok(table) => Ok(entries(table.get_ref())),
        Err(error) => {
            let end = text.len();
            let span = error.span().map_or(end..end, |span| span.start.min(end)..span.end.min(end));
            Err(vec![
                duplicate(text, &span)
                    .unwrap_or_else(|| Fault::new("the manifest is not TOML").at(span, error.message())),
            ])
        }
    }
}

/// The fault about a key that is given twice, where it is one: with the place where it is given first.
///
/// The parser's error has the second place alone. With another name in that place, the document says where the first one is.
fn duplicate(text: &str, second: &Range<usize>) -> Option<Fault> {
    let key = text.get(second.clone()).filter(|key| !key.is_empty())?;
    let mut stand_in = "duplicate_".to_owned();
    while text.contains(&stand_in) {
        stand_in.push('_');
    }
    let renamed = [&text[..second.start], &stand_in, &text[second.end..]].concat();
    let (table, _) = DeTable::parse_recoverable(&renamed);
    let name = key.trim_matches(['"', '\'']);
    let first = sibling(table.get_ref(), &stand_in, name).filter(|first| first.end <= second.start)?;
    let fault = Fault::new(format!("duplicate key `{name}`"));
    Some(fault.at(second.clone(), "defined again here").and(first, "first defined here").help("remove one of them"))
}

/// The place of the key `name` in the table that has the key `neighbour`.
fn sibling(table: &DeTable<'_>, neighbour: &str, name: &str) -> Option<Range<usize>> {
    if table.keys().any(|key| key.get_ref() == neighbour) {
        return table.keys().find(|key| key.get_ref() == name).map(toml::Spanned::span);
    }
    table.values().find_map(|value| match value.get_ref() {
        DeValue::Table(table) => sibling(table, neighbour, name),
        DeValue::Array(items) => items.iter().find_map(|item| match item.get_ref() {
            DeValue::Table(table) => sibling(table, neighbour, name),
            _ => None,
        }),
        _ => None,
    })
}

fn entries(table: &DeTable<'_>) -> Vec<Entry> {
    table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: key.span(),
            value: self::value(value.get_ref()),
            span: value.span(),
        })
        .collect()
}

fn value(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(integer) => {
            // More than 128 bits stay as they are: no kind takes them, and the message shows what was written.
            let decimal = i128::from_str_radix(integer.as_str(), integer.radix()).map(|value| value.to_string());
            Value::Integer(decimal.unwrap_or_else(|_| integer.as_str().into()))
        }
        DeValue::Float(float) => Value::Float(float.as_str().into()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(_) => Value::Datetime,
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| (self::value(item.get_ref()), item.span())).collect())
        }
        DeValue::Table(table) => Value::Table(entries(table)),
    }
}
