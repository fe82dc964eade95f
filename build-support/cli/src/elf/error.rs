//! Errors of reading a kernel's ELF, with help for each.

use std::{fmt, io, path::PathBuf};

use unikernel_vocabulary::note;

/// An error of reading a kernel's ELF.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why it cannot be read.
        source: io::Error,
    },
    /// It has no ELF magic number.
    #[error(
        "not an ELF file\n\
         help: give the kernel that `cargo build --release -p APP` made, `target/release/APP`"
    )]
    NotElf,
    /// Something lies beyond the end of the file.
    #[error(
        "the ELF is truncated: its {what} end at byte {end}, but the file has {length} bytes\n\
         help: copy or build the file again"
    )]
    Truncated {
        /// What is cut off.
        what: &'static str,
        /// Where it ends.
        end: u64,
        /// The length of the file.
        length: u64,
    },
    /// The file is inconsistent.
    #[error("the ELF is malformed: {0}")]
    Malformed(String),
    /// It is not 64-bit, little-endian.
    #[error("the ELF is {found}: a kernel is a 64-bit little-endian one for x86_64")]
    Class {
        /// What it is: "a 32-bit one".
        found: &'static str,
    },
    /// It is for another processor.
    #[error("the ELF is for {}: a kernel is for x86_64", MachineName(*.0))]
    Machine(object::elf::Machine),
    /// It is not an executable.
    #[error(
        "the ELF is {found}, not an executable\n\
         help: give the kernel that `cargo build --release -p APP` made, `target/release/APP`"
    )]
    NotExecutable {
        /// What it is.
        found: &'static str,
    },
    /// It needs a dynamic linker.
    #[error(
        "the ELF is dynamically linked (it has {evidence}), a kernel is static\n\
         help: let the application's build.rs call `unikernel_build::link()`, and use no crate that needs libc; \
         a program of `std` is built for an image by `unikernel iso`"
    )]
    Dynamic {
        /// The evidence: "an interpreter".
        evidence: &'static str,
    },
    /// It has undefined symbols.
    #[error("{}", UndefinedSymbols { names, is_std: *is_std })]
    Undefined {
        /// The names of the undefined symbols, sorted.
        names: Vec<String>,
        /// Whether it is a program of the standard library.
        is_std: bool,
    },
    /// It has no PVH entry point, so it is a program for an operating system.
    #[error(
        "not a unikernel: the ELF has no PVH note\n\
         help: annotate the application's main with `#[unikernel(...)]`"
    )]
    NoPvhNote,
    /// Its PVH entry point is outside of its code.
    #[error("the PVH entry {entry:#x} is not in an executable segment")]
    Entry {
        /// The address of the entry point.
        entry: u64,
    },
    /// It has a PVH entry point, but no declaration.
    #[error(
        "not a unikernel of this project: the ELF has a PVH note but no declaration\n\
         help: annotate the application's main with `#[unikernel(...)]`"
    )]
    NoDeclaration,
    /// Its declaration cannot be read.
    #[error("{0}")]
    Declaration(note::Error),
    /// It has no loadable segment.
    #[error("the ELF has no loadable segment")]
    NoSegment,
    /// Two segments overlap.
    #[error(
        "segments overlap: {first} ends behind {second}\n\
         help: link with the project's own script, by `unikernel_build::link()` in the build.rs"
    )]
    Overlap {
        /// The lower segment.
        first: SegmentName,
        /// The higher segment.
        second: SegmentName,
    },
    /// A segment is both writable and executable.
    #[error(
        "{0} is writable and executable, a kernel keeps code and data apart\n\
         help: link with the project's own script, by `unikernel_build::link()` in the build.rs"
    )]
    WritableCode(SegmentName),
    /// A segment is beyond the reach of a 32-bit loader.
    #[error("{0} reaches beyond 4 GiB, where a kernel cannot be loaded")]
    Above4GiB(SegmentName),
    /// A segment would overwrite memory of the firmware.
    #[error("{0} begins below 1 MiB, which belongs to the firmware")]
    Below1MiB(SegmentName),
    /// The BIOS boot stub is missing.
    #[error(
        "the ELF has no BIOS stub (section `.unikernel.bios`), which an ISO boots by\n\
         help: make the ISO of the ELF that was linked, not of one that was stripped or taken from an ISO"
    )]
    NoBiosStub,
    /// The UEFI boot stub is missing.
    #[error(
        "the ELF has no UEFI stub (section `.unikernel.uefi`), which an ISO boots by\n\
         help: make the ISO of the ELF that was linked, not of one that was stripped or taken from an ISO"
    )]
    NoUefiStub,
}

/// Names a segment in a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SegmentName {
    /// Its address.
    pub address: u64,
    /// Its size in memory.
    pub memory_size: u64,
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the segment at {:#x} ({:#x} bytes)", self.address, self.memory_size)
    }
}

struct MachineName(object::elf::Machine);

impl fmt::Display for MachineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            object::elf::EM_386 => f.write_str("32-bit x86"),
            object::elf::EM_AARCH64 => f.write_str("aarch64"),
            object::elf::EM_RISCV => f.write_str("risc-v"),
            other => write!(f, "another machine (number {})", other.0),
        }
    }
}

/// The maximum number of names shown: one missing library can leave hundreds undefined.
const NAMES_SHOWN: usize = 8;

const HELP: &str = "\nhelp: a kernel has no libc: use crates that are `no_std` and need no operating system";
/// As the linker says it, which is another's here.
const STD_HELP: &str = "\nhelp: the runtime has no such function of C: a crate that calls it cannot be part of a unikernel, or not \
                        with the features that it has now (`cargo tree -e features` shows who enables them)";

struct UndefinedSymbols<'a> {
    names: &'a [String],
    is_std: bool,
}

impl fmt::Display for UndefinedSymbols<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, hidden) = self.names.split_at(self.names.len().min(NAMES_SHOWN));
        f.write_str(if self.names.len() == 1 { "undefined symbol " } else { "undefined symbols " })?;
        for (index, name) in shown.iter().enumerate() {
            write!(f, "{}`{name}`", if index == 0 { "" } else { ", " })?;
        }
        if !hidden.is_empty() {
            write!(f, " and {} more", hidden.len())?;
        }
        let mut devices: Vec<&str> = self.names.iter().filter_map(|name| device_to_declare(name)).collect();
        devices.sort_unstable();
        devices.dedup();
        for device in &devices {
            write!(f, "\nhelp: declare it: `#[unikernel({device}, ...)]`")?;
        }
        if self.names.iter().any(|name| device_to_declare(name).is_none()) {
            f.write_str(if self.is_std { STD_HELP } else { HELP })?;
        }
        Ok(())
    }
}

/// The device to declare, taken from an undefined symbol: the runtime calls the symbols of an undeclared device
/// `..declare_console..`.
fn device_to_declare(symbol: &str) -> Option<&str> {
    let (_, rest) = symbol.split_once("declare_")?;
    let end = rest.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(rest.len());
    (end > 0).then_some(&rest[..end])
}
