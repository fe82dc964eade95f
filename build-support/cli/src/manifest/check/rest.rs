//! The rest of the words: `rest = ["a", "b=c"]` below `[args]`, for an application with `args(..rest)`.

use super::Check;
use crate::manifest::document::{Entry, Value};
use crate::manifest::report::Fault;

impl Check<'_> {
    /// Takes the words of an entry, which has the name of the rest.
    pub(super) fn rest(&mut self, entry: &Entry) {
        let Value::Array(items) = &entry.value else {
            let (name, literal) = (&entry.key, literal(&entry.value).unwrap_or_else(|| "\"...\"".into()));
            let fault = Fault::new(format!("`{name}` is {}, not an array of words", entry.value.type_name()));
            let fault = fault.at(entry.span.clone(), "expected an array of strings");
            self.faults.push(fault.help(format!("write `{name} = [{literal}]`")));
            return;
        };
        for (item, span) in items {
            let fault = match item {
                Value::Text(word) if !word.contains('\0') => {
                    self.rest.push((word.clone(), span.clone()));
                    continue;
                }
                Value::Text(_) => Fault::new("a string with a NUL byte cannot be part of a command line"),
                _ => Fault::new(format!("a word of `{}` is {}, not a string", entry.key, item.type_name())),
            };
            let fault = fault.at(span.clone(), "expected a string");
            self.faults.push(match literal(item).filter(|_| !matches!(item, Value::Text(_))) {
                Some(literal) => fault.help(format!("write `{literal}`")),
                None => fault,
            });
        }
    }
}

/// A value as a string of TOML, where it is a single word.
fn literal(value: &Value) -> Option<String> {
    let text = match value {
        Value::Integer(text) | Value::Float(text) | Value::Text(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Datetime | Value::Array(_) | Value::Table(_) => return None,
    };
    Some(toml::Value::from(text).to_string())
}
