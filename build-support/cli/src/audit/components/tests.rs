//! The table against the source folders, and what declarations allow.

use std::fs;
use std::path::Path;

use unikernel_vocabulary::{Decoded, note};

use super::*;

/// All source files below a folder, as the table writes them, but those of tests.
fn files(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_of_tests(&path) {
            let path = path.strip_prefix(root).expect("below the root").with_extension("");
            found.push(path.to_str().expect("a name in UTF-8").to_owned());
        }
    }
}

/// Whether the module above declares a file for tests alone.
fn is_of_tests(file: &Path) -> bool {
    let folder = file.parent().expect("a file is in a folder");
    let above = folder.with_extension("rs");
    let above = if above.exists() { above } else { folder.join("lib.rs") };
    let text = fs::read_to_string(&above).expect("the module above");
    let name = file.file_stem().and_then(|name| name.to_str()).expect("a name in UTF-8");
    let lines: Vec<_> = text.lines().collect();
    let declared = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].ends_with(&format!("mod {name};"));
    lines.windows(2).any(declared)
}

/// Every file is of a component, and every name of the table is of a file.
fn is_whole(folder: &str, source: fn(String) -> Source, names: fn(&Component) -> &'static [&'static str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut all = Vec::new();
    files(&root, &root, &mut all);
    assert!(all.len() > 10, "`{folder}` has only {} files", all.len());
    for file in &all {
        let found = component_of(&source(file.clone()));
        assert!(found.is_some(), "`{folder}/{file}.rs` is of no component: name it, or its folder, in COMPONENTS");
    }
    let all_names: Vec<_> = COMPONENTS.iter().flat_map(names).collect();
    for name in &all_names {
        let namesakes = all_names.iter().filter(|other| other == &name).count();
        assert_eq!(namesakes, 1, "`{name}` is of several components");
        let file = name.trim_end_matches(".rs");
        let is_there = LAYERS.iter().any(|layer| all.iter().any(|path| path.strip_prefix(layer) == Some(file)));
        assert!(is_there, "`{name}` in COMPONENTS is no file of `{folder}`");
    }
}

#[test]
fn every_file_of_the_runtime_is_of_one_component() {
    is_whole("../../unikernel-rt/src", Source::Runtime, |component| component.sources);
}

#[test]
fn every_file_of_the_vocabulary_is_of_one_component() {
    is_whole("../vocabulary/src", Source::Vocabulary, |component| component.vocabulary);
}

#[test]
fn every_device_of_the_vocabulary_is_a_component() {
    for device in unikernel_vocabulary::DEVICES {
        let by = COMPONENTS.iter().filter(|component| component.by == By::Device(device.kind)).count();
        assert_eq!(by, 1, "`{}`", device.kind);
    }
}

#[test]
fn the_table_is_sound() {
    for (index, component) in COMPONENTS.iter().enumerate() {
        let namesakes = COMPONENTS.iter().filter(|other| other.name == component.name).count();
        assert_eq!(namesakes, 1, "`{}`", component.name);
        for other in component.pulls_in {
            let position = COMPONENTS.iter().position(|component| component.name == *other);
            assert!(position.is_some_and(|position| position < index), "`{}` is built on `{other}`", component.name);
        }
        let is_pulled_in = COMPONENTS.iter().any(|other| other.pulls_in.contains(&component.name));
        assert!(component.by != By::Others || is_pulled_in, "nothing brings `{}` into a kernel", component.name);
    }
}

#[test]
fn an_item_is_of_the_file_that_it_is_in() {
    let runtime = |path: &str| component_of(&Source::Runtime(path.into())).map(|index| COMPONENTS[index].name);
    assert_eq!(runtime("boot/entry"), Some("boot"));
    assert_eq!(runtime("boot/entry/entry"), Some("boot"));
    assert_eq!(runtime("kernel/report"), Some("boot"));
    assert_eq!(runtime("devices/console/Serial"), Some("console"));
    assert_eq!(runtime("devices/console/serial/Serial"), Some("serial"), "the longest name counts");
    assert_eq!(runtime("kernel/arguments/Values"), Some("arguments"));
    assert_eq!(runtime("drivers/virtio/list"), Some("virtio"));
    assert_eq!(runtime("drivers/virtio/net/ring"), Some("net"), "the deepest folder counts");
    assert_eq!(runtime("devices/gramophone"), None, "a layer is nobody's");
    assert_eq!(runtime("argumentsomething"), None, "a name that only begins alike");
    let vocabulary = |path: &str| component_of(&Source::Vocabulary(path.into())).map(|index| COMPONENTS[index].name);
    assert_eq!(vocabulary("value/integer"), Some("arguments"));
    assert_eq!(vocabulary("command_line/split"), Some("boot"));
    let third = |name: &str| component_of(&Source::Crate(name.into())).map(|index| COMPONENTS[index].name);
    assert_eq!((third("uart_16550"), third("core")), (Some("serial"), None));
    assert_eq!(component_of(&Source::Application), None);
}

/// What a declaration allows, with an argument or none: the descriptor of its note, as the vocabulary's `note` describes it.
fn allowed(is_async: bool, devices: &[&str], has_argument: bool) -> Vec<(&'static str, Option<&'static str>)> {
    let mut note = Vec::new();
    let text = |note: &mut Vec<u8>, text: &str| {
        note.extend((text.len() as u16).to_le_bytes());
        note.extend(text.as_bytes());
    };
    text(&mut note, "app");
    text(&mut note, "1");
    note.extend([u8::from(is_async), devices.len() as u8, 0]);
    for kind in devices {
        text(&mut note, kind);
        text(&mut note, kind);
        note.extend([0, 0]);
    }
    note.extend([u8::from(has_argument), 0]);
    if has_argument {
        text(&mut note, "verbose");
        note.extend([1, 0]); // a bool
    }
    let decoded = Decoded::new(note::FORMAT, &note).expect("a declaration");
    assert_eq!((decoded.is_async(), decoded.arguments().count()), (is_async, usize::from(has_argument)));
    declared(&decoded).into_iter().map(|(index, by)| (COMPONENTS[index].name, by)).collect()
}

#[test]
fn a_declaration_allows_its_components_and_what_they_are_built_on() {
    assert_eq!(allowed(false, &[], false), [("boot", None)]);
    assert_eq!(allowed(false, &[], true), [("boot", None), ("arguments", None)]);
    assert_eq!(
        allowed(false, &["console"], false),
        [("boot", None), ("interrupts", Some("serial")), ("console", None), ("serial", None)]
    );
    assert_eq!(
        allowed(true, &[], false),
        [("boot", None), ("interrupts", Some("async")), ("poll", Some("async")), ("async", None)]
    );
    assert_eq!(allowed(false, &["heap"], false), [("boot", None), ("heap", None)]);
}

#[test]
fn an_advice_tells_how_to_come_by_a_component() {
    let advice = |name: &str| COMPONENTS[index(name).expect("a component")].advice();
    assert_eq!(advice("console"), "declare it, `#[unikernel(console)]`");
    assert_eq!(advice("serial"), "declare it, `#[unikernel(console(serial))]`");
    assert_eq!(advice("arguments"), "declare boot arguments, `#[unikernel(args(...))]`");
    assert_eq!(advice("async"), "make `main` an `async fn`");
    assert_eq!(advice("poll"), "declare what it comes with, `clock` or `block` or `shutdown` or `threads` or `async`");
}
