//! Toolchain configurations of other workspaces: profiles, processors, linkers, targets, names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use unikernel_cli::cargo;

use crate::common::effort::{self, Effort};
use crate::common::kernels::{self, workspace};
use crate::common::{program, qemu, root, tool};

const SUCCESS: Option<i32> = Some(1);
const FAULT: Option<i32> = Some(102 << 1 | 1);

fn boots(kernel: &Path, cpu: &str, command_line: &str) -> qemu::Outcome {
    let boot = kernels::boot(kernel, "pc", "16M", command_line);
    qemu::run(boot.into_iter().chain(["-cpu".to_owned(), cpu.to_owned()]))
}

#[track_caller]
fn works(kernel: &Path, cpu: &str, command_line: &str) {
    let outcome = boots(kernel, cpu, command_line);
    assert_eq!((outcome.code, outcome.console.as_str()), (SUCCESS, "all of it works\n"), "{}", kernel.display());
}

/// Every symbol that the prebuilt libraries leave to others is the compiler's own, or the runtime's.
#[test]
fn the_prebuilt_libraries_refer_to_nothing_that_is_missing() {
    let sysroot = tool("rustc", "rustc").args(["--print", "sysroot"]).run();
    let folder = Path::new(sysroot.trim_end()).join("lib/rustlib/x86_64-unknown-linux-gnu/lib");
    let libraries: Vec<PathBuf> =
        fs::read_dir(folder).expect("the compiler's libraries").map(|entry| entry.unwrap().path()).collect();
    let (mut defined, mut undefined) = (BTreeSet::new(), BTreeSet::new());
    for library in ["libcore-", "liballoc-", "libcompiler_builtins-"] {
        let path = libraries.iter().find(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with(library) && name.ends_with(".rlib")
        });
        let symbols = tool("readelf", "binutils").args(["--symbols", "--wide"]).arg(path.expect(library)).run();
        for line in symbols.lines() {
            // Number, value, size, type, binding, visibility, section, name.
            if let [_, _, _, _, "GLOBAL" | "WEAK", _, section, name] = line.split_whitespace().collect::<Vec<_>>()[..] {
                let set = if section == "UND" { &mut undefined } else { &mut defined };
                set.insert(name.to_owned());
            }
        }
    }
    assert!(undefined.contains("_Unwind_Resume") && undefined.contains("memcpy"), "{undefined:?}");
    let source = root().join("unikernel-rt/src/arch/memory_functions.rs");
    let source = fs::read_to_string(source).expect("the runtime's definitions");
    let ours: BTreeSet<&str> =
        source.lines().filter_map(|line| Some(line.split_once("extern \"C\" fn ")?.1.split_once('(')?.0)).collect();
    // The panic handler and the allocator: the compiler checks that they are there.
    let missing: Vec<&String> = undefined
        .difference(&defined)
        .filter(|name| !ours.contains(name.as_str()) && !name.contains("7___rustc"))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// All of `alloc`, and what is built on it, unoptimised and as images are.
#[test]
fn all_of_alloc_links_and_works() {
    works(&kernels::kernel("alloc_api"), "qemu64", "");
    let workspace = workspace();
    let application = workspace.binary(None, "alloc_api").unwrap();
    let built = cargo::build(workspace, &application, "dev").unwrap_or_else(|error| panic!("{error}"));
    works(&built.kernel, "qemu64", "");
}

/// Changes of the profiles `dev` and `release`, and whether there is stack enough for `regex`.
const PROFILES: [(&str, &str, bool); 11] = [
    ("dev", "", false),
    ("dev", "opt-level=1 codegen-units=1 overflow-checks=false", true),
    ("dev", "lto=\"thin\" debug-assertions=false", false),
    ("release", "", true),
    ("debugging", "", true),
    ("release", "opt-level=0 lto=\"off\" codegen-units=16", false),
    ("release", "opt-level=0 lto=\"fat\"", false),
    ("release", "opt-level=2 lto=\"off\" codegen-units=1", true),
    ("release", "opt-level=3 lto=\"thin\" debug-assertions=true overflow-checks=true", true),
    ("release", "opt-level=\"z\" lto=false codegen-units=16", true),
    ("release", "opt-level=3 lto=\"off\" codegen-units=16 incremental=true", true),
];

#[test]
fn all_of_alloc_links_and_works_in_every_profile() {
    if effort::is_left_out("profiles other than dev and release", Effort::All) {
        return;
    }
    // One folder: what runs on the host, macros and build scripts, is the same in most of them, and is built once.
    let folder = tempfile::tempdir().unwrap();
    for (profile, changes, patterns) in PROFILES {
        let mut build = tool("cargo", "cargo").args([
            "build",
            "--package",
            "kernels-alloc-api",
            "--features",
            "patterns",
            "--profile",
            profile,
        ]);
        for change in changes.split_whitespace() {
            build = build.arg("--config").arg(format!("profile.{profile}.{change}"));
        }
        build.command.current_dir(root());
        build.arg("--target-dir").arg(folder.path()).run();
        let directory = if profile == "dev" { "debug" } else { profile };
        println!("{profile} {changes}");
        works(&folder.path().join(directory).join("alloc_api"), "qemu64", &format!("patterns={patterns}"));
    }
}

/// The kernel `binary` of a package, for a newer processor. With `--target` the flags are not those of macros and build scripts, which are then
/// built once in a folder.
fn built_for(cpu: &str, package: &str, binary: &str, folder: &Path) -> PathBuf {
    const TARGET: &str = "x86_64-unknown-linux-gnu";
    let build = tool("cargo", "cargo").args(["build", "--release", "--target", TARGET, "--package", package]);
    let mut build = build.arg("--target-dir").arg(folder);
    build.command.current_dir(root()).env("RUSTFLAGS", format!("-Ctarget-cpu={cpu}"));
    build.run();
    folder.join(TARGET).join("release").join(binary)
}

/// The registers of AVX are enabled where the build uses them; a processor that lacks what the build uses is named.
#[test]
fn a_build_for_newer_processors() {
    if effort::is_left_out("a build for newer processors", Effort::All) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let lacks = |kernel: &Path, cpu: &str, feature: &str| {
        let outcome = boots(kernel, cpu, "");
        let line = "unikernel: the image was compiled for processors with a feature that this one lacks: ";
        assert_eq!((outcome.code, outcome.console), (FAULT, format!("{line}{feature}\n")), "{cpu}");
    };
    let kernel = built_for("x86-64-v3", "hello", "hello", folder.path());
    let code = tool("objdump", "binutils").args(["--disassemble", "--no-show-raw-insn"]).arg(&kernel).run();
    assert!(code.contains("%ymm"), "the kernel uses no register of AVX, so that it proves nothing");
    let outcome = boots(&kernel, "max", "");
    assert_eq!((outcome.code, outcome.console.as_str()), (SUCCESS, "Hello from hello\n"));
    lacks(&kernel, "qemu64", "avx2");
    lacks(&kernel, "max,-bmi2", "bmi2");
    lacks(&kernel, "max,-xsave", "xsave");
    // QEMU's translator has no AVX-512.
    lacks(&built_for("x86-64-v4", "hello", "hello", folder.path()), "max", "avx512f");
    works(&built_for("x86-64-v3", "kernels-alloc-api", "alloc_api", folder.path()), "max", "");
}

const MAIN: &str = r#"#![no_std]
#![no_main]
use core::sync::atomic::{AtomicBool, Ordering};
use rt::prelude::*;

static GREETED: AtomicBool = AtomicBool::new(false);

#[unikernel(crate = rt, console, args(name = "you"))]
async fn main(name: &'static str, spawner: Spawner) {
    spawner.spawn(greet(name).expect("is spawned once"));
    while !GREETED.load(Ordering::Relaxed) {
        rt::yield_now().await;
    }
}

#[task(crate = rt)]
async fn greet(name: &'static str) {
    println!("Hello, {name}");
    GREETED.store(true, Ordering::Relaxed);
}
"#;

const EXAMPLE: &str = r#"#![no_std]
#![no_main]

/// As a facade crate has it.
mod facade {
    pub use rt as runtime;
}
use facade::runtime::prelude::*;

#[unikernel(crate = crate::facade::runtime, console)]
fn main() {
    println!("an example");
}
"#;

const CALLS_LIBC: &str = r#"#![no_std]
#![no_main]
use rt::prelude::*;

unsafe extern "C" {
    safe fn getpid() -> i32;
}

#[unikernel(crate = rt, console)]
fn main() {
    println!("{}", getpid());
}
"#;

/// A package with the runtime under another name, an example, and a program that calls libc; all is linked by gold, and run by the
/// runner.
fn package() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = root();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let manifest = format!(
        "[package]\nname = \"visitor\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[features]\ncalls = []\n\n\
         [[bin]]\nname = \"calls\"\nrequired-features = [\"calls\"]\n\n\
         [dependencies]\nrt = {{ package = \"unikernel-rt\", path = \"{root}/unikernel-rt\", features = [\"async\"] }}\n\n\
         [build-dependencies]\nunikernel-build.path = \"{root}/build-support/link\"\n\n\
         [profile.dev]\npanic = \"abort\"\n",
        root = root.display()
    );
    write("Cargo.toml", &manifest);
    write("build.rs", "fn main() {\n    unikernel_build::link();\n}\n");
    write("src/main.rs", MAIN);
    write("src/bin/calls.rs", CALLS_LIBC);
    write("examples/shown.rs", EXAMPLE);
    write("manifests/visitor.toml", "app = \"visitor\"\n[args]\nname = \"Alice\"\n");
    let configuration = format!(
        "[target.x86_64-unknown-linux-gnu]\nrunner = [\"{}\", \"runner\"]\nrustflags = [\"-Clink-arg=-fuse-ld=gold\"]\n",
        program()
    );
    write(".cargo/config.toml", &configuration);
    fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    folder
}

fn cargo_in(package: &TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut cargo = tool("cargo", "cargo").args(arguments);
    cargo.command.current_dir(package).env("CARGO_NET_OFFLINE", "true").env_remove("RUSTFLAGS").stdin(Stdio::null());
    cargo.command.envs(variables.iter().copied());
    cargo.output()
}

#[track_caller]
fn prints(output: &Output, expected: &str) {
    let [out, error] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert_eq!((output.status.code(), &*out), (Some(0), expected), "{error}");
}

#[track_caller]
fn fails(output: &Output, expected: &str) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains(expected), "no `{expected}` in:\n{error}");
}

/// One test, because builds take most of its time.
#[test]
fn a_package_with_its_own_idea_of_linker_names_and_programs() {
    if effort::is_left_out("a package with its own idea of the linker, of names and of programs", Effort::All) {
        return;
    }
    let package = package();
    prints(&cargo_in(&package, &["run", "--bin", "visitor"], &[]), "Hello, Alice\n");
    prints(&cargo_in(&package, &["run", "--bin", "visitor", "--", "name=J. Doe"], &[]), "Hello, J. Doe\n");
    prints(&cargo_in(&package, &["run", "--example", "shown"], &[]), "an example\n");
    // A program of the host stays one.
    let echo = Command::new(program()).args(["runner", "/bin/echo", "-n", "--flag"]).output().expect("runs");
    prints(&echo, "--flag");

    let output = cargo_in(&package, &["build", "--bin", "calls", "--features", "calls"], &[]);
    fails(
        &output,
        "help: a unikernel has no C library and no operating system; where `getpid` is a function of theirs",
    );
    let output = cargo_in(&package, &["check", "--bin", "visitor"], &[("CARGO_PROFILE_DEV_PANIC", "unwind")]);
    fails(&output, "error: the profile unwinds on panic, which a unikernel cannot\n");

    // Other targets are not installed here: their compiler would fail first. What the build script says is what counts.
    let builds = fs::read_dir(package.path().join("target/debug/build")).expect("was built");
    let scripts = builds.map(|entry| entry.unwrap().path().join("build-script-build"));
    let script = scripts
        .into_iter()
        .find(|path| path.exists() && path.to_string_lossy().contains("/visitor-"))
        .expect("was built");
    let says = |variables: &[(&str, &str)]| {
        let mut command = Command::new(&script);
        command
            .current_dir(&package)
            .env("OUT_DIR", package.path())
            .envs(variables.iter().copied())
            .env("RUSTC", "rustc");
        let said = String::from_utf8(command.output().expect("runs").stdout).expect("is text");
        // Before it, the script says what it depends on.
        said.lines().filter(|line| line.starts_with("cargo::")).map(str::to_owned).collect::<Vec<_>>()
    };
    let usual = ("HOST", "x86_64-unknown-linux-gnu");
    let said = says(&[usual, ("TARGET", "wasm32-unknown-unknown")]);
    let expected = "cargo::error=a unikernel is built for `x86_64-unknown-linux-gnu`, not `wasm32-unknown-unknown`: ";
    assert!(said.len() == 1 && said[0].starts_with(expected), "{said:?}");
    let said = says(&[usual, ("TARGET", usual.1), ("RUSTC_LINKER", "mold")]);
    assert!(said[0].starts_with("cargo::error=the linker `mold` is called directly, "), "{said:?}");
}
