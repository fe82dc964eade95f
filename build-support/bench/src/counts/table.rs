//! The table of counts that is checked in, and what has become more since.
//!
//! A line a measure: its value, and its name. The table changes with the code that changes what is counted, in one commit, where
//! a reader sees the price of it.

use std::fmt::Write;

use super::Measure;

/// How much more than in the table is accepted, in percent.
pub const TOLERANCE_PERCENT: u64 = 3;

/// How much less than in the table is worth saying.
const SHRUNK_PERCENT: u64 = 10;

/// What is different from the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Faults: what has grown, and what is in one of both alone.
    pub faults: Vec<String>,
    /// What has shrunk so much that the table should say so.
    pub hints: Vec<String>,
}

/// The text of a table.
#[must_use]
pub fn render(measures: &[Measure]) -> String {
    let mut text = String::from(
        "# What kernels execute and how large images are: release builds, one processor, QEMU's TCG, `-M pc`.\n\
         # Written by `make bench-counts UPDATE=1`; a change that makes one of these grow by more than 3 % changes this file.\n",
    );
    let width = measures.iter().map(|measure| measure.value.to_string().len()).max().unwrap_or(0);
    for Measure { name, value } in measures {
        let _ = writeln!(text, "{value:>width$}  {name}"); // a String takes everything
    }
    text
}

/// Reads a table.
///
/// # Errors
/// A line is not one of a table; the text says which.
pub fn parse(text: &str) -> Result<Vec<Measure>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            let (value, name) = line.trim_start().split_once("  ").unwrap_or((line, ""));
            match value.parse() {
                Ok(value) if !name.is_empty() => Ok(Measure { name: name.into(), value }),
                _ => Err(format!("line {}: `{line}` is not a number, two spaces and a name", index + 1)),
            }
        })
        .collect()
}

/// Holds `now` against the table.
#[must_use]
pub fn compare(table: &[Measure], now: &[Measure]) -> Differences {
    let mut differences = Differences::default();
    for Measure { name, value } in now {
        let Some(then) = table.iter().find(|measure| measure.name == *name).map(|measure| measure.value) else {
            differences.faults.push(format!("{name}: {value}, and not in the table"));
            continue;
        };
        let change = format!("{name}: {value}, in the table {then}");
        // Of small numbers the tolerance is nothing: one more notification is a third more.
        if *value * 100 > then * (100 + TOLERANCE_PERCENT) {
            differences.faults.push(format!("{change}: more than {TOLERANCE_PERCENT} % more"));
        } else if *value * 100 < then * (100 - SHRUNK_PERCENT) {
            differences.hints.push(format!("{change}: less, which the table should keep"));
        }
    }
    for Measure { name, .. } in table.iter().filter(|old| now.iter().all(|new| new.name != old.name)) {
        differences.faults.push(format!("{name}: in the table, and not measured any more"));
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(name: &str, value: u64) -> Measure {
        Measure { name: name.into(), value }
    }

    #[test]
    fn a_table_is_read_as_it_was_written() {
        let table = [measure("hello: entry to main, instructions", 2790), measure("hello: ISO bytes", 51_200)];
        assert_eq!(parse(&render(&table)).as_deref(), Ok(&table[..]));
        assert!(parse("12 one space\n").is_err_and(|error| error.starts_with("line 1: `12 one space`")));
        assert!(parse("# note\n\nmany  things\n").is_err_and(|error| error.starts_with("line 3")));
    }

    #[test]
    fn growth_is_a_fault_and_shrinking_a_hint() {
        let table = [measure("a", 1000), measure("b", 1000), measure("c", 1000), measure("d", 3), measure("gone", 1)];
        let now = [measure("a", 1030), measure("b", 1031), measure("c", 899), measure("d", 4), measure("new", 1)];
        let Differences { faults, hints } = compare(&table, &now);
        assert_eq!(
            faults,
            [
                "b: 1031, in the table 1000: more than 3 % more",
                "d: 4, in the table 3: more than 3 % more",
                "new: 1, and not in the table",
                "gone: in the table, and not measured any more"
            ]
        );
        assert_eq!(hints, ["c: 899, in the table 1000: less, which the table should keep"]);
        assert_eq!(compare(&table, &table), Differences::default());
    }
}
