//! Link arguments of a kernel, for the one-line `build.rs` of an application.
//!
//! They reach the application's own link alone: given to the whole build they would also link build scripts and macros,
//! and those would crash.
#![forbid(unsafe_code)]

mod folders;

use std::path::{Path, PathBuf};
use std::{env, fs};

const SCRIPT: &str = include_str!("kernel.ld");

/// Libraries that a dependency's `libc` crate asks for. They are empty here, so that whatever would be found in them is an
/// undefined symbol; without them the compiler driver makes a dynamic executable, in silence.
const LIBRARIES: [&str; 8] = ["c", "m", "rt", "pthread", "dl", "util", "gcc_s", "gcc_eh"];

/// An archive with no members.
const EMPTY_ARCHIVE: &[u8] = b"!<arch>\n";

/// Tells cargo how to link the application of the package that is being built.
///
/// ```no_run
/// // All of `main` in build.rs:
/// build_support::link();
/// ```
///
/// # Panics
/// Panics, which fails the build with the message, where this is no build script, `OUT_DIR` cannot be written, or the profile
/// does not abort on panic.
pub fn link() {
    let out =
        PathBuf::from(env::var_os("OUT_DIR").expect("`build_support::link` is for build scripts: OUT_DIR is not set"));
    refuse_unwinding();
    let script = out.join("kernel.ld");
    write(&script, SCRIPT.as_bytes());
    for library in LIBRARIES {
        write(&out.join(format!("lib{library}.a")), EMPTY_ARCHIVE);
    }
    let out = out.display();
    for argument in [
        "-nostdlib",
        "-nostartfiles",
        "-static",
        "-no-pie",
        &format!("-L{out}"),
        &format!("-T{}", script.display()), // not by `-Wl`, which would split a path at its commas
        "-Wl,--gc-sections",
        "-Wl,--emit-relocs", // not loaded; they tell the audit who refers to what
        "-Wl,--build-id=none",
        "-Wl,--no-eh-frame-hdr",
        "-Wl,-z,norelro",
        "-Wl,-z,max-page-size=4096",
        // What is said of functions that were dropped is not to be said of address 0: debuggers look there. Pairs of all ones
        // mean something else in lists of ranges.
        "-Wl,-z,dead-reloc-in-nonalloc=.debug_*=0xffffffffffffffff",
        "-Wl,-z,dead-reloc-in-nonalloc=.debug_ranges=0xfffffffffffffffe",
        "-Wl,-z,dead-reloc-in-nonalloc=.debug_loc=0xfffffffffffffffe",
    ] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    watch_embedded_folders();
}

/// Has cargo compile the application again when anything in a folder that it embeds is added, changed or removed.
fn watch_embedded_folders() {
    println!("cargo:rerun-if-changed=src"); // the annotation is there, and may name another folder tomorrow
    let mut sources = Vec::new();
    collect_sources(Path::new("src"), &mut sources);
    for source in sources.iter().filter_map(|path| fs::read_to_string(path).ok()) {
        for folder in folders::embedded(&source) {
            // Cargo looks at all that is in it.
            println!("cargo:rerun-if-changed={folder}");
        }
    }
}

/// All sources below a folder; what cannot be read, the compiler will tell.
fn collect_sources(folder: &Path, sources: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect_sources(&entry.path(), sources),
            _ if entry.path().extension().is_some_and(|extension| extension == "rs") => sources.push(entry.path()),
            _ => {}
        }
    }
}

/// A kernel has nobody to unwind to, and the prebuilt `core` for unwinding would not link.
fn refuse_unwinding() {
    let unwinds = env::var("CARGO_CFG_PANIC").is_ok_and(|strategy| strategy != "abort");
    let profile = env::var("PROFILE").unwrap_or_default();
    let section = if profile == "debug" { "dev" } else { &profile };
    if unwinds {
        println!("cargo:error=the profile `{section}` unwinds on panic, which a unikernel cannot");
        println!("cargo:error=help: write into the Cargo.toml of the workspace: [profile.{section}] panic = \"abort\"");
    }
}

fn write(path: &Path, bytes: &[u8]) {
    if let Err(error) = fs::write(path, bytes) {
        panic!("cannot write {}: {error}", path.display());
    }
}
