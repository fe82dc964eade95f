//! Path remapping, for images that do not depend on the build machine.
//!
//! The compiler writes the paths of source files into an image: panic messages of dependencies carry the registry's folder,
//! and with it the user's home directory. Each such folder is given a name that is the same everywhere, so that an image
//! depends on the sources alone, and does not reveal where it was built. (`trim-paths` would do it, but is nightly.)
//!
//! The flags are harmless for build scripts and procedural macros, which cargo compiles with them too.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Folders and the names that stand for them in an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remap(BTreeMap<PathBuf, String>);

impl Remap {
    /// Lets `name` stand for `folder`. The first name of a folder counts.
    pub fn insert(&mut self, folder: &Path, name: impl Into<String>) {
        self.0.entry(folder.to_owned()).or_insert_with(|| name.into());
    }

    /// Folders with their names, outer folders before the ones in them.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &str)> {
        // A path sorts before everything that it is a prefix of.
        self.0.iter().map(|(folder, name)| (folder.as_path(), name.as_str()))
    }

    /// What a path is called in an image.
    #[must_use]
    pub fn name_of(&self, path: &Path) -> String {
        let innermost = self.0.iter().rev().find_map(|(folder, name)| Some((name, path.strip_prefix(folder).ok()?)));
        match innermost {
            Some((name, rest)) if rest.as_os_str().is_empty() => name.clone(),
            Some((name, rest)) => format!("{name}/{}", rest.display()),
            None => path.display().to_string(),
        }
    }

    /// The flags for `rustc`. Of two that match, it takes the later one: inner folders come last.
    pub fn flags(&self) -> impl Iterator<Item = OsString> {
        self.iter().map(|(folder, name)| {
            let mut flag = OsString::from("--remap-path-prefix=");
            flag.push(folder);
            flag.push("=");
            flag.push(OsStr::new(name));
            flag
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_folders_come_after_outer_ones() {
        let mut remap = Remap::default();
        remap.insert(Path::new("/home/u/.cargo/registry/src/index-1"), "/registry");
        remap.insert(Path::new("/home/u/.cargo"), "/cargo");
        remap.insert(Path::new("/home/u/.cargo-home"), "/other");
        let flags: Vec<_> = remap.flags().collect();
        assert_eq!(
            flags,
            [
                "--remap-path-prefix=/home/u/.cargo=/cargo",
                "--remap-path-prefix=/home/u/.cargo/registry/src/index-1=/registry",
                "--remap-path-prefix=/home/u/.cargo-home=/other",
            ]
        );
    }

    #[test]
    fn a_path_is_named_by_its_innermost_folder() {
        let mut remap = Remap::default();
        remap.insert(Path::new("/home/u"), "/home");
        remap.insert(Path::new("/home/u/.cargo/registry"), "/registry");
        let names = ["/home/u/.cargo/registry/spin-1/src", "/home/u/a", "/home/u", "/home/u2"];
        let names = names.map(|path| remap.name_of(Path::new(path)));
        assert_eq!(names, ["/registry/spin-1/src", "/home/a", "/home", "/home/u2"]);
    }

    #[test]
    fn the_first_name_of_a_folder_counts() {
        let mut remap = Remap::default();
        remap.insert(Path::new("/a"), "/workspace");
        remap.insert(Path::new("/a"), "/cargo");
        assert_eq!(remap.iter().collect::<Vec<_>>(), [(Path::new("/a"), "/workspace")]);
    }
}
