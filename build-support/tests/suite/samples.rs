//! The samples in the documentation of the runtime: every public item has one, and every public method is called in one.
//!
//! What the documentation's own tests do not see is what is missing. Variants, fields, constants, implementations of traits and the
//! `poll_*` halves of futures need no sample of their own; what is hidden from the documentation is not public.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::common::root;
use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, UseTree, Visibility};

/// Items without a sample, each with the reason.
const ITEMS_WITHOUT: &[(&str, &str)] = &[
    ("Kind", "`FromArg` shows it"),
    ("print", "as `println`"),
    ("println", "the sample of the crate, and of nearly every other item"),
    ("Error", "samples return it"),
    ("NoWallClock", "an error without a field"),
    ("Family", "a sample of `Net` has it"),
    ("TimedOut", "`timeout_at` shows it"),
    ("TcpWriter", "as `TcpReader`"),
    ("Buffer", "`Pool` and `Block` show its implementations"),
    ("BufferMut", "as `Buffer`"),
    ("PoolBuffer", "`Pool` makes it"),
    ("Transfer", "`Block` makes it"),
    ("Flush", "`Block` makes it"),
];

/// How many methods no sample calls: `Error::text`, which is `Display`. Fewer are to be written down here.
const METHODS_WITHOUT: usize = 1;

/// What the sources of a crate document.
#[derive(Default)]
struct Documented {
    /// Names that the root and its public modules hand out.
    names: BTreeSet<String>,
    /// Public items, and whether each has a sample.
    items: Vec<(String, bool)>,
    /// Public methods, by the names of their types.
    methods: Vec<(String, String)>,
    /// The text of all samples.
    samples: String,
}

/// The documentation of an item.
fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string() == "hidden",
        _ => false,
    })
}

/// The code of the samples that are compiled.
fn samples(documentation: &str) -> String {
    let mut code = String::new();
    let mut is_compiled = None;
    for line in documentation.lines().map(str::trim) {
        match (line.strip_prefix("```"), is_compiled) {
            (Some(_), Some(_)) => is_compiled = None,
            (Some(language), None) => is_compiled = Some(!language.contains("text") && !language.contains("ignore")),
            (None, Some(true)) => code.push_str(&format!("{line}\n")),
            _ => {}
        }
    }
    code
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

impl Documented {
    /// Takes all items of a source.
    fn items(&mut self, items: &[Item]) {
        for item in items {
            let (name, visibility, attributes) = match item {
                Item::Struct(item) => (&item.ident, &item.vis, &item.attrs),
                Item::Enum(item) => (&item.ident, &item.vis, &item.attrs),
                Item::Trait(item) => (&item.ident, &item.vis, &item.attrs),
                Item::Fn(item) => (&item.sig.ident, &item.vis, &item.attrs),
                Item::Impl(item) if item.trait_.is_none() => {
                    self.methods(item);
                    continue;
                }
                Item::Mod(module) => {
                    if let Some((_, items)) = module.content.as_ref().filter(|_| !is_for_tests(&module.attrs)) {
                        self.items(items);
                    }
                    continue;
                }
                _ => continue,
            };
            let documentation = documentation(attributes);
            let code = samples(&documentation);
            if is_public(visibility) && !is_hidden(attributes) {
                self.items.push((name.to_string(), !code.is_empty()));
            }
            self.samples.push_str(&code);
        }
    }

    fn methods(&mut self, item: &syn::ItemImpl) {
        let syn::Type::Path(path) = &*item.self_ty else { return };
        let Some(ty) = path.path.segments.last() else { return };
        for method in &item.items {
            if let ImplItem::Fn(method) = method {
                self.samples.push_str(&samples(&documentation(&method.attrs)));
                if is_public(&method.vis) && !is_hidden(&method.attrs) {
                    self.methods.push((ty.ident.to_string(), method.sig.ident.to_string()));
                }
            }
        }
    }

    /// Takes the names that a module hands out.
    fn handed_out(&mut self, items: &[Item], source: &Path) {
        for item in items {
            match item {
                Item::Use(item) if is_public(&item.vis) => self.used(&item.tree),
                Item::Mod(module) if is_public(&module.vis) && !is_hidden(&module.attrs) => match &module.content {
                    Some((_, items)) => self.handed_out(items, source),
                    None => {
                        let file = source.join(format!("{}.rs", module.ident));
                        self.handed_out(&read(&file), &source.join(module.ident.to_string()));
                    }
                },
                Item::Struct(item) if is_public(&item.vis) => drop(self.names.insert(item.ident.to_string())),
                Item::Enum(item) if is_public(&item.vis) => drop(self.names.insert(item.ident.to_string())),
                _ => {}
            }
        }
    }

    fn used(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.used(&path.tree),
            UseTree::Name(name) => drop(self.names.insert(name.ident.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.used(tree)),
            UseTree::Rename(_) | UseTree::Glob(_) => {}
        }
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string().contains("test"),
        _ => false,
    })
}

fn read(file: &Path) -> Vec<Item> {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())).items
}

/// All sources below a folder, without tests.
fn sources(folder: &Path, documented: &mut Documented) {
    for entry in fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "tests") {
            sources(&path, documented);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_stem().is_some_and(|name| name != "tests")
        {
            let text = fs::read_to_string(&path).expect("a source");
            let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            documented.samples.push_str(&samples(&documentation(&file.attrs)));
            documented.items(&file.items);
        }
    }
}

#[test]
fn every_public_item_has_a_sample_and_every_method_is_called_in_one() {
    let folder = root().join("unikernel-rt/src");
    let mut documented = Documented::default();
    documented.handed_out(&read(&folder.join("lib.rs")), &folder);
    sources(&folder, &mut documented);
    let Documented { names, items, methods, samples } = &documented;
    assert!(names.contains("Console") && names.contains("TcpStream") && names.contains("Block"), "{names:?}");

    let is_excused = |name: &str| ITEMS_WITHOUT.iter().any(|(known, _)| *known == name);
    // Two items of one name are two faces of one thing, or one of them is internal.
    let without = |name: &&String| {
        let mut found = items.iter().filter(|(item, _)| item == *name).peekable();
        found.peek().is_some() && !found.any(|(_, has_sample)| *has_sample)
    };
    let missing: Vec<_> = names.iter().filter(without).filter(|name| !is_excused(name)).collect();
    assert!(missing.is_empty(), "public items without a sample that is compiled: {missing:?}");

    let is_called = |method: &str| {
        [format!(".{method}("), format!("::{method}("), format!("::{method})"), format!("::{method},")]
            .iter()
            .any(|call| samples.contains(call))
    };
    let missing: Vec<_> = methods
        .iter()
        .filter(|(ty, method)| names.contains(ty) && !method.starts_with("poll_") && !is_called(method))
        .collect();
    assert!(
        missing.len() == METHODS_WITHOUT,
        "{} public methods are called in no sample, and METHODS_WITHOUT says {METHODS_WITHOUT}: {missing:?}",
        missing.len()
    );
}

#[test]
fn a_sample_is_what_is_compiled() {
    assert_eq!(samples("a\n```no_run\nlet b;\n```\nc\n```text\nd\n```\n```\ne();\n```"), "let b;\ne();\n");
    assert_eq!(samples("none"), "");
}
