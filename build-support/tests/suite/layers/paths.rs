//! What the items of a module define and import, and every path in them, those in the tokens of macros too.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMacro, ItemMod, Macro, Path, UseTree, VisRestricted};

use super::cfg::is_for_tests;

/// A name that a `use` brings into a module; none for `*`.
pub(super) struct Import {
    pub(super) name: Option<String>,
    pub(super) path: Vec<String>,
}

/// A path as it is written, and where.
pub(super) struct Written {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
    /// Not a path: the macro of this name is defined here, and exported.
    pub(super) exports: Option<String>,
}

/// The names that items define, what they import, and the paths in them.
pub(super) fn of(items: &[Item]) -> (BTreeSet<String>, Vec<Import>, Vec<Written>) {
    let mut reader = Reader::default();
    for item in items {
        reader.visit_item(item);
    }
    (reader.items, reader.imports, reader.written)
}

#[derive(Default)]
struct Reader {
    items: BTreeSet<String>,
    imports: Vec<Import>,
    written: Vec<Written>,
}

impl Reader {
    fn write(&mut self, path: Vec<String>, line: usize) {
        if path.len() > 1 {
            self.written.push(Written { path, line, exports: None });
        }
    }

    /// A `use` of everything in a tree, or, in a macro, the paths of it.
    fn tree(&mut self, tree: &UseTree, before: &[String], imports: bool) {
        let with = |ident: &proc_macro2::Ident| [before, &[ident.unraw().to_string()]].concat();
        let (name, path, ident) = match tree {
            UseTree::Path(path) => return self.tree(&path.tree, &with(&path.ident), imports),
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.tree(tree, before, imports)),
            UseTree::Glob(glob) => {
                let line = glob.star_token.spans[0].start().line;
                self.written.push(Written { path: before.to_vec(), line, exports: None });
                if imports {
                    self.imports.push(Import { name: None, path: before.to_vec() });
                }
                return;
            }
            UseTree::Name(name) if name.ident == "self" => {
                (before.last().cloned().unwrap_or_default(), before.to_vec(), &name.ident)
            }
            UseTree::Name(name) => (name.ident.unraw().to_string(), with(&name.ident), &name.ident),
            UseTree::Rename(rename) if rename.ident == "self" => {
                (rename.rename.unraw().to_string(), before.to_vec(), &rename.ident)
            }
            UseTree::Rename(rename) => (rename.rename.unraw().to_string(), with(&rename.ident), &rename.ident),
        };
        self.written.push(Written { path: path.clone(), line: ident.span().start().line, exports: None });
        if imports {
            self.imports.push(Import { name: Some(name), path });
        }
    }

    /// The paths in tokens that are no syntax yet: `a::b`, `crate::{a, b}`.
    ///
    /// `$crate::a` is none: it is written where the macro is called, mostly in an application, which is above all layers.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is_punct =
            |at: usize, char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == char);
        let mut at = 0;
        while at < tokens.len() {
            let TokenTree::Ident(first) = &tokens[at] else {
                if let TokenTree::Group(group) = &tokens[at] {
                    self.tokens(group.stream());
                }
                at += 1;
                continue;
            };
            let is_path = at == 0 || !is_punct(at - 1, '$') && !is_punct(at - 1, ':');
            let line = first.span().start().line;
            let mut path = vec![first.unraw().to_string()];
            at += 1;
            while is_punct(at, ':') && is_punct(at + 1, ':') {
                match tokens.get(at + 2) {
                    Some(TokenTree::Ident(next)) => {
                        path.push(next.unraw().to_string());
                        at += 3;
                    }
                    Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                        let group = TokenStream::from(tokens[at + 2].clone());
                        if let (true, Ok(tree)) = (is_path, syn::parse2::<UseTree>(group)) {
                            self.tree(&tree, &path, false);
                        }
                        at += 3;
                    }
                    _ => break,
                }
            }
            if is_path {
                self.write(path, line);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name): (&[Attribute], _) = match item {
            Item::Const(item) => (&item.attrs, Some(&item.ident)),
            Item::Enum(item) => (&item.attrs, Some(&item.ident)),
            Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
            Item::ForeignMod(item) => (&item.attrs, None),
            Item::Impl(item) => (&item.attrs, None),
            Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
            Item::Mod(item) => (&item.attrs, None),
            Item::Static(item) => (&item.attrs, Some(&item.ident)),
            Item::Struct(item) => (&item.attrs, Some(&item.ident)),
            Item::Trait(item) => (&item.attrs, Some(&item.ident)),
            Item::Type(item) => (&item.attrs, Some(&item.ident)),
            Item::Union(item) => (&item.attrs, Some(&item.ident)),
            Item::Use(item) => (&item.attrs, None),
            _ => (&[], None),
        };
        if is_for_tests(attributes) {
            return;
        }
        self.items.extend(name.map(|name| name.unraw().to_string()));
        if let Item::Use(item) = item {
            return self.tree(&item.tree, &[], true);
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes: &[Attribute] = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        if let Some(name) = &item.ident
            && item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"))
        {
            let line = name.span().start().line;
            self.written.push(Written { path: Vec::new(), line, exports: Some(name.to_string()) });
        }
        visit::visit_item_macro(self, item);
    }

    fn visit_macro(&mut self, macro_: &'ast Macro) {
        self.visit_path(&macro_.path);
        self.tokens(macro_.tokens.clone());
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() {
            let line = path.segments.first().map_or(0, |first| first.ident.span().start().line);
            self.write(path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect(), line);
        }
        visit::visit_path(self, path);
    }

    /// A module has its own.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    /// `pub(in a::b)` uses nothing.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}

    /// Nor do attributes.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}
