//! TOML as a tree that knows where everything stands.
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
            Err(vec![Fault::new("the manifest is not TOML").at(span, error.message())])
        }
    }
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
