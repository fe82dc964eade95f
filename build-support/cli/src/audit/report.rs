//! The report of an audit: its table, and its errors.

use std::fmt::Write;

use super::components::{By, COMPONENTS};
use super::findings::Use;
use super::{Audit, Owner, Row, asks};
use crate::table::{Align, Table, grouped};

/// The maximum number of findings and users in a message.
const FINDINGS_MAX: usize = 12;
const USERS_MAX: usize = 4;

impl Audit {
    /// The bytes of every owner, with the reason why it is there.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut table = Table::new([Align::Left, Align::Right, Align::Right, Align::Right, Align::Left]);
        table.row(["component", "code", "data", "bytes", "why"]);
        let mut add = |name: String, code: u64, data: u64, why: String| {
            table.row([name, grouped(code), grouped(data), grouped(code + data), why]);
        };
        // The last two are told even where there are none.
        let none = |owner| Row { owner, code_bytes: 0, data_bytes: 0 };
        let missing = [Owner::Padding, Owner::Unknown]
            .into_iter()
            .filter(|owner| self.rows.iter().all(|row| row.owner != *owner));
        for row in self.rows.iter().chain(&missing.map(none).collect::<Vec<_>>()) {
            add(row.owner.to_string(), row.code_bytes, row.data_bytes, self.reason(&row.owner));
        }
        let sum = |bytes: fn(&Row) -> u64| self.rows.iter().map(bytes).sum();
        add("loaded".into(), sum(|row| row.code_bytes), sum(|row| row.data_bytes), String::new());
        table
    }

    /// The functions of C that a program of the standard library calls, with their callers; `None` for other programs.
    #[must_use]
    pub fn asks_table(&self) -> Option<Table> {
        (!self.asks.is_empty()).then(|| asks::table(&self.asks))
    }

    fn reason(&self, owner: &Owner) -> String {
        let declared = |index: &usize| self.declared.contains_key(index);
        match owner {
            Owner::Component(index) if !declared(index) => "NOT DECLARED".into(),
            Owner::Component(index) if COMPONENTS[*index].by == By::Nothing => "in every kernel".into(),
            Owner::Component(index) => match self.declared[index] {
                None => "declared".into(),
                Some(by) => format!("pulled in by {by}"),
            },
            Owner::Dependency(_) => match owner.component() {
                Some(index) if !declared(&index) => format!("for {}, NOT DECLARED", COMPONENTS[index].name),
                Some(index) => format!("for {}", COMPONENTS[index].name),
                None => "dependency".into(),
            },
            Owner::Application | Owner::Padding => String::new(),
            Owner::Unknown => "limit 1 %".into(),
        }
    }

    /// What is wrong with the kernel itself, one text each; budgets are another matter.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (index, component) in COMPONENTS.iter().enumerate() {
            let findings = || self.undeclared.iter().filter(|finding| finding.component == component.name);
            let bytes: u64 = findings().map(|finding| finding.bytes).sum();
            if bytes == 0 || self.declared.contains_key(&index) {
                continue;
            }
            let mut text = format!(
                "`{}` holds {} bytes of the component `{}`, which it does not declare",
                self.application,
                grouped(bytes),
                component.name
            );
            for finding in findings().take(FINDINGS_MAX) {
                let (name, file, bytes, address) = (&finding.name, &finding.file, finding.bytes, finding.address);
                let _ = write!(text, "\n  `{name}` ({file}): {} bytes at {address:#x}", grouped(bytes));
                for user in finding.used_by.iter().take(USERS_MAX) {
                    let how = match user.how {
                        Use::Inlined => "inlined into",
                        Use::Referred => "used by",
                    };
                    let _ = write!(text, "\n    {how} `{}`", user.name);
                    if !user.place.is_empty() {
                        let _ = write!(text, " ({})", user.place);
                    }
                }
                more(&mut text, "    ", finding.used_by.len(), USERS_MAX);
            }
            more(&mut text, "  ", findings().count(), FINDINGS_MAX);
            let _ = write!(text, "\nhelp: {}, or remove what uses it", component.advice());
            faults.push(text);
        }
        if self.is_vague() {
            let (unknown, all) = (self.bytes_of(&Owner::Unknown), self.loaded_bytes());
            let mut text = format!(
                "`{}`: {} of {} bytes cannot be attributed; the limit is 1 %",
                self.application,
                grouped(unknown),
                grouped(all)
            );
            for (address, bytes) in self.unknown.iter().take(FINDINGS_MAX) {
                let _ = write!(text, "\n  {} bytes at {address:#x}", grouped(*bytes));
            }
            more(&mut text, "  ", self.unknown.len(), FINDINGS_MAX);
            faults.push(text);
        }
        faults
    }
}

fn more(text: &mut String, indent: &str, count: usize, shown: usize) {
    if count > shown {
        let _ = write!(text, "\n{indent}and {} more", count - shown);
    }
}
