//! Resolves paths to the modules that define what they name, through imports, re-exports and `*`.

use super::modules::Modules;

/// Bounds the search: two modules may import everything of each other.
const DEEPEST: usize = 16;

impl Modules {
    /// The module that defines what `path` names, seen from a module; none where that is in another crate.
    pub(super) fn resolve(&self, from: usize, path: &[String]) -> Option<usize> {
        self.resolve_within(from, path, DEEPEST).map(|(module, _)| module)
    }

    /// The module, and whether it is itself what is named.
    fn resolve_within(&self, from: usize, path: &[String], depth: usize) -> Option<(usize, bool)> {
        let depth = depth.checked_sub(1)?;
        let (first, mut rest) = path.split_first()?;
        let mut found = match first.as_str() {
            "crate" => (0, true),
            "self" => (from, true),
            "super" => (self.all[from].parent?, true),
            _ => self.look_up(from, first, !rest.is_empty(), depth)?,
        };
        while let Some((next, behind)) = rest.split_first() {
            if !found.1 {
                break; // inside an item: a variant, a constant of a type
            }
            found = match next.as_str() {
                "super" => (self.all[found.0].parent?, true),
                "self" => found,
                // What a macro defines is not seen; it is the module's all the same.
                _ => self.look_up(found.0, next, !behind.is_empty(), depth).unwrap_or((found.0, false)),
            };
            rest = behind;
        }
        Some(found)
    }

    /// What `name` is in a module.
    fn look_up(&self, module: usize, name: &str, is_qualifier: bool, depth: usize) -> Option<(usize, bool)> {
        let here = &self.all[module];
        let child = || here.children.get(name).and_then(|children| children.first()).map(|child| (*child, true));
        let item = || here.items.contains(name).then_some((module, false));
        // A module and a function may share a name; who goes on behind it means the module.
        let defined = if is_qualifier { child().or_else(item) } else { item().or_else(child) };
        let imported = || {
            let mut imports = here.imports.iter().filter(|import| import.name.as_deref() == Some(name));
            imports.find_map(|import| self.import(module, name, &import.path, depth))
        };
        let exported = || if module == 0 { self.exported_macro(name).map(|module| (module, false)) } else { None };
        let by_star = || {
            let mut stars = here.imports.iter().filter(|import| import.name.is_none());
            stars.find_map(|star| match self.resolve_within(module, &star.path, depth)? {
                (from, true) if from != module => self.look_up(from, name, is_qualifier, depth.checked_sub(1)?),
                _ => None,
            })
        };
        defined.or_else(imported).or_else(exported).or_else(by_star)
    }

    fn import(&self, module: usize, name: &str, path: &[String], depth: usize) -> Option<(usize, bool)> {
        // `use name::...` cannot be of the name that it brings in: that is another crate's.
        let is_itself =
            path.first().is_some_and(|first| first == name) && !self.all[module].children.contains_key(name);
        if is_itself { None } else { self.resolve_within(module, path, depth) }
    }
}
