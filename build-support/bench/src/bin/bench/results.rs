//! The results: values by measure and guest, and their medians.

use serde::{Serialize, Serializer};

use unikernel_cli::table::{Align, Table, grouped};

/// Whether lower or higher values are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Better {
    Higher,
    Lower,
}

/// A measure, and the values of each guest in the order of the rounds.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Measure {
    pub(super) name: String,
    pub(super) unit: &'static str,
    pub(super) better: Better,
    #[serde(serialize_with = "by_guest")]
    pub(super) values: Vec<(String, Vec<f64>)>,
}

/// What `build/bench.json` holds: every value.
#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    /// The processor and the accelerator.
    pub(super) machine: String,
    pub(super) date: String,
    pub(super) rounds: u32,
    pub(super) measures: &'a [Measure],
}

/// All measures, in the order in which they were first made.
#[derive(Clone, Debug, Default)]
pub(super) struct Results {
    pub(super) measures: Vec<Measure>,
}

impl Results {
    /// Adds a value.
    pub(super) fn add(&mut self, guest: &str, name: impl Into<String>, unit: &'static str, better: Better, value: f64) {
        let name = name.into();
        let index = self.measures.iter().position(|measure| measure.name == name).unwrap_or_else(|| {
            self.measures.push(Measure { name, unit, better, values: Vec::new() });
            self.measures.len() - 1
        });
        let values = &mut self.measures[index].values;
        match values.iter_mut().find(|(name, _)| name == guest) {
            Some((_, values)) => values.push(value),
            None => values.push((guest.to_owned(), vec![value])),
        }
    }

    /// As a table: medians, the least and the most in brackets, and how much better the first guest is than each other.
    pub(super) fn table(&self, guests: &[String]) -> Table {
        let others = guests.get(1..).unwrap_or_default();
        let columns = 2 + guests.len() + others.len();
        let mut table = Table::new((0..columns).map(|column| if column < 2 { Align::Left } else { Align::Right }));
        let ratios = others.iter().map(|other| format!("x {other}"));
        table.row(["what", "unit"].map(String::from).into_iter().chain(guests.iter().cloned()).chain(ratios));
        for measure in &self.measures {
            let mut row = vec![measure.name.clone(), measure.unit.to_owned()];
            row.extend(guests.iter().map(|guest| measure.of(guest).map_or(String::new(), shown)));
            row.extend(others.iter().map(|other| measure.advantage(&guests[0], other).unwrap_or_default()));
            table.row(row);
        }
        table
    }
}

impl Measure {
    /// The values of a guest.
    pub(super) fn of(&self, guest: &str) -> Option<&[f64]> {
        self.values.iter().find(|(name, _)| name == guest).map(|(_, values)| &values[..])
    }

    /// How many times better the first is than the second, by their medians.
    fn advantage(&self, first: &str, second: &str) -> Option<String> {
        let (first, second) = (median(self.of(first)?), median(self.of(second)?));
        let (more, less) = if self.better == Better::Higher { (first, second) } else { (second, first) };
        (less > 0.0).then(|| format!("{:.1}", more / less))
    }
}

/// An object with a list for each guest.
fn by_guest<S: Serializer>(values: &[(String, Vec<f64>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(values.iter().map(|(guest, values)| (guest, values)))
}

/// The value in the middle.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        count if count.is_multiple_of(2) => (sorted[middle - 1] + sorted[middle]) / 2.0,
        _ => sorted[middle],
    }
}

fn shown(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.len() < 2 || least == most {
        return number(median(values));
    }
    format!("{} [{} {}]", number(median(values)), number(least), number(most))
}

/// A number with as many digits as tell something.
pub(super) fn number(value: f64) -> String {
    match value {
        value if value >= 100.0 => grouped(value.round() as u64),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value == value.trunc() => format!("{value:.0}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_medians_spreads_and_ratios() {
        let mut results = Results::default();
        for (ours, theirs) in [(30_000.0, 3000.0), (36_000.0, 2900.0), (33_000.0, 3100.0)] {
            results.add("ours", "pages", "/s", Better::Higher, ours);
            results.add("Linux", "pages", "/s", Better::Higher, theirs);
        }
        results.add("ours", "boot", "ms", Better::Lower, 95.25);
        results.add("Linux", "boot", "ms", Better::Lower, 2602.0);
        results.add("Linux", "errors", "", Better::Lower, 0.0);
        let table = results.table(&["ours".into(), "Linux".into()]).to_string();
        let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["what", "unit", "ours", "Linux", "x", "Linux"]);
        assert_eq!(lines[1], ["pages", "/s", "33,000", "[30,000", "36,000]", "3,000", "[2,900", "3,100]", "11.0"]);
        assert_eq!(lines[2], ["boot", "ms", "95.2", "2,602", "27.3"]);
        assert_eq!(lines[3], ["errors", "0"]);
        let report = Report { machine: "one".into(), date: "today".into(), rounds: 3, measures: &results.measures };
        let read = serde_json::to_value(&report).expect("JSON");
        assert_eq!((&read["measures"][1]["better"], &read["rounds"]), (&"lower".into(), &3.into()));
        assert_eq!(read["measures"][0]["values"]["ours"][1], 36_000.0);
        assert_eq!((median(&[]), median(&[4.0, 1.0])), (0.0, 2.5));
    }
}
