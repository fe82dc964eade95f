//! The files whose contents are in a kernel.

use std::fs;
use std::path::{Path, PathBuf};

use memchr::memmem;

use super::linked::package_at;
use super::{Error, sha256};
use crate::cargo::{Application, Inventory, Package};
use crate::elf::Kernel;

/// A file with its hash.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct File {
    /// Its name, or its path in the application's package.
    pub(super) name: String,
    pub(super) sha256: String,
}

impl File {
    /// Describes a file with these contents.
    #[must_use]
    pub fn new(name: impl Into<String>, bytes: &[u8]) -> Self {
        Self { name: name.into(), sha256: sha256(bytes) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The SHA-256 of its contents, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// The embedded files of an application's kernel at `path`: of `kv(dir = "...")`, `include_bytes!` and `include_str!`.
///
/// The compiler lists the files that it has read in `KERNEL.d`. Those of this package that are no sources, and whose contents are in
/// the kernel, are embedded.
pub(super) fn embedded(
    kernel: &Kernel,
    path: &Path,
    application: &Application,
    own: &Package,
    inventory: &Inventory,
) -> Result<Vec<File>, Error> {
    let list = path.with_added_extension("d");
    let text = fs::read_to_string(&list).map_err(|source| Error::File { path: list, source })?;
    let packages: Vec<_> = inventory.packages.iter().collect();
    let mut found = Vec::new();
    for file in read_files(&text) {
        let is_source = file.extension().is_some_and(|extension| extension == "rs" || extension == "toml");
        // What another package embeds is part of that package.
        let package = package_at(&inventory.remap.name_of(&file), &packages);
        if is_source || !file.is_file() || package.is_some_and(|package| package.id != own.id) {
            continue;
        }
        let bytes = fs::read(&file).map_err(|source| Error::File { path: file.clone(), source })?;
        let is_in = |bytes: &[u8]| {
            kernel.segments().iter().any(|segment| memmem::find(kernel.contents(segment), bytes).is_some())
        };
        if !bytes.is_empty() && is_in(&bytes) {
            let name = file.strip_prefix(&application.directory).ok().map(|path| path.display().to_string());
            found.push(File::new(name.unwrap_or_else(|| inventory.remap.name_of(&file)), &bytes));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The files on the right of the rule in a file of dependencies, as make reads it: `TARGET: FILE FILE`, with `\ ` for a space.
fn read_files(text: &str) -> Vec<PathBuf> {
    let Some((_, files)) = text.lines().next().and_then(|rule| rule.split_once(": ")) else { return Vec::new() };
    let (mut paths, mut path) = (Vec::new(), String::new());
    let mut letters = files.chars().chain([' ']).peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&' ') => path.extend(letters.next()),
            ' ' if path.is_empty() => {}
            ' ' => paths.push(std::mem::take(&mut path).into()),
            letter => path.push(letter),
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_spaces_are_read() {
        let files = read_files("/target/hello: /a/src/main.rs /a/a\\ site/index.html /b\n\n/other: /c\n");
        assert_eq!(files, ["/a/src/main.rs", "/a/a site/index.html", "/b"].map(PathBuf::from));
        assert_eq!(read_files(""), Vec::<PathBuf>::new());
        assert_eq!(read_files("/target/hello:"), Vec::<PathBuf>::new());
    }
}
