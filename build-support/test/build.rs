//! Is the program that `unikernel-test` runs, and puts itself where the library finds it.
//!
//! A build script's dependencies are not unified with those of kernels (see Cargo.toml), and it is the only program that cargo
//! builds for a package that others depend on.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "program")]
    if std::env::args_os().nth(1).is_some_and(|argument| argument == "driver") {
        return unikernel_cli::driver::main();
    }
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "program")]
    install();
    ExitCode::SUCCESS
}

#[cfg(feature = "program")]
fn install() {
    use std::{env, fs, path::PathBuf};
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let (this, program) = (env::current_exe().expect("this program has a path"), folder.join("driver"));
    let _ = fs::remove_file(&program); // of an older build, which may be running
    if fs::hard_link(&this, &program).is_err() {
        fs::copy(&this, &program).unwrap_or_else(|error| panic!("cannot write `{}`: {error}", program.display()));
    }
    println!("cargo::rustc-env=UNIKERNEL_TEST_DRIVER={}", program.display());
}
