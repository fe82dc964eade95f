//! The order in which kernel modules are loaded: each behind what it needs.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use object::{Object, ObjectSection};

use crate::Failure;

/// The files of `wanted` modules and of all that they need, in the order of loading; what is built in is not among them.
pub(super) fn order(folder: &Path, wanted: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = HashMap::new();
    collect(folder, &mut files).map_err(|error| format!("cannot read `{}`: {error}", folder.display()))?;
    let mut ordered = Vec::new();
    for name in wanted {
        visit(name, &files, &mut ordered)?;
    }
    Ok(ordered)
}

fn collect(folder: &Path, files: &mut HashMap<String, PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "ko")
            && let Some(stem) = path.file_stem()
        {
            files.insert(stem.to_string_lossy().replace('-', "_"), path);
        }
    }
    Ok(())
}

fn visit(name: &str, files: &HashMap<String, PathBuf>, ordered: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let Some(path) = files.get(name).filter(|path| !ordered.contains(path)) else { return Ok(()) };
    let bytes = fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    for needed in needs(&bytes).ok_or_else(|| format!("`{}` is no kernel module", path.display()))? {
        visit(&needed, files, ordered)?;
    }
    ordered.push(path.clone());
    Ok(())
}

/// The modules that a module says it needs.
fn needs(module: &[u8]) -> Option<Vec<String>> {
    let file = object::File::parse(module).ok()?;
    let information = file.section_by_name(".modinfo")?.data().ok()?;
    let words = information.split(|byte| *byte == 0).filter_map(|word| std::str::from_utf8(word).ok());
    let needed = words.filter_map(|word| word.strip_prefix("depends=")).flat_map(|list| list.split(','));
    Some(needed.filter(|name| !name.is_empty()).map(|name| name.replace('-', "_")).collect())
}
