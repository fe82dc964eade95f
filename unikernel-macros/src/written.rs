//! Saves the expansion to a file: `unikernel-expansion-BINARY.rs` below `$OUT_DIR`.
//!
//! It is a by-product for `unikernel expand`. Nothing that goes wrong here may fail a build: without a build script
//! there is no such folder, and the disk may be full.

use std::path::Path;
use std::{env, fs, io};

use proc_macro2::TokenStream;

/// Writes the expansion, where there is a folder for it. The binaries of a package share the folder.
pub(crate) fn leave(expansion: &TokenStream) {
    if let Some(folder) = env::var_os("OUT_DIR")
        && let Ok(binary) = env::var("CARGO_BIN_NAME")
    {
        let path = Path::new(&folder).join(format!("unikernel-expansion-{binary}.rs"));
        // The by-product is optional.
        let _ = write(&path, &pretty(expansion));
    }
}

/// Replaces the file as a whole: two compilers may run at once, and an editor may show it.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let unfinished = path.with_added_extension(std::process::id().to_string());
    let result = fs::write(&unfinished, text).and_then(|()| fs::rename(&unfinished, path));
    if result.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    result
}

/// The tokens as formatted Rust; as they are, where `syn` does not know the syntax of the user's code.
pub(crate) fn pretty(tokens: &TokenStream) -> String {
    match syn::parse2(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => format!("{tokens}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::{pretty, write};
    use std::fs;
    use std::path::PathBuf;

    const FILE: &str = "unikernel-expansion-hello.rs";

    /// A temporary folder of one test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("unikernel-macros-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).expect("a folder below the temporary one");
            Folder(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_file_is_replaced_and_nothing_else_is_left() {
        let folder = Folder::new("replaced");
        write(&folder.0.join(FILE), "fn old() {}").expect("writable");
        write(&folder.0.join(FILE), "fn new() {}").expect("writable");
        assert_eq!(fs::read_to_string(folder.0.join(FILE)).expect("written"), "fn new() {}");
        assert_eq!(fs::read_dir(&folder.0).expect("readable").count(), 1);
    }

    #[test]
    fn an_unchanged_file_is_not_touched() {
        let folder = Folder::new("unchanged");
        write(&folder.0.join(FILE), "fn main() {}").expect("writable");
        let time = || fs::metadata(folder.0.join(FILE)).and_then(|data| data.modified()).expect("a time");
        let before = time();
        write(&folder.0.join(FILE), "fn main() {}").expect("writable");
        assert_eq!(time(), before);
    }

    #[test]
    fn a_folder_that_is_none_is_an_error_and_no_panic() {
        let folder = Folder::new("none");
        assert!(write(&folder.0.join("absent").join(FILE), "fn main() {}").is_err());
        fs::create_dir(folder.0.join(FILE)).expect("writable");
        assert!(write(&folder.0.join(FILE), "fn main() {}").is_err(), "a folder stands where the file should");
        assert_eq!(fs::read_dir(&folder.0).expect("readable").count(), 1, "the unfinished file is gone");
    }

    #[test]
    fn syntax_that_is_not_known_is_left_as_it_is() {
        let tokens: proc_macro2::TokenStream = "fn main() { do yeet 1 }".parse().expect("tokens");
        assert_eq!(pretty(&tokens).split_whitespace().collect::<String>(), "fnmain(){doyeet1}");
    }
}
