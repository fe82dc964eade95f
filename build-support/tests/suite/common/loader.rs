//! The test kernel of the folder `loader`, built by rustc.

use std::{fs, path::Path, sync::OnceLock};

use unikernel_cli::elf::Kernel;
use unikernel_vocabulary::{Declaration, note};

use super::tool;

const DECLARATION: Declaration<'_> =
    Declaration { application: "loader", version: "1.0.0", is_async: false, devices: &[], arguments: &[], rest: None };

/// The kernel's ELF, as it was linked.
pub(crate) fn kernel() -> &'static Kernel {
    static KERNEL: OnceLock<Kernel> = OnceLock::new();
    KERNEL.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/common/loader");
        let (note, elf) = (folder.path().join("note"), folder.path().join("loader"));
        fs::write(&note, declaration_note()).unwrap();
        let rustc = || {
            let rustc = tool(&std::env::var("RUSTC").unwrap_or("rustc".to_owned()), "rustup's toolchain");
            rustc.args(["--edition=2024", "-Cpanic=abort", "-Copt-level=1", "-Crelocation-model=static"])
        };
        let vocabulary = folder.path().join("libunikernel_vocabulary.rlib");
        rustc()
            .args(["--crate-type=rlib", "--crate-name=unikernel_vocabulary", "-o"])
            .arg(&vocabulary)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../vocabulary/src/lib.rs"))
            .run();
        let mut rustc = rustc()
            .args(["--crate-type=bin", "--crate-name=loader"])
            .arg(format!("--extern=unikernel_vocabulary={}", vocabulary.display()))
            .args(
                ["-nostdlib", "-nostartfiles", "-static", "-no-pie", "-Wl,--build-id=none"]
                    .map(|a| format!("-Clink-arg={a}")),
            )
            .arg(format!("-Clink-arg=-Wl,-T,{}", source.join("kernel.ld").display()))
            .arg("-o")
            .arg(&elf)
            .arg(source.join("kernel.rs"));
        rustc.command.env("DECLARATION_NOTE", &note);
        rustc.run();
        Kernel::read(&elf).unwrap()
    })
}

fn declaration_note() -> Vec<u8> {
    const DESCRIPTOR: [u8; DECLARATION.encoded_len()] = DECLARATION.encode();
    let numbers = [note::OWNER.len() as u32, DESCRIPTOR.len() as u32, note::FORMAT];
    let mut bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    bytes.extend_from_slice(note::OWNER);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend_from_slice(&DESCRIPTOR);
    bytes
}
