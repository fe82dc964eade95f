//! Checks a literal against a kind and turns it into the text of a value.
//!
//! The text is what would stand on the boot command line, so that there is one grammar of values: the vocabulary's.

use proc_macro2::Literal;
use syn::Lit;
use unikernel_vocabulary::{DeviceSpec, Family, Kind, OptionSpec, Reason, Shape, nearest};

use crate::faults::Faults;
use crate::parse::{Given, Setting, Value};
use crate::plan::DeviceOption;

/// What a literal is the value of, for error messages.
pub(super) struct Subject<'a> {
    name: &'a str,
    /// The device, where `name` is its option.
    device: Option<&'a str>,
    /// A literal that is right, where there is a better one than any of its kind.
    example: Option<&'a str>,
}

impl<'a> Subject<'a> {
    pub(super) fn option(device: &DeviceSpec, option: &OptionSpec) -> Subject<'a> {
        Subject { name: option.name, device: Some(device.kind), example: option.default }
    }

    pub(super) fn argument(name: &'a str) -> Subject<'a> {
        Subject { name, device: None, example: None }
    }

    /// The line to paste, after a line feed; nothing where no literal is likelier than another.
    fn help(&self, literal: Option<String>) -> String {
        match (literal, self.device) {
            (None, _) => String::new(),
            (Some(literal), Some(device)) => format!("\nhelp: write `{device}({} = {literal})`", self.name),
            (Some(literal), None) => format!("\nhelp: write `{} = {literal}`", self.name),
        }
    }
}

/// A token where the value of an option stands.
pub(super) fn token(option: &DeviceOption) -> Literal {
    let mut literal = Literal::string(&option.text);
    literal.set_span(option.span);
    literal
}

/// A literal as source text.
pub(super) fn shown(value: &Value) -> String {
    let minus = if value.minus.is_some() { "-" } else { "" };
    format!("{minus}{}", quote::ToTokens::to_token_stream(&value.literal))
}

/// The text that an option is given; the bare name of an option that is true or false means true.
pub(super) fn check_given(setting: &Setting, kind: &Kind, subject: &Subject, faults: &mut Faults) -> Option<String> {
    match &setting.given {
        Given::Value(value) => check(value, kind, subject, faults),
        Given::Nothing if kind.shape == Shape::Bool => Some("true".to_owned()),
        Given::Nothing => {
            let help = subject.help(example(kind, subject));
            faults.at(&setting.name, format!("`{}` lacks a value: it takes {kind}{help}", subject.name));
            None
        }
        Given::Constant(constant) => {
            let help = subject.help(example(kind, subject));
            let message =
                format!("`{}` takes a literal: an option of a device cannot be a constant{help}", subject.name);
            faults.at(constant, message);
            None
        }
        Given::Rest | Given::Broken => None,
    }
}

/// The text of a literal of a known kind.
pub(super) fn check(value: &Value, kind: &Kind, subject: &Subject, faults: &mut Faults) -> Option<String> {
    let Some(text) = text_for(value, kind) else {
        let help = subject.help(meant(value, kind, subject));
        faults.at(value, format!("`{}` takes {kind}, not `{}`{help}", subject.name, shown(value)));
        return None;
    };
    if let Err(mismatch) = kind.check(&text) {
        let help = match (mismatch.reason, kind.shape) {
            // Which value within the range is meant, nobody can tell.
            (Reason::TooSmall | Reason::TooLarge, Shape::Integer { .. }) => {
                format!("\nhelp: `{}` takes {kind}", subject.name)
            }
            (_, Shape::Words(words)) => match nearest(&text, words.split('|')) {
                Some(word) => subject.help(Some(format!("\"{word}\""))),
                None => subject.help(example(kind, subject)),
            },
            _ => subject.help(example(kind, subject)),
        };
        faults.at(value, format!("wrong value of `{}`: {mismatch}{help}", subject.name));
        return None;
    }
    Some(text)
}

/// The text of a literal whose kind only the compiler knows.
pub(super) fn check_open(value: &Value, subject: &Subject, faults: &mut Faults) -> Option<String> {
    let text = match (&value.literal, &value.minus) {
        (Lit::Int(_) | Lit::Float(_), _) => number(value),
        (Lit::Str(text), None) => Some(text.value()),
        (Lit::Bool(bool), None) => Some(bool.value.to_string()),
        (Lit::Char(char), None) => Some(char.value().to_string()),
        _ => None,
    };
    if text.is_none() {
        let message = format!("`{}` takes a number, a string, `true` or `false`, not `{}`", subject.name, shown(value));
        faults.at(value, format!("{message}{}", subject.help(Some("\"text\"".to_owned()))));
    }
    text
}

/// The text of a literal, where it is of the form that the kind is written in.
fn text_for(value: &Value, kind: &Kind) -> Option<String> {
    match (&value.literal, kind.shape, &value.minus) {
        (Lit::Int(_), Shape::Integer { .. } | Shape::Size { .. }, _) => number(value),
        (Lit::Bool(bool), Shape::Bool, None) => Some(bool.value.to_string()),
        (_, Shape::Integer { .. } | Shape::Bool, _) => None,
        (Lit::Str(text), _, None) => Some(text.value()),
        _ => None,
    }
}

/// A number without a suffix: the type is the parameter's.
fn number(value: &Value) -> Option<String> {
    let minus = if value.minus.is_some() { "-" } else { "" };
    match &value.literal {
        Lit::Int(int) if int.suffix().is_empty() => Some(format!("{minus}{}", int.base10_digits())),
        Lit::Float(float) if float.suffix().is_empty() => Some(format!("{minus}{}", float.base10_digits())),
        _ => None,
    }
}

/// The literal that was probably meant: the same value in the right form where that is one, else an example.
fn meant(value: &Value, kind: &Kind, subject: &Subject) -> Option<String> {
    let minus = if value.minus.is_some() { "-" } else { "" };
    let text = match &value.literal {
        Lit::Str(text) => text.value(),
        Lit::Int(int) => format!("{minus}{}", int.base10_digits()),
        Lit::Float(float) => format!("{minus}{}", float.base10_digits()),
        Lit::Bool(bool) => bool.value.to_string(),
        _ => return example(kind, subject),
    };
    match (kind.check(&text), kind.shape) {
        (Err(_), _) => example(kind, subject),
        (Ok(()), Shape::Integer { .. } | Shape::Bool) => Some(text),
        (Ok(()), _) => Some(format!("{text:?}")),
    }
}

/// A literal that is right; of the integers of an argument, none is likelier than another.
fn example(kind: &Kind, subject: &Subject) -> Option<String> {
    let text = match kind.shape {
        Shape::Integer { .. } => return subject.example.map(str::to_owned),
        Shape::Bool => return Some("true".to_owned()),
        _ if subject.example.is_some() => subject.example.unwrap_or_default(),
        Shape::Text { .. } => "text",
        Shape::Address(Family::V6) => "fd00::2",
        Shape::Address(_) => "10.0.0.2",
        Shape::AddressPrefix(Family::V6) => "fd00::2/64",
        Shape::AddressPrefix(_) => "10.0.0.2/24",
        Shape::Duration => "250ms",
        Shape::Mac => "52:54:00:12:34:56",
        Shape::Size { .. } => "1MiB",
        Shape::Words(words) => words.split('|').next().unwrap_or_default(),
    };
    Some(format!("\"{text}\""))
}
