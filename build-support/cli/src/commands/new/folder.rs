//! The folder of a project: it is new or empty, and is written whole or not at all.

use std::io;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::super::failure::Failure;
use super::exists;
use super::template::File;

/// What may be in an empty folder: somebody has made a repository before.
const REPOSITORY: &str = ".git";

/// Where a project is to be.
#[derive(Debug)]
pub(super) struct Folder {
    /// Its absolute path.
    path: PathBuf,
    is_there: bool,
}

impl Folder {
    /// The folder at `path`, which does not exist yet or is empty.
    pub(super) fn find(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str().is_empty() {
            return Err(Failure::Text(
                "the path of the project is empty\nhelp: write `unikernel new hello`".to_owned(),
            ));
        }
        let failure = |error| Failure::file("make", path, error);
        if !exists(path) {
            return Ok(Self { path: env::current_dir().map_err(failure)?.join(path), is_there: false });
        }
        let is_folder = path.is_dir();
        let path = if is_folder { path.canonicalize().map_err(failure)? } else { path.to_owned() };
        let shown = super::shown(&path);
        if !is_folder {
            return Err(Failure::Text(format!(
                "`{}` exists, and is no folder\nhelp: choose another name, or remove it",
                shown.display()
            )));
        }
        let mut entries = fs::read_dir(&path).map_err(failure)?.flatten().map(|entry| entry.file_name());
        if let Some(entry) = entries.find(|entry| entry != REPOSITORY) {
            return Err(Failure::Text(format!(
                "`{}` exists and is not empty: there is `{}` in it\nhelp: choose another name, or remove it; nothing is overwritten",
                shown.display(),
                Path::new(&entry).display()
            )));
        }
        Ok(Self { path, is_there: true })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The last part of the path.
    pub(super) fn name(&self) -> Result<String, Failure> {
        let Some(name) = self.path.file_name() else {
            return Err(Failure::Text(format!(
                "`{}` has no name\nhelp: add `--name`, the name of the package",
                self.path.display()
            )));
        };
        Ok(name.to_string_lossy().into_owned())
    }

    /// Writes the files.
    pub(super) fn write(&self, files: &[File]) -> Result<(), Failure> {
        let write = || {
            if self.is_there {
                return write_all(&self.path, files);
            }
            // A folder beside it that gets its name when it is complete.
            let parent = self.path.parent().unwrap_or(Path::new("/"));
            fs::create_dir_all(parent)?;
            let unfinished = tempfile::Builder::new().prefix(".unikernel-new-").tempdir_in(parent)?;
            // One in it, with the usual permissions instead of those of a temporary folder.
            let folder = unfinished.path().join("project");
            fs::create_dir(&folder)?;
            write_all(&folder, files)?;
            fs::rename(folder, &self.path)
        };
        write().map_err(|error| Failure::file("make", &self.path, error))
    }
}

fn write_all(folder: &Path, files: &[File]) -> io::Result<()> {
    for File { path, contents } in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, contents)?;
    }
    Ok(())
}

/// The folder of the workspace that cargo would take the project for a member of.
pub(super) fn enclosing_workspace(folder: &Path) -> Option<PathBuf> {
    let is_workspace = |folder: &&Path| {
        let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        text.parse::<toml::Table>().is_ok_and(|manifest| manifest.contains_key("workspace"))
    };
    // Of a folder that does not exist yet, those above it that do.
    folder.ancestors().skip(1).find(is_workspace).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<File> {
        [("Cargo.toml", "a"), ("src/main.rs", "b")]
            .map(|(path, text)| File { path: path.into(), contents: text.into() })
            .into()
    }

    fn text<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
        match result {
            Err(Failure::Text(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_new_folder_and_those_above_it_are_made() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("deep/below/web");
        let folder = Folder::find(&path).unwrap();
        assert_eq!(folder.name().unwrap(), "web");
        folder.write(&files()).unwrap();
        assert_eq!(fs::read_to_string(path.join("src/main.rs")).unwrap(), "b");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "something is left over");
    }

    #[test]
    fn an_empty_folder_is_used_and_another_never_touched() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join(".git")).unwrap();
        let folder = Folder::find(place.path()).unwrap();
        folder.write(&files()).unwrap();
        let message = text(Folder::find(place.path()));
        assert!(message.contains("is not empty: there is `"), "{message}");

        let file = place.path().join("file");
        fs::write(&file, "mine").unwrap();
        assert!(text(Folder::find(&file)).contains("exists, and is no folder"));
        assert!(
            text(Folder::find(&file.join("web")).and_then(|folder| folder.write(&files()))).starts_with("cannot make")
        );
        let link = place.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert!(text(Folder::find(&link)).contains("exists, and is no folder"));
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        assert!(text(Folder::find(Path::new(""))).contains("is empty"));
    }

    #[test]
    fn the_nearest_workspace_encloses() {
        let place = tempfile::tempdir().unwrap();
        let package = place.path().join("package");
        fs::create_dir(&package).unwrap();
        fs::write(package.join("Cargo.toml"), "[package]\nname = \"a\"\n").unwrap();
        let inside = package.join("not/there/yet");
        assert_eq!(enclosing_workspace(&inside), None);
        fs::write(place.path().join("Cargo.toml"), "[workspace]\n").unwrap();
        assert_eq!(enclosing_workspace(&inside).as_deref(), Some(place.path()));
        assert_eq!(enclosing_workspace(place.path()), None);
    }
}
