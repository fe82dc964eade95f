//! What a program asks of the system, for people.

use std::collections::BTreeSet;

use super::{Caller, Family, Function};
use crate::table::{Align, Table};

/// The maximum number of callers of a function, and of crates that use one.
const CALLERS_MAX: usize = 3;
const PACKAGES_MAX: usize = 4;

/// A row for each function, with its callers.
pub(in crate::audit) fn table(families: &[Family]) -> Table {
    let mut table = Table::new([Align::Left; 3]);
    for Family { family, functions } in families {
        for (index, function) in functions.iter().enumerate() {
            let family = if index == 0 { format!("  {family}") } else { String::new() };
            table.row([family, function.name.into(), callers(function)]);
        }
    }
    table
}

/// A row for each family, with its functions and the crates that call them.
#[must_use]
pub fn summary(families: &[Family]) -> Table {
    let mut table = Table::new([Align::Left; 3]);
    for Family { family, functions } in families {
        let callers = functions.iter().flat_map(|function| &function.callers);
        let packages: BTreeSet<_> = callers.flat_map(Caller::packages).collect();
        let names: Vec<_> = functions.iter().map(|function| function.name).collect();
        table.row([format!("  {family}"), names.join(", "), format!("← {}", some(packages, PACKAGES_MAX))]);
    }
    table
}

impl Caller {
    /// The crates on whose behalf it calls: its own where no other is known.
    fn packages(&self) -> BTreeSet<&str> {
        let own = self.used_by.is_empty().then_some(self.package.as_str());
        self.used_by.iter().map(String::as_str).chain(own).collect()
    }
}

fn callers(function: &Function) -> String {
    let shown = function.callers.iter().map(|caller| match caller.used_by.is_empty() {
        true => caller.function.clone(),
        false => format!("{} ← {}", caller.function, some(caller.packages(), PACKAGES_MAX)),
    });
    let mut shown: Vec<_> = shown.take(CALLERS_MAX).collect();
    if function.callers.len() > CALLERS_MAX {
        shown.push(format!("and {} more", function.callers.len() - CALLERS_MAX));
    }
    format!("← {}", shown.join("; "))
}

fn some(names: BTreeSet<&str>, max: usize) -> String {
    let more = names.len().saturating_sub(max);
    let mut shown: Vec<_> = names.into_iter().take(max).map(str::to_owned).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}
