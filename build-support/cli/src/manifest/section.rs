//! Sections of a manifest.

use super::{
    document::{Entry, Value},
    report::Fault,
};

/// The entries of the section with the full name `name`, or an error if it is not a section.
pub(super) fn table_of<'e>(section: &'e Entry, name: &str, faults: &mut Vec<Fault>) -> &'e [Entry] {
    if let Value::Table(entries) = &section.value {
        return entries;
    }
    faults.push(
        Fault::new(format!("`{name}` is {}, not a section", section.value.type_name()))
            .at(section.key_span.clone(), "expected a section")
            .help(format!("write `[{name}]` in a line of its own, and the values below")),
    );
    &[]
}
