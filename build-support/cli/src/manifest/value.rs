//! Converts a TOML value to the text of a boot argument, for each kind.

use unikernel_vocabulary::{Family, Kind, Mismatch, Reason, Shape, nearest};

use super::{
    document::{Entry, Value},
    report::Fault,
};

/// Takes the value of an entry as a value of the kind; `what` is how messages call it, such as "argument `port`".
pub(super) fn value_of(entry: &Entry, kind: &Kind<'_>, what: &str) -> Result<String, Fault> {
    let text = match (kind.shape, &entry.value) {
        (Shape::Integer { .. }, Value::Integer(text)) => text.clone(),
        (Shape::Bool, Value::Bool(value)) => value.to_string(),
        (Shape::Integer { .. } | Shape::Bool, _) => return Err(wrong_type(entry, kind, what)),
        (_, Value::Text(text)) => text.clone(),
        _ => return Err(wrong_type(entry, kind, what)),
    };
    match kind.check(&text) {
        Ok(()) => Ok(text),
        Err(mismatch) => Err(wrong_value(entry, &mismatch, what)),
    }
}

fn wrong_type(entry: &Entry, kind: &Kind<'_>, what: &str) -> Fault {
    let wanted = match kind.shape {
        Shape::Integer { .. } => "an integer",
        Shape::Bool => "a boolean",
        _ => "a string",
    };
    // Where nothing tells which number or truth value is meant, any that is named would be the wrong one.
    let literal = match (meant(&entry.value, kind), kind.shape) {
        (Some(text), _) => Some(literal(kind, &text)),
        (None, Shape::Integer { .. } | Shape::Bool) => None,
        (None, _) => Some(sample(kind)),
    };
    let label = match kind.shape {
        Shape::Integer { .. } | Shape::Bool => format!("expected {kind}"),
        _ => format!("expected a string: {kind}"),
    };
    let fault =
        Fault::new(format!("{what} is {}, not {wanted}", entry.value.type_name())).at(entry.span.clone(), label);
    match literal {
        Some(literal) => fault.help(format!("write `{} = {literal}`", entry.key)),
        None => fault,
    }
}

/// What was written, as a value of the kind, where it makes one.
fn meant(value: &Value, kind: &Kind<'_>) -> Option<String> {
    let text = match value {
        Value::Integer(text) | Value::Float(text) | Value::Text(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Datetime | Value::Array(_) | Value::Table(_) => return None,
    };
    let unit = match kind.shape {
        Shape::Duration => "s",
        Shape::Size { .. } if text.len() < 5 => "MiB", // fewer bytes are unlikely to be meant
        _ => "",
    };
    Some(text + unit).filter(|text| kind.check(text).is_ok())
}

fn wrong_value(entry: &Entry, mismatch: &Mismatch<'_>, what: &str) -> Fault {
    let kind = &mismatch.kind;
    let fault = Fault::new(format!("{what}: {mismatch}")).at(entry.span.clone(), format!("expected {kind}"));
    match (kind.shape, mismatch.reason) {
        (Shape::Words(words), _) => match nearest(mismatch.text, words.split('|')) {
            Some(word) => fault.help(format!("did you mean `{word}`?")),
            None => fault,
        },
        (Shape::Size { .. }, Reason::UnitUnknown) => match in_binary_units(mismatch.text) {
            Some(size) => fault.help(format!("write `{} = \"{size}\"`", entry.key)),
            None => fault,
        },
        (Shape::Duration, Reason::UnitMissing) => {
            fault.help(format!("write `{} = \"{}s\"` for seconds", entry.key, mismatch.text))
        }
        _ => fault,
    }
}

/// What is meant by `64K`, `64KB` or `64kb`.
fn in_binary_units(text: &str) -> Option<String> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.strip_prefix(number)?.chars().next()?.to_ascii_uppercase();
    Some(format!("{number}{unit}iB")).filter(|size| Kind::SIZE.check(size).is_ok())
}

/// A value of the kind as TOML, for people to put their own in its place.
pub(super) fn sample(kind: &Kind<'_>) -> String {
    let text = match kind.shape {
        Shape::Integer { min, max } => 0.clamp(min, max).to_string(),
        Shape::Bool => "false".into(),
        Shape::Text { max_bytes } => "...".chars().take(max_bytes.into()).collect(),
        Shape::Address(Family::V6) => "fd00::2".into(),
        Shape::Address(_) => "10.0.0.2".into(),
        Shape::AddressPrefix(Family::V6) => "fd00::2/64".into(),
        Shape::AddressPrefix(_) => "10.0.0.2/24".into(),
        Shape::Duration => "250ms".into(),
        Shape::Mac => "52:54:00:12:34:56".into(),
        Shape::Size { .. } => "16MiB".into(),
        Shape::Words(words) => words.split('|').next().unwrap_or_default().into(),
    };
    literal(kind, &text)
}

/// A value of the kind as TOML.
fn literal(kind: &Kind<'_>, text: &str) -> String {
    match kind.shape {
        Shape::Integer { .. } | Shape::Bool => text.into(),
        _ => toml::Value::from(text).to_string(),
    }
}
