//! Links the programs as kernels, where they are built for an image, and makes a library that is shared, as the host's are.

use std::path::PathBuf;
use std::process::Command;

fn main() {
    unikernel_build::link_std();
    println!("cargo:rerun-if-changed=src/answers.c");
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("a folder"));
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-nostdlib", "src/answers.c", "-o"]).arg(folder.join("libanswers.so"));
    assert!(compiler.status().expect("`cc` runs").success(), "{compiler:?}");
    println!("cargo:rustc-link-search=native={}", folder.display());
}
