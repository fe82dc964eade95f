//! The examples of a package, which may be kernels or programs of the host.

use std::fs;
use std::path::{Path, PathBuf};

/// What the examples below a folder are. Cargo has one list of link arguments for all of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Examples {
    /// There are none, or all are programs of the host.
    Hosted,
    /// All are kernels.
    Kernels,
    /// There are both: these are the kernels.
    Mixed(Vec<PathBuf>),
}

impl Examples {
    /// Classifies the examples that cargo discovers automatically.
    pub(crate) fn find(folder: &Path) -> Self {
        let paths = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mains = paths.map(|path| if path.is_dir() { path.join("main.rs") } else { path });
        let sources = mains.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
        let sources = sources.filter_map(|path| fs::read_to_string(&path).ok().map(|source| (path, source)));
        let (kernels, others): (Vec<_>, Vec<_>) = sources.partition(|(_, source)| is_kernel(source));
        match (kernels.is_empty(), others.is_empty()) {
            (true, _) => Self::Hosted,
            (false, true) => Self::Kernels,
            (false, false) => Self::Mixed(kernels.into_iter().map(|(path, _)| path).collect()),
        }
    }
}

/// A kernel has no `main` that the host could call.
fn is_kernel(source: &str) -> bool {
    source.lines().any(|line| line.trim_start().replace(' ', "").starts_with("#![no_main]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_one_kind_or_both() {
        let folder = std::env::temp_dir().join(format!("build-support-examples-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("is in a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        };
        assert_eq!(Examples::find(&folder), Examples::Hosted);
        write("first.rs", "//! About.\n#![no_std]\n#![no_main]\n");
        write("data/none.txt", "");
        assert_eq!(Examples::find(&folder), Examples::Kernels);
        write("second/main.rs", "fn main() {} // #![no_main]\n");
        assert_eq!(Examples::find(&folder), Examples::Mixed(vec![folder.join("first.rs")]));
        fs::remove_file(folder.join("first.rs")).expect("is there");
        assert_eq!(Examples::find(&folder), Examples::Hosted);
        fs::remove_dir_all(&folder).expect("is there");
    }
}
