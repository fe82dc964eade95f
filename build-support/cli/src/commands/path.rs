//! Paths as people read them.

use std::env;
use std::path::{Path, PathBuf};

/// A path as it is shortest from here.
pub(super) fn shown(path: &Path) -> PathBuf {
    let here = env::current_dir().and_then(|here| here.canonicalize());
    here.ok()
        .and_then(|here| path.strip_prefix(here).ok())
        .filter(|path| !path.as_os_str().is_empty())
        .unwrap_or(path)
        .into()
}
