//! Paths for messages.

use std::env;
use std::path::{Path, PathBuf};

/// A path, relative to the current directory where it lies below that.
pub(super) fn shown(path: &Path) -> PathBuf {
    let here = env::current_dir().and_then(|here| here.canonicalize());
    here.ok()
        .and_then(|here| path.strip_prefix(here).ok())
        .filter(|path| !path.as_os_str().is_empty())
        .unwrap_or(path)
        .into()
}
