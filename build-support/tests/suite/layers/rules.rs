//! The rules for the graph of a crate: no cycles, and its table of layers.

use std::collections::BTreeSet;
use std::path::Path;

use super::graph::Graph;

/// The rules of one crate.
#[derive(Default)]
pub(super) struct Rules<'a> {
    /// The crate's root, below that of the repository.
    pub(super) root: &'a str,
    /// Layers, lowest first, and the ones that each may use; a crate without any has no cycles, and that is all.
    pub(super) layers: &'a [(&'a str, &'a [&'a str])],
    /// Uses, from a file to a file below the root's folder, that break a rule and are known to.
    pub(super) exceptions: &'a [(&'a str, &'a str)],
}

impl Rules<'_> {
    /// All violations; if there are none, the exceptions that are not needed.
    pub(super) fn faults(&self, graph: &Graph) -> Vec<String> {
        let folder = Path::new(self.root).parent().unwrap_or(Path::new(""));
        let exceptions: BTreeSet<_> =
            self.exceptions.iter().map(|(from, to)| (folder.join(from), folder.join(to))).collect();
        let mut faults = order(self.layers);
        faults.extend(self.broken(&graph.without(&exceptions)));
        if !faults.is_empty() {
            return faults;
        }
        for exception in &exceptions {
            let mut others = exceptions.clone();
            others.remove(exception);
            if self.broken(&graph.without(&others)).is_empty() {
                let (from, to) = (exception.0.display(), exception.1.display());
                faults.push(format!("{from} may use {to} by an exception that is no longer needed: remove it"));
            }
        }
        faults
    }

    fn broken(&self, graph: &Graph) -> Vec<String> {
        let layers = if self.layers.is_empty() { Vec::new() } else { graph.against(self.layers) };
        // A use of a higher layer closes cycles, too; this message says more.
        if layers.is_empty() { graph.cycles() } else { layers }
    }
}

/// What is wrong with a table by itself: a row that names one that does not stand before it.
fn order(layers: &[(&str, &[&str])]) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, (layer, allowed)) in layers.iter().enumerate() {
        let before: Vec<_> = layers[..index].iter().map(|(layer, _)| layer).collect();
        let wrong = allowed.iter().filter(|used| !before.contains(used));
        faults.extend(wrong.map(|used| format!("`{layer}` names `{used}`, which has no row before it")));
    }
    faults
}
