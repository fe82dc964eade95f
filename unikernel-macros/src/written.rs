//! Leaves the expansion where people can read it: `unikernel-expansion.rs` below `$OUT_DIR`.
//!
//! It is a by-product for `unikernel expand`. Nothing that goes wrong here may fail a build: without a build script
//! there is no such folder, and the disk may be full.

use std::path::PathBuf;

use proc_macro2::TokenStream;

/// The name of the file below `$OUT_DIR`.
const FILE: &str = "unikernel-expansion.rs";

/// Writes the expansion, where there is a folder for it.
pub(crate) fn leave(expansion: &TokenStream) {
    let Some(folder) = std::env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    let path = folder.join(FILE);
    let text = pretty(expansion);
    // An unchanged file keeps its time: two compilers may run at once, and an editor may show it.
    if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return;
    }
    let unfinished = folder.join(format!("{FILE}.{}", std::process::id()));
    if std::fs::write(&unfinished, text).and_then(|()| std::fs::rename(&unfinished, &path)).is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
}

/// The tokens as formatted Rust; as they are, where `syn` does not know the syntax of the user's code.
pub(crate) fn pretty(tokens: &TokenStream) -> String {
    match syn::parse2(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => format!("{tokens}\n"),
    }
}
