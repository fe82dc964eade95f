//! A copy of this workspace's sources.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// Copies a folder, but what was made in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten().filter(|entry| !is_made(&entry.file_name())) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().expect("a type").is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).expect("a copy");
        }
    }
}

/// What is no source.
fn is_made(name: &OsStr) -> bool {
    [".git", "target", "build"].iter().any(|made| name == *made)
}
