//! Syntax as source text, for messages.

use syn::Type;

/// A type as source text.
pub(crate) fn type_text(ty: &Type) -> String {
    let item = syn::parse_quote!(type T = #ty;);
    let file = syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] };
    let text = prettyplease::unparse(&file);
    text.trim().trim_start_matches("type T = ").trim_end_matches(';').to_owned()
}
