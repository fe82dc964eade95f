//! Callers of functions of C in small kernels made by hand, and the table of families.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::code::Frame;
use super::super::image::{Section, Symbol};
use super::families::ORDINARY;
use super::*;

const CODE: u64 = 0x101000;
const DATA: u64 = 0x103000;

fn frame(source: Source, function: &str) -> Frame {
    Frame { source, function: function.into(), place: String::new() }
}

fn of(name: &str, function: &str) -> Frame {
    frame(Source::Crate(name.into()), function)
}

fn c(function: &str) -> Frame {
    frame(Source::Runtime("posix/descriptors".into()), function)
}

/// What is asked for where each function has the 16 bytes of one span, with references from one to another, and to and from data.
fn asked(functions: Vec<Vec<Frame>>, references: &[(u64, u64)], has_data: bool) -> Vec<Family> {
    let range = |index: usize| CODE + 16 * index as u64..CODE + 16 * index as u64 + 16;
    let symbol = |(index, frames): (usize, &Vec<Frame>)| {
        let name = frames.last().expect("a function").function.clone();
        Symbol { address: range(index).start, size: 16, name }
    };
    let symbols = functions.iter().enumerate().map(symbol);
    let image = Image {
        sections: vec![Section { address: CODE, bytes: &[0x90; 16], executable: true }],
        gaps: Vec::new(),
        symbols: symbols.collect(),
        references: references.iter().map(|&(from, to)| Reference { from, to, in_table: false }).collect(),
    };
    let spans: Vec<_> = functions
        .into_iter()
        .enumerate()
        .map(|(index, frames)| Span { range: range(index), frames, is_padding: false })
        .collect();
    let piece = Piece {
        range: DATA..DATA + 8,
        symbol: None,
        referrers: Vec::new(),
        sources: BTreeSet::new(),
        is_padding: false,
    };
    find(&image, &spans, if has_data { std::slice::from_ref(&piece) } else { &[] })
}

/// The lines of the table, with one blank between columns.
fn shown(families: &[Family]) -> Vec<String> {
    let table = table(families).to_string();
    table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn function(index: u64) -> u64 {
    CODE + 16 * index
}

#[test]
fn what_was_inlined_is_called_by_what_surrounds_it() {
    let frames = vec![
        of("core", "core::mem::swap"),
        c("write"),
        of("std", "std::io::write"),
        of("log", "log::print"),
        frame(Source::Application, "main"),
    ];
    let asks = asked(vec![frames], &[], false);
    assert_eq!(shown(&asks), ["descriptors write ← std::io::write ← log"]);
    assert_eq!(summary(&asks).to_string(), "  descriptors  write  ← log\n");
}

#[test]
fn callers_are_followed_by_references_out_of_the_standard_library() {
    let functions = vec![
        vec![c("socket")],
        vec![of("std", "std::net::connect")],
        vec![of("core", "core::ops::call"), of("std", "std::net::each")],
        vec![of("reqwest", "reqwest::get")],
        vec![frame(Source::Application, "app::main")],
        vec![of("mio", "mio::new")],
        vec![frame(Source::Runtime("posix/start".into()), "unikernel_rt::start")],
    ];
    let references =
        [(1, 0), (2, 1), (3, 2), (4, 1), (5, 0), (6, 0)].map(|(from, to)| (function(from) + 4, function(to)));
    let asks = asked(functions, &references, false);
    assert_eq!(shown(&asks), ["sockets socket ← mio::new; std::net::connect ← application, reqwest"]);
    assert_eq!(summary(&asks).to_string(), "  sockets  socket  ← application, mio, reqwest\n");
}

#[test]
fn tables_of_functions_are_called_by_who_refers_to_them() {
    let functions = vec![vec![c("read")], vec![of("std", "std::io::read")], vec![of("user", "user::reads")]];
    let references = [(function(1), function(0)), (DATA, function(1)), (function(2), DATA)];
    assert_eq!(shown(&asked(functions.clone(), &references, true)), ["descriptors read ← std::io::read ← user"]);
    assert_eq!(shown(&asked(functions, &references[..1], true)), ["descriptors read ← std::io::read"]);
}

#[test]
fn functions_in_circles_and_those_of_the_runtime_alone_end() {
    let functions = vec![vec![c("close")], vec![of("std", "std::a")], vec![of("std", "std::b")], vec![c("free")]];
    let references = [(1, 0), (2, 1), (1, 2)].map(|(from, to)| (function(from) + 4, function(to)));
    assert_eq!(shown(&asked(functions, &references, false)), ["descriptors close ← std::a"]);
}

#[test]
fn a_function_of_rust_with_the_same_name_is_not_one_of_c() {
    let method = || frame(Source::Runtime("posix/files/memory".into()), "read");
    let functions = vec![
        vec![of("other", "read")],
        vec![frame(Source::Application, "app::read")],
        vec![method(), of("other", "other::main")],
        vec![frame(Source::Application, "read"), frame(Source::Application, "app::main")],
    ];
    assert_eq!(asked(functions, &[(function(1), function(0))], false), []);
}

/// The sources of the runtime's own C library.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { sources(&path, files) } else { files.push(path) }
    }
}

#[test]
fn every_function_of_the_runtime_is_of_one_family() {
    let mut files = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../unikernel-rt/src/posix");
    sources(&folder, &mut files);
    let mut count = 0;
    for path in files {
        let text = fs::read_to_string(&path).expect("a source");
        let file = path.strip_prefix(&folder).expect("is in it").with_extension("");
        // Up to the function, after the attribute that gives it its name.
        for part in text.split("#[cfg_attr(unikernel, unsafe(no_mangle))]").skip(1) {
            let Some((_, rest)) = part.split_once("extern \"C\" fn ") else { continue };
            let name = &rest[..rest.find('(').expect("its arguments")];
            // Those of a macro: `math.rs`.
            if name.starts_with('$') || name.starts_with("_Unwind_") || ORDINARY.contains(&name) {
                continue;
            }
            let files: Vec<_> = FAMILIES.iter().filter(|part| part.names().any(|known| known == name)).collect();
            assert!(files.len() == 1 && Path::new(files[0].file) == file, "`{name}` of `{}`", path.display());
            count += 1;
        }
    }
    assert!(count > 100, "{count} functions");
}
