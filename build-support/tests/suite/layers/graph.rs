//! Which file uses which, the cycles among them, and what a table of layers does not allow.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::modules::{Module, Modules};

/// Uses between the files of one crate, but those between a module and one that it is in.
#[derive(Clone)]
pub(super) struct Graph {
    /// From a file to a file, with the line and the path of the first use.
    uses: BTreeMap<(PathBuf, PathBuf), (usize, String)>,
    /// The layer of a file: the module below the root that it belongs to.
    layers: BTreeMap<PathBuf, String>,
}

impl Graph {
    /// The graph of a crate.
    pub(super) fn of(modules: &Modules) -> Self {
        let mut graph = Self { uses: BTreeMap::new(), layers: BTreeMap::new() };
        for (number, from) in modules.all.iter().enumerate() {
            if let Some(layer) = from.name.first() {
                graph.layers.entry(from.file.clone()).or_insert_with(|| layer.clone());
            }
            for written in &from.written {
                let Some(to) = modules.resolve(number, &written.path) else { continue };
                let to = &modules.all[to];
                if from.file != to.file && !is_around(from, to) && !is_around(to, from) {
                    let evidence = (written.line, written.path.join("::"));
                    graph.uses.entry((from.file.clone(), to.file.clone())).or_insert(evidence);
                }
            }
        }
        graph
    }

    /// The same without some uses.
    pub(super) fn without(&self, uses: &BTreeSet<(PathBuf, PathBuf)>) -> Self {
        let mut graph = self.clone();
        graph.uses.retain(|ends, _| !uses.contains(ends));
        graph
    }

    /// How many files use others or are used by them.
    pub(super) fn files(&self) -> usize {
        self.uses.keys().flat_map(|(from, to)| [from, to]).collect::<BTreeSet<_>>().len()
    }

    /// The cycles: of those that share files the shortest, as the uses that close it.
    pub(super) fn cycles(&self) -> Vec<String> {
        let mut used: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
        for (from, to) in self.uses.keys() {
            used.entry(from).or_default().push(to);
        }
        // The shortest way back; every cycle has a shortest one through each of its uses.
        let mut ways: Vec<_> = self.uses.keys().filter_map(|(from, to)| way(&used, to, from)).collect();
        ways.sort_by_key(Vec::len);
        let mut cycles: Vec<(Vec<&Path>, BTreeSet<&Path>)> = Vec::new();
        for way in ways {
            let files: BTreeSet<_> = way.iter().copied().collect();
            let (mut joined, apart): (Vec<_>, Vec<_>) =
                cycles.into_iter().partition(|(_, others)| !others.is_disjoint(&files));
            joined.push((way, files));
            cycles = apart;
            let all = joined.iter().flat_map(|(_, files)| files.iter().copied()).collect();
            cycles.push((joined.swap_remove(0).0, all));
        }
        let describe = |(way, all): (Vec<&Path>, BTreeSet<_>)| {
            let steps = way.iter().zip(way.iter().cycle().skip(1));
            let steps: Vec<_> = steps.map(|(from, to)| self.describe(from, to)).collect();
            let more = match all.len() - way.len() {
                0 => String::new(),
                more => format!("\n  and through {more} more"),
            };
            format!("dependency cycle:\n{}{more}", steps.join("\n"))
        };
        cycles.into_iter().map(describe).collect()
    }

    /// What a table of layers does not allow.
    pub(super) fn against(&self, table: &[(&str, &[&str])]) -> Vec<String> {
        let mut faults = Vec::new();
        for (from, to) in self.uses.keys() {
            let (Some(of), Some(used)) = (self.layers.get(from), self.layers.get(to)) else { continue };
            let row = table.iter().find(|(layer, _)| layer == of);
            if of != used && !row.is_some_and(|(_, allowed)| allowed.contains(&used.as_str())) {
                faults.push(format!("`{of}` may not use `{used}`:\n{}", self.describe(from, to)));
            }
        }
        let layers: BTreeSet<_> = self.layers.values().map(String::as_str).collect();
        let listed: BTreeSet<_> = table.iter().map(|(layer, _)| *layer).collect();
        faults.extend(layers.difference(&listed).map(|layer| format!("the layer `{layer}` has no row")));
        faults.extend(listed.difference(&layers).map(|layer| format!("the row `{layer}` is of no layer")));
        faults
    }

    fn describe(&self, from: &Path, to: &Path) -> String {
        let (line, path) = &self.uses[&(from.to_owned(), to.to_owned())];
        format!("  {}:{line} uses {}, by `{path}`", from.display(), to.display())
    }
}

/// The shortest way from a file to a file.
fn way<'g>(used: &BTreeMap<&'g Path, Vec<&'g Path>>, from: &'g Path, to: &'g Path) -> Option<Vec<&'g Path>> {
    let mut before = BTreeMap::from([(from, from)]);
    let mut reached = VecDeque::from([from]);
    while let Some(file) = reached.pop_front().filter(|_| !before.contains_key(to)) {
        for next in used.get(file).into_iter().flatten() {
            before.entry(next).or_insert_with(|| {
                reached.push_back(next);
                file
            });
        }
    }
    let mut way = vec![to];
    while way.last() != Some(&from) {
        way.push(before.get(way.last()?)?);
    }
    way.reverse();
    Some(way)
}

/// Whether a module is around another one.
fn is_around(outer: &Module, inner: &Module) -> bool {
    inner.name.starts_with(&outer.name)
}
