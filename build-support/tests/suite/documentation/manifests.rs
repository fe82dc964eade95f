//! TOML: manifests against the declaration of their application, Cargo.toml against the features of the runtime.

use std::fs;

use unikernel_cli::elf::Kernel;
use unikernel_cli::manifest::Manifest;

use super::page::Page;
use super::{Fault, assert_none, found, pages, samples};
use crate::common::{kernels, root};

fn check(page: &Page) -> Vec<Fault> {
    page.blocks_in(&["toml"])
        .filter_map(|block| fault(&page.path, &block.text).map(|text| page.fault(block.line, text)))
        .collect()
}

fn fault(path: &str, text: &str) -> Option<String> {
    match text.parse::<toml::Table>() {
        Err(error) => Some(error.to_string()),
        Ok(table) if table.contains_key("app") => manifest(path, text).err(),
        Ok(table) => feature(&table),
    }
}

/// Checks a manifest as `unikernel check` does: of a sample, or of an application of this workspace.
fn manifest(path: &str, text: &str) -> Result<(), String> {
    let manifest = Manifest::parse(text, path, None).map_err(|report| report.to_string())?;
    let name = manifest.application();
    let path = match samples::built().kernels.get(&name.replace('-', "_")) {
        Some(sample) => sample.clone(),
        None if root().join("apps").join(name).exists() => kernels::kernel(name),
        None => return Err(format!("no sample and no application is called `{name}`")),
    };
    let kernel = Kernel::read(path).map_err(|error| error.to_string())?;
    // A sample is a binary of a package with all of them, and its declaration has the name of that binary.
    manifest.check(&kernel.declaration()).map(drop).map_err(|report| report.to_string())
}

/// A feature that the runtime does not have.
fn feature(table: &toml::Table) -> Option<String> {
    let features = table.get("dependencies")?.get("unikernel-rt")?.get("features")?.as_array()?;
    let runtime = fs::read_to_string(root().join("unikernel-rt/Cargo.toml")).expect("the runtime's");
    let runtime: toml::Table = runtime.parse().expect("TOML");
    let unknown =
        features.iter().filter_map(|feature| feature.as_str()).find(|name| runtime["features"].get(name).is_none());
    unknown.map(|name| format!("unikernel-rt has no feature `{name}`"))
}

#[test]
fn manifests_fit_their_applications() {
    assert_none(&pages().iter().flat_map(check).collect::<Vec<_>>());
}

#[test]
fn a_wrong_manifest_is_found() {
    let right = "```toml\napp = \"greet\"\n[args]\nname = \"you\"\n```\n\n```toml\n[profile.release]\npanic = \"abort\"\n```\n\n\
                 ```toml\n[dependencies]\nunikernel-rt = { path = \"x\", features = [\"net\"] }\n```\n";
    assert_eq!(found(right, check), [""; 0]);
    let wrong = "```toml\napp = \"greet\"\n[args]\nname = \"you\"\ntims = 3\n```\n\n```toml\na = \n```\n\n```toml\napp = \"none\"\n```\n\n\
                 ```toml\n[dependencies]\nunikernel-rt = { path = \"x\", features = [\"nets\"] }\n```\n";
    let found = found(wrong, check);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found[0].contains("unknown argument `tims`"), "{found:?}");
    assert!(found[1].starts_with("9: TOML parse error"), "{found:?}");
    assert_eq!(
        found[2..],
        ["13: no sample and no application is called `none`", "17: unikernel-rt has no feature `nets`"]
    );
}
