//! Reads a folder that is to be embedded: its files, and the keys that they get.
//!
//! A key is the path below the folder, with `/` between its parts, as in `img/logo.png`. What cannot be a key, and what would be
//! read from outside the folder, is an error: nothing is skipped silently.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use unikernel_vocabulary::devices::KV_KEY_BYTES;

use crate::plan::File;

/// All files below `folder`, sorted by the bytes of their keys, or what is wrong.
pub(super) fn read(folder: &Path) -> Result<Vec<File>, String> {
    let root = fs::canonicalize(folder).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            "the package has no such folder\nhelp: the path is relative to the folder of Cargo.toml".to_owned()
        }
        _ => error.to_string(),
    })?;
    if !root.is_dir() {
        return Err("it is not a folder".to_owned());
    }
    let mut files = Vec::new();
    read_below(&root, &root, "", &mut files)?;
    files.sort_by(|one, other| one.key.as_bytes().cmp(other.key.as_bytes()));
    Ok(files)
}

fn read_below(root: &Path, folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<(), String> {
    let unreadable = |error: io::Error| format!("cannot read the folder `{}`: {error}", shown(prefix));
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let key = key(&entry, prefix)?;
        let path = target(root, folder, &entry, &key)?;
        let metadata = fs::metadata(&path).map_err(|error| format!("cannot read `{key}`: {error}"))?;
        if metadata.is_dir() {
            read_below(root, &path, &format!("{key}/"), files)?;
        } else if metadata.is_file() {
            fs::File::open(&path).map_err(|error| format!("cannot read `{key}`: {error}"))?;
            files.push(File { key, encodings: Vec::new() });
        } else {
            return Err(format!("`{key}` is neither a file nor a folder"));
        }
    }
    Ok(())
}

/// The key of a file, or the path of a folder.
fn key(entry: &DirEntry, prefix: &str) -> Result<String, String> {
    let name = entry.file_name();
    let Some(name) = name.to_str() else {
        return Err(format!("the name of `{prefix}{}` is not UTF-8", name.to_string_lossy()));
    };
    let key = format!("{prefix}{name}");
    if key.len() > usize::from(KV_KEY_BYTES) {
        return Err(format!("the path `{key}` has more than {KV_KEY_BYTES} bytes"));
    }
    Ok(key)
}

/// Where a file or folder really is: a link may point to another place in the folder, but not outside of it, nor to a parent.
fn target(root: &Path, folder: &Path, entry: &DirEntry, key: &str) -> Result<PathBuf, String> {
    let file_type = entry.file_type().map_err(|error| format!("cannot read `{key}`: {error}"))?;
    if !file_type.is_symlink() {
        return Ok(entry.path());
    }
    let target = fs::canonicalize(entry.path()).map_err(|error| format!("cannot follow the link `{key}`: {error}"))?;
    if !target.starts_with(root) {
        return Err(format!("the link `{key}` points outside of the folder"));
    }
    if folder.starts_with(&target) {
        return Err(format!("the link `{key}` points to a folder that contains it"));
    }
    Ok(target)
}

fn shown(prefix: &str) -> &str {
    if prefix.is_empty() { "." } else { prefix.trim_end_matches('/') }
}
