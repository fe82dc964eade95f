//! Link arguments of a kernel, for the one-line `build.rs` of an application.
//!
//! They reach the application's own link alone: given to the whole build they would also link build scripts and macros,
//! and those would crash.
#![forbid(unsafe_code)]

mod declared;
mod environment;
mod examples;
mod folders;
mod std_script;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use declared::{Called, Source};
use examples::Examples;

const SCRIPT: &str = include_str!("kernel.ld");

/// What LLD calls about an undefined symbol.
const UNDEFINED: &str = include_str!("undefined.sh");

/// Libraries that a dependency's `libc` crate asks for. They are empty here, so that whatever would be found in them is an
/// undefined symbol; without them the compiler driver makes a dynamic executable, in silence.
const LIBRARIES: [&str; 8] = ["c", "m", "rt", "pthread", "dl", "util", "gcc_s", "gcc_eh"];

/// The stack of a kernel that declares none.
const STACK_BYTES: u64 = 32 << 10;

/// The same without optimization: what is moved is copied there, and every copy has its own place on the stack.
const UNOPTIMIZED_STACK_BYTES: u64 = 256 << 10;

/// An archive with no members.
const EMPTY_ARCHIVE: &[u8] = b"!<arch>\n";

/// Tells cargo how to link the application of the package that is being built.
///
/// ```no_run
/// // All of `main` in build.rs:
/// unikernel_build::link();
/// ```
///
/// # Panics
/// Panics where this is no build script, or `OUT_DIR` cannot be written. A target, host or linker that cannot make a kernel fails the
/// build with one message. (That the profile aborts on panic only the compiler knows: the attribute looks.)
pub fn link() {
    link_with(SCRIPT, UNDEFINED, Called::Link);
}

/// The same for a package whose programs declare `std`: they are kernels where the program `unikernel` builds them, which sets
/// `cfg(unikernel)`, and ordinary programs of the host where plain cargo does.
///
/// ```no_run
/// // All of `main` in build.rs:
/// unikernel_build::link_std();
/// ```
///
/// # Panics
/// As [`link`].
pub fn link_std() {
    println!("cargo:rustc-check-cfg=cfg(unikernel)");
    if env::var_os("CARGO_CFG_UNIKERNEL").is_some() {
        link_with(&std_script::script(), std_script::UNDEFINED, Called::LinkStd);
    } else {
        println!("cargo:rerun-if-changed=build.rs");
        let sources = sources();
        watch_embedded_folders(&sources);
        tell(declared::fault(&sources, Called::LinkStd, false));
    }
}

/// Fails the build where there is a fault; whether there was one.
fn tell(faults: impl IntoIterator<Item = String>) -> bool {
    let mut faults = faults.into_iter().peekable();
    let is_any = faults.peek().is_some();
    faults.for_each(|fault| println!("cargo::error={fault}"));
    is_any
}

fn link_with(linker_script: &str, undefined: &str, called: Called) {
    let out = PathBuf::from(
        env::var_os("OUT_DIR").expect("`unikernel_build::link` is for build scripts: OUT_DIR is not set"),
    );
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    println!("cargo:rerun-if-changed=build.rs");
    let sources = sources();
    watch_embedded_folders(&sources);
    let faults = environment::faults(&|name| env::var_os(name));
    if tell(faults.into_iter().chain(declared::fault(&sources, called, true))) {
        return;
    }
    let script = out.join("kernel.ld");
    write(&script, linker_script.as_bytes());
    for library in LIBRARIES {
        write(&out.join(format!("lib{library}.a")), EMPTY_ARCHIVE);
    }
    let is_unoptimized = env::var_os("OPT_LEVEL").is_some_and(|level| level == "0");
    let stack_bytes = if is_unoptimized { UNOPTIMIZED_STACK_BYTES } else { STACK_BYTES };
    let mut arguments = [
        "-nostdlib",
        "-nostartfiles",
        "-static",
        "-no-pie",
        &format!("-L{}", out.display()),
        &format!("-T{}", script.display()), // not by `-Wl`, which would split a path at its commas
        &format!("-Wl,--defsym=STACK_BYTES={stack_bytes:#x}"),
        "-Wl,--gc-sections",
        "-Wl,--emit-relocs", // not loaded; the audit reads references from them
        "-Wl,--build-id=none",
        "-Wl,--no-eh-frame-hdr",
        "-Wl,-z,norelro",
        // What is defined nowhere is at 0, also where a shared library that nothing asks for might make it a loader's affair.
        "-Wl,-z,nodynamic-undefined-weak",
        "-Wl,-z,max-page-size=4096",
        // What is said of functions that were dropped is not to be said of address 0: debuggers look there. Pairs of all ones
        // mean something else in lists of ranges.
        "-Wl,-z,dead-reloc-in-nonalloc=.debug_*=0xffffffffffffffff",
        "-Wl,-z,dead-reloc-in-nonalloc=.debug_ranges=0xfffffffffffffffe",
        "-Wl,-z,dead-reloc-in-nonalloc=.debug_loc=0xfffffffffffffffe",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.extend(lld(&out, undefined));
    let kernels: &[&str] = match Examples::find(Path::new("examples")) {
        Examples::Hosted => &["bins"],
        Examples::Kernels => &["bins", "examples"],
        Examples::Mixed(kernels) => {
            for kernel in kernels {
                let kernel = kernel.display();
                println!(
                    "cargo::warning=`{kernel}` cannot be linked as a kernel beside examples that are programs of the host"
                );
                println!("cargo::warning=move it to a package of its own, or to `src/bin`");
            }
            &["bins"]
        }
    };
    for kind in kernels {
        for argument in &arguments {
            println!("cargo:rustc-link-arg-{kind}={argument}");
        }
    }
    if Path::new("examples").exists() {
        println!("cargo:rerun-if-changed=examples"); // of a folder that is missing, cargo would think that it changes all the time
    }
}

/// The sources of the package, as far as they can be read.
fn sources() -> Vec<Source> {
    println!("cargo:rerun-if-changed=src"); // the annotation is there, and may declare something else tomorrow
    let mut paths = Vec::new();
    collect_sources(Path::new("src"), &mut paths);
    paths.sort();
    let mut sources = Vec::new();
    for path in paths {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        match text.parse() {
            Ok(tokens) => sources.push(Source { path, tokens }),
            // Usually rustc fails too, with a better message. If it does not, the image may become stale.
            Err(error) if text.contains("kv") => {
                println!(
                    "cargo:warning=cannot parse {}: {error}; changes in the folders that it embeds will not be noticed",
                    path.display()
                );
            }
            Err(_) => {}
        }
    }
    sources
}

/// Makes cargo recompile the application when anything in an embedded folder is added, changed or removed.
fn watch_embedded_folders(sources: &[Source]) {
    let tokens: Vec<_> = sources.iter().map(|source| source.tokens.clone()).collect();
    for folder in folders::embedded(&tokens) {
        // Cargo watches everything in it.
        println!("cargo:rerun-if-changed={folder}");
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

/// Chooses the linker that comes with the compiler, whatever the flags of the whole build chose for programs of the host, and has it
/// explain undefined symbols. Where a compiler comes without it, its own choice remains.
fn lld(out: &Path, undefined: &str) -> Vec<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let Ok(output) = Command::new(rustc).args(["--print", "sysroot"]).output() else { return Vec::new() };
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end());
    let host = env::var("HOST").unwrap_or_default();
    let folder = sysroot.join("lib/rustlib").join(host).join("bin/gcc-ld");
    if !folder.join("ld.lld").exists() {
        return Vec::new();
    }
    let script = out.join("undefined.sh");
    write(&script, undefined.as_bytes());
    make_executable(&script);
    let mut arguments = vec![format!("-B{}", folder.display()), "-fuse-ld=lld".to_owned()];
    // `-Wl` splits at commas.
    if !script.to_string_lossy().contains(',') {
        arguments.push(format!("-Wl,--error-handling-script={}", script.display()));
    }
    arguments
}

fn write(path: &Path, bytes: &[u8]) {
    if let Err(error) = fs::write(path, bytes) {
        panic!("cannot write {}: {error}", path.display());
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    if let Err(error) = fs::set_permissions(path, fs::Permissions::from_mode(0o755)) {
        panic!("cannot make {} executable: {error}", path.display());
    }
}

/// On other hosts no kernel is linked, but the build script has to be compiled to say so.
#[cfg(not(unix))]
fn make_executable(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, STACK_BYTES};
    use unikernel_vocabulary::contract::elf;
    use unikernel_vocabulary::{devices, note};

    #[test]
    fn the_script_has_the_names_of_the_contract() {
        for section in [note::SECTION, elf::PVH_NOTE_SECTION, elf::BIOS_STUB_SECTION, elf::UEFI_STUB_SECTION] {
            assert!(SCRIPT.contains(&format!("KEEP(*({section}))")), "{section}");
        }
        for stub in [elf::BIOS_STUB_SECTION, elf::UEFI_STUB_SECTION] {
            assert!(SCRIPT.contains(&format!("\n    {stub} 0 (INFO) :")), "{stub}");
        }
        assert!(SCRIPT.contains(&format!("\n    {} = .;", elf::IMAGE_END)));
        assert_eq!(STACK_BYTES, devices::STACK_BYTES);
    }
}
