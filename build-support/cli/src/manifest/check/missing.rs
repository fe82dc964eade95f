//! Required arguments without a value.

use super::{Check, Slot};
use crate::manifest::{Manifest, report::Fault, unknown::names, value::sample};

impl Check<'_> {
    /// Reports required arguments without a value: one error for each section, with the lines to add.
    pub(super) fn missing(&mut self, manifest: &Manifest) {
        let is_missing = |slot: &&Slot<'_>| slot.argument.is_required() && slot.given.is_none() && !slot.meant;
        let mut missing: Vec<_> = self.arguments.iter().filter(is_missing).collect();
        missing.sort_by_key(|slot| slot.place().0); // stable: within a section, in the order of the declaration
        if manifest.text.is_none() {
            if !missing.is_empty() {
                let fault = Fault::new(format!("{}, and there is no manifest", title(&missing)))
                    .help(format!("write `{}`, with your own values:", manifest.path.display()))
                    .paste(format!("app = \"{}\"\n\n{}", manifest.application(), lines(&missing)));
                self.faults.push(fault);
            }
            return;
        }
        let app = manifest.entries.iter().find(|entry| entry.key == "app").map_or(0..0, |app| app.key_span.clone());
        for missing in missing.chunk_by(|a, b| a.place().0 == b.place().0) {
            let Some((section, _)) = missing.first().map(|slot| slot.place()) else { continue };
            let (fault, lines) = (Fault::new(title(missing)), lines(missing));
            self.faults.push(match manifest.entries.iter().find(|entry| entry.key == section) {
                Some(header) => fault
                    .at(header.key_span.clone(), "missing here")
                    .help(format!("write below `[{section}]`, with your own values:"))
                    .paste(lines.split_once('\n').unwrap_or_default().1),
                None => fault
                    .at(app.clone(), format!("there is no `[{section}]`"))
                    .help("add at the end, with your own values:")
                    .paste(lines),
            });
        }
    }
}

fn title(missing: &[&Slot<'_>]) -> String {
    let (noun, verb) = if missing.len() == 1 { ("argument", "has") } else { ("arguments", "have") };
    format!("required {noun} {} {verb} no value", names(missing.iter().map(|slot| slot.argument.name)))
}

/// The lines of a manifest for these arguments, below the headers of their sections.
fn lines(missing: &[&Slot<'_>]) -> String {
    let mut lines = String::new();
    for section in missing.chunk_by(|a, b| a.place().0 == b.place().0) {
        for (index, slot) in section.iter().enumerate() {
            let (of, key) = slot.place();
            if index == 0 {
                lines.push_str(&format!("{}[{of}]\n", if lines.is_empty() { "" } else { "\n" }));
            }
            lines.push_str(&format!("{key} = {} # {}\n", sample(&slot.argument.kind), slot.argument.kind));
        }
    }
    lines
}
