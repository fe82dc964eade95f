//! Every reason to refuse a file, by its whole message; and that no bytes make the parser panic.

use object::elf;
use unikernel_vocabulary::{Declaration, Device, note};

use super::{
    Access, Kernel,
    fixture::{Fixture, Part},
};
use crate::damage::damage;

/// What the parser says to a kernel that was changed in one way.
fn message(change: impl FnOnce(&mut Fixture)) -> String {
    let mut fixture = Fixture::new();
    change(&mut fixture);
    refused(fixture.bytes())
}

fn refused(bytes: Vec<u8>) -> String {
    Kernel::parse(bytes).expect_err("was not refused").to_string()
}

#[test]
fn a_kernel_in_order() {
    let kernel = Kernel::parse(Fixture::new().bytes()).unwrap();
    assert_eq!(kernel.entry(), 0x10_1010);
    assert_eq!(kernel.image_end(), 0x10_6000);
    assert_eq!(kernel.loaded_size(), 0x123 + 9 + 11);
    assert_eq!(kernel.declaration().application(), "web-server");
    assert_eq!(kernel.bios_stub().unwrap().len(), 2048 + 64);
    assert_eq!(kernel.uefi_stub().unwrap().len(), 1536 + 192);
    let found: Vec<_> = kernel
        .segments()
        .iter()
        .map(|segment| {
            (segment.address, kernel.contents(segment).len(), segment.memory_size, segment.access.to_string())
        })
        .collect();
    let expected = [
        (0x10_1000, 0x123, 0x123, "r-x".to_owned()),
        (0x10_2000, 9, 9, "r--".to_owned()),
        (0x10_3000, 11, 0x3000, "rw-".to_owned()),
    ];
    assert_eq!(found, expected);
}

#[test]
fn stripped_is_the_same_kernel() {
    let kernel = Kernel::parse(Fixture::new().bytes()).unwrap();
    let stripped = Kernel::parse(kernel.stripped()).unwrap();
    // Headers, PVH note, declaration, contents; nothing else.
    let notes = (12 + 4 + 4) + (12 + 12 + kernel.declaration.len());
    assert_eq!(stripped.bytes().len(), 64 + 4 * 56 + notes + 0x123 + 9 + 11);
    assert_eq!(stripped.declaration(), kernel.declaration());
    assert_eq!((stripped.entry(), stripped.image_end()), (kernel.entry(), kernel.image_end()));
    let segments = |kernel: &Kernel| -> Vec<(u64, Vec<u8>, u64, Access)> {
        let parts = kernel.segments().iter();
        parts.map(|part| (part.address, kernel.contents(part).to_vec(), part.memory_size, part.access)).collect()
    };
    assert_eq!(segments(&stripped), segments(&kernel));
    assert_eq!(stripped.stripped(), stripped.bytes());
    assert_eq!(
        stripped.bios_stub().unwrap_err().to_string(),
        "the ELF has no BIOS stub (section `.unikernel.bios`), which an ISO boots by\n\
         help: make the ISO of the ELF that was linked, not of one that was stripped or taken from an ISO"
    );
}

#[test]
fn a_stripped_kernel_has_no_stub_for_uefi() {
    let stripped = Kernel::parse(Kernel::parse(Fixture::new().bytes()).unwrap().stripped()).unwrap();
    let text = stripped.uefi_stub().unwrap_err().to_string();
    assert!(text.starts_with("the ELF has no UEFI stub (section `.unikernel.uefi`)"), "{text}");
}

#[test]
fn memory_behind_the_last_segment_counts() {
    let mut fixture = Fixture::new();
    fixture.symbols[1].2 = 0x12_0000;
    let kernel = Kernel::parse(fixture.bytes()).unwrap();
    assert_eq!(kernel.image_end(), 0x12_0000);
    assert_eq!(Kernel::parse(kernel.stripped()).unwrap().image_end(), 0x12_0000);
}

#[test]
fn an_entry_of_8_bytes() {
    let mut fixture = Fixture::new();
    fixture.notes[0].2 = 0x10_1020_u64.to_le_bytes().to_vec();
    assert_eq!(Kernel::parse(fixture.bytes()).unwrap().entry(), 0x10_1020);
}

#[test]
fn not_an_elf() {
    let expected = "not an ELF file\n\
                    help: give the kernel that `cargo build --release -p APP` made, `target/release/APP`";
    assert_eq!(refused(Vec::new()), expected);
    assert_eq!(refused(b"#!/bin/sh\n".to_vec()), expected);
}

#[test]
fn cannot_be_read() {
    let error = Kernel::read("/nowhere/kernel").unwrap_err();
    assert_eq!(error.to_string(), "cannot read `/nowhere/kernel`: No such file or directory (os error 2)");
}

#[test]
fn truncated() {
    let bytes = Fixture::new().bytes();
    let cut = |length: usize| refused(bytes[..length].to_vec());
    let message = |what, end, length| {
        format!(
            "the ELF is truncated: its {what} end at byte {end}, but the file has {length} bytes\n\
             help: copy or build the file again"
        )
    };
    assert_eq!(cut(63), message("headers", 64, 63));
    assert_eq!(cut(100), message("program headers", 64 + 4 * 56, 100));
    assert_eq!(cut(bytes.len() - 1), message("section headers", bytes.len(), bytes.len() - 1));
    // Without its sections, a file may be cut anywhere else.
    let stripped = Kernel::parse(bytes.clone()).unwrap().stripped();
    assert_eq!(refused(stripped[..300].to_vec()), message("notes", stripped.len() - 0x123 - 9 - 11, 300));
    assert_eq!(
        refused(stripped[..stripped.len() - 1].to_vec()),
        message("segments", stripped.len(), stripped.len() - 1)
    );
}

#[test]
fn wrong_class_or_machine() {
    assert_eq!(
        message(|elf| elf.class = elf::ELFCLASS32),
        "the ELF is a 32-bit one: a kernel is a 64-bit little-endian one for x86_64"
    );
    assert_eq!(
        message(|elf| elf.data = elf::ELFDATA2MSB),
        "the ELF is a big-endian one: a kernel is a 64-bit little-endian one for x86_64"
    );
    assert_eq!(message(|elf| elf.machine = elf::EM_AARCH64), "the ELF is for aarch64: a kernel is for x86_64");
    assert_eq!(
        message(|elf| elf.machine = elf::Machine(21)),
        "the ELF is for another machine (number 21): a kernel is for x86_64"
    );
}

#[test]
fn not_executable() {
    assert_eq!(
        message(|elf| elf.kind = elf::ET_REL),
        "the ELF is an object file, not an executable\n\
         help: give the kernel that `cargo build --release -p APP` made, `target/release/APP`"
    );
}

#[test]
fn dynamic() {
    let message = |change: fn(&mut Fixture), evidence: &str| {
        let expected = format!(
            "the ELF is dynamically linked (it has {evidence}), a kernel is static\n\
             help: let the application's build.rs call `unikernel_build::link()`, and use no crate that needs libc; a program \
             of `std` is built for an image by `unikernel iso`"
        );
        assert_eq!(message(change), expected);
    };
    message(|elf| elf.parts.push(Part::other(elf::PT_INTERP, b"/lib64/ld-linux-x86-64.so.2\0")), "an interpreter");
    message(|elf| elf.parts.push(Part::other(elf::PT_DYNAMIC, &[0; 16])), "a dynamic section");
    message(|elf| elf.sections.push((".dynamic", elf::SHT_DYNAMIC, vec![0; 16])), "a dynamic section");
    message(|elf| elf.kind = elf::ET_DYN, "no fixed address");
}

/// A kernel that declares `std`.
fn program() -> Fixture {
    const STD: Declaration<'static> = Declaration {
        application: "c",
        version: "0.1.0",
        is_async: false,
        devices: &[Device { kind: "std", name: "std", fixed: &[] }],
        arguments: &[],
        rest: None,
    };
    const ENCODED: [u8; STD.encoded_len()] = STD.encode();
    let mut fixture = Fixture::new();
    fixture.notes[1] = (note::OWNER.to_vec(), note::FORMAT, ENCODED.to_vec());
    fixture
}

#[test]
fn weak_symbols_are_for_programs_of_the_standard_library() {
    let mut fixture = program();
    fixture.weak.push("trace");
    assert!(Kernel::parse(fixture.bytes()).is_ok());
    assert!(message(|elf| elf.weak.push("trace")).starts_with("undefined symbol `trace`\n"));
}

#[test]
fn undefined_symbols() {
    assert_eq!(
        message(|elf| elf.symbols.push(("malloc", 0, 0))),
        "undefined symbol `malloc`\n\
         help: a kernel has no libc: use crates that are `no_std` and need no operating system"
    );
    assert_eq!(
        message(|elf| elf.symbols.push(("__unikernel_declare_console_to_use_println", 0, 0))),
        "undefined symbol `__unikernel_declare_console_to_use_println`\n\
         help: declare it: `#[unikernel(console, ...)]`"
    );
    assert_eq!(
        message(|elf| {
            for name in ["write", "free", "a", "b", "c", "d", "e", "f", "declare_clock", "free"] {
                elf.symbols.push((name, 0, 0));
            }
        }),
        "undefined symbols `a`, `b`, `c`, `d`, `declare_clock`, `e`, `f`, `free` and 1 more\n\
         help: declare it: `#[unikernel(clock, ...)]`\n\
         help: a kernel has no libc: use crates that are `no_std` and need no operating system"
    );
    let mut fixture = program();
    fixture.symbols.extend([("__unikernel_declare_clock_to_use_std_time", 0, 0), ("dlopen", 0, 0)]);
    assert_eq!(
        Kernel::parse(fixture.bytes()).unwrap_err().to_string(),
        "undefined symbols `__unikernel_declare_clock_to_use_std_time`, `dlopen`\n\
         help: declare it: `#[unikernel(clock, ...)]`\n\
         help: the runtime has no such function of C: a crate that calls it cannot be part of a unikernel, or not with the \
         features that it has now (`cargo tree -e features` shows who enables them)"
    );
}

#[test]
fn not_ours() {
    assert_eq!(
        message(|elf| elf.notes.clear()),
        "not a unikernel: the ELF has no PVH note\n\
         help: annotate the application's main with `#[unikernel(...)]`"
    );
    assert_eq!(
        message(|elf| elf.notes.truncate(1)),
        "not a unikernel of this project: the ELF has a PVH note but no declaration\n\
         help: annotate the application's main with `#[unikernel(...)]`"
    );
    assert_eq!(
        message(|elf| elf.notes[0].2 = vec![0; 6]),
        "the ELF is malformed: the PVH note holds 6 bytes, not an entry of 4 or 8"
    );
}

#[test]
fn declaration_of_another_format() {
    assert_eq!(
        message(|elf| elf.notes[1].1 = note::FORMAT + 1),
        format!(
            "the declaration has format {}, this tool knows format {}: update the tool to the version of the runtime",
            note::FORMAT + 1,
            note::FORMAT
        )
    );
    assert_eq!(
        message(|elf| elf.notes[1].1 = note::FORMAT - 1),
        format!(
            "the declaration has format {}, this tool needs format {}: build the application again with the current \
             runtime",
            note::FORMAT - 1,
            note::FORMAT
        )
    );
    assert_eq!(message(|elf| elf.notes[1].2.truncate(8)), "the declaration is truncated");
}

#[test]
fn entry_outside_of_code() {
    let entry = |entry: u64| message(|elf| elf.notes[0].2 = entry.to_le_bytes().to_vec());
    assert_eq!(entry(0x10_2000), "the PVH entry 0x102000 is not in an executable segment");
    assert_eq!(entry(0x10_1123), "the PVH entry 0x101123 is not in an executable segment");
    assert_eq!(entry(0x1_0010_1010), "the PVH entry 0x100101010 is not in an executable segment");
}

#[test]
fn misplaced_segments() {
    let link = "\nhelp: link with the project's own script, by `unikernel_build::link()` in the build.rs";
    assert_eq!(message(|elf| elf.parts.clear()), "the ELF has no loadable segment");
    assert_eq!(
        message(|elf| elf.parts[0].memory_size = 0x1001),
        format!(
            "segments overlap: the segment at 0x101000 (0x1001 bytes) ends behind the segment at 0x102000 (0x9 \
             bytes){link}"
        )
    );
    assert_eq!(
        message(|elf| elf.parts[2].flags = 7),
        format!(
            "the segment at 0x103000 (0x3000 bytes) is writable and executable, a kernel keeps code and data apart{link}"
        )
    );
    assert_eq!(
        message(|elf| elf.parts[2] = Part::load(6, 0xffff_f000, b"x", 0x1000)),
        "the segment at 0xfffff000 (0x1000 bytes) reaches beyond 4 GiB, where a kernel cannot be loaded"
    );
    assert_eq!(
        message(|elf| elf.parts[2] = Part::load(6, u64::MAX, b"x", 0x1000)),
        "the segment at 0xffffffffffffffff (0x1000 bytes) reaches beyond 4 GiB, where a kernel cannot be loaded"
    );
    assert_eq!(
        message(|elf| elf.parts[2] = Part::load(6, 0xf_ffff, b"x", 0x1000)),
        "the segment at 0xfffff (0x1000 bytes) begins below 1 MiB, which belongs to the firmware"
    );
    assert_eq!(
        message(|elf| elf.parts[2].memory_size = 10),
        "the ELF is malformed: the segment at 0x103000 (0xa bytes) has 0xb bytes in the file"
    );
    assert_eq!(
        message(|elf| elf.parts[2].virtual_address = 0xffff_8000_0010_3000),
        "the ELF is malformed: the segment at 0x103000 (0x3000 bytes) has another virtual address, 0xffff800000103000"
    );
}

#[test]
fn empty_segments_do_not_count() {
    let mut fixture = Fixture::new();
    fixture.parts.push(Part::load(7, 0, b"", 0));
    assert_eq!(Kernel::parse(fixture.bytes()).unwrap().segments().len(), 3);
}

/// Whatever the bytes, the parser returns; and what it accepts can be used to the end.
#[test]
fn damaged_bytes_do_not_panic() {
    let mut random = fastrand::Rng::with_seed(0x1e1f);
    let originals = [Fixture::new().bytes(), Kernel::parse(Fixture::new().bytes()).unwrap().stripped()];
    let mut accepted = 0;
    let cases = crate::damage::cases();
    for case in 0..cases {
        let mut bytes = originals[case % 2].clone();
        damage(&mut bytes, &mut random);
        if let Ok(kernel) = Kernel::parse(bytes) {
            accepted += 1;
            let _ = kernel.declaration().arguments().count();
            let _ = (kernel.loaded_size(), kernel.bios_stub().is_ok());
            let stripped = Kernel::parse(kernel.stripped()).expect("a stripped kernel is one");
            assert_eq!(stripped.image_end(), kernel.image_end());
        }
    }
    // Damage to what is not looked at, contents and names, is no fault; most of the rest is.
    assert!((cases / 100..cases - cases / 100).contains(&accepted), "{accepted} of {cases} accepted");
}
