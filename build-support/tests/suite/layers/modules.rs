//! A crate's modules, what each of them defines and imports, and the paths that its code writes.
//!
//! Modules that are compiled for tests alone are left out: a test may look at anything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::{Item, ItemMod, Lit, Meta};

use super::cfg::is_for_tests;
use super::paths::{self, Import, Written};

/// Sources by path.
pub(super) type Sources = BTreeMap<PathBuf, String>;

/// The modules of one crate; the first one is its root.
pub(super) struct Modules {
    pub(super) all: Vec<Module>,
}

/// A module.
pub(super) struct Module {
    /// The source that it is written in.
    pub(super) file: PathBuf,
    /// The name of the module that this source is, after those around it: none for the root.
    pub(super) name: Vec<String>,
    /// The module around it.
    pub(super) parent: Option<usize>,
    /// The modules in it, by name; two where two `cfg` are alternatives.
    pub(super) children: BTreeMap<String, Vec<usize>>,
    /// What it defines besides modules.
    pub(super) items: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
    pub(super) written: Vec<Written>,
}

impl Modules {
    /// Reads the crate whose root is `root`.
    ///
    /// # Panics
    /// A source is missing, or is no Rust.
    pub(super) fn read(sources: &Sources, root: &Path) -> Self {
        let mut modules = Self { all: Vec::new() };
        let folder = root.parent().expect("a file is in a folder").to_owned();
        modules.file(sources, root, &folder, Vec::new(), None);
        modules
    }

    /// Adds a module of a file of its own; those in it are files in `folder`.
    fn file(
        &mut self,
        sources: &Sources,
        file: &Path,
        folder: &Path,
        name: Vec<String>,
        parent: Option<usize>,
    ) -> usize {
        let text = sources.get(file).unwrap_or_else(|| panic!("`{}` is missing", file.display()));
        let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("`{}`: {error}", file.display()));
        self.module(sources, file, folder, name, parent, &syntax.items)
    }

    fn module(
        &mut self,
        sources: &Sources,
        file: &Path,
        folder: &Path,
        name: Vec<String>,
        parent: Option<usize>,
        items: &[Item],
    ) -> usize {
        let number = self.all.len();
        let (items_named, imports, written) = paths::of(items);
        self.all.push(Module {
            file: file.to_owned(),
            name: name.clone(),
            parent,
            children: BTreeMap::new(),
            items: items_named,
            imports,
            written,
        });
        for item in items {
            let Item::Mod(child) = item else { continue };
            if is_for_tests(&child.attrs) {
                continue;
            }
            let child_name = child.ident.to_string();
            let named = [&name[..], std::slice::from_ref(&child_name)].concat();
            let folder_of_child = folder.join(&child_name);
            let child_number = match &child.content {
                Some((_, items)) => self.module(sources, file, &folder_of_child, name.clone(), Some(number), items),
                None => {
                    let (file, folder) = file_of(sources, child, file, folder);
                    self.file(sources, &file, &folder, named, Some(number))
                }
            };
            self.all[number].children.entry(child_name).or_default().push(child_number);
        }
        number
    }

    /// The macros that are named by the crate's root wherever they are, with the modules that define them.
    pub(super) fn exported_macro(&self, name: &str) -> Option<usize> {
        let exported = |module: &Module| module.written.iter().any(|written| written.exports.as_deref() == Some(name));
        self.all.iter().position(exported)
    }
}

/// The file of a module, and the folder of those in it.
fn file_of(sources: &Sources, module: &ItemMod, parent: &Path, folder: &Path) -> (PathBuf, PathBuf) {
    let named = module.attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(literal) => match &literal.lit {
                Lit::Str(path) => Some(path.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    if let Some(path) = named {
        let file = parent.parent().expect("a file is in a folder").join(path);
        let folder = file.with_extension("");
        return (file, folder);
    }
    let inner = folder.join(module.ident.to_string());
    let old = inner.join("mod.rs");
    (if sources.contains_key(&old) { old } else { inner.with_extension("rs") }, inner)
}
