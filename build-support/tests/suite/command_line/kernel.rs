//! Kernels of a few instructions, as ELF files.
//!
//! They are what `unikernel run` needs and nothing else, so that its tests depend on no part of the runtime. Code runs in
//! 32-bit protected mode, as PVH enters it.

use std::path::{Path, PathBuf};
use std::{fs, iter};

use tempfile::TempDir;
use unikernel_vocabulary::{Declaration, note};

const BASE: u32 = 0x0010_1000;
const DECLARATION: Declaration<'static> =
    Declaration { application: "scratch", version: "1.2.3", is_async: false, devices: &[], arguments: &[], rest: None };
const NOTE: [u8; DECLARATION.encoded_len()] = DECLARATION.encode();

/// A kernel in a folder of its own, which goes with it.
pub(crate) struct Scratch {
    folder: TempDir,
}

impl Scratch {
    /// Makes a kernel of some code.
    pub(crate) fn new(code: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("kernel"), elf(code)).expect("a temporary file");
        Self { folder }
    }

    /// The ELF.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("kernel")
    }

    /// A folder to use.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Code that writes a text to the console.
pub(crate) fn print(text: &str) -> Vec<u8> {
    let mut code = vec![0x66, 0xba, 0xf8, 0x03]; // mov dx, 0x3f8
    code.extend(text.bytes().flat_map(|byte| [0xb0, byte, 0xee])); // mov al, byte; out dx, al
    code
}

/// Code that ends the machine with a status.
pub(crate) fn exit(status: u8) -> Vec<u8> {
    // mov eax, status; mov dx, 0x501; out dx, eax
    [&[0xb8][..], &u32::from(status).to_le_bytes(), &[0x66, 0xba, 0x01, 0x05, 0xef]].concat()
}

/// Code that waits for ever.
pub(crate) fn halt() -> Vec<u8> {
    vec![0xfa, 0xf4, 0xeb, 0xfd] // cli; hlt; jmp to the hlt
}

/// Code that sends back what it receives, up to and including a `q`.
pub(crate) fn echo() -> Vec<u8> {
    vec![
        0x66, 0xba, 0xfd, 0x03, // mov dx, 0x3fd: line status
        0xec, // in al, dx
        0xa8, 0x01, // test al, 1: data ready
        0x74, 0xf7, // jz to the start
        0x66, 0xba, 0xf8, 0x03, // mov dx, 0x3f8
        0xec, 0xee, // in al, dx; out dx, al
        0x3c, b'q', // cmp al, 'q'
        0x75, 0xed, // jne to the start
    ]
}

/// Code that tells `pvpanic`.
pub(crate) fn panic() -> Vec<u8> {
    [&[0x66, 0xba, 0x05, 0x05, 0xb0, 0x01, 0xee][..], &halt()].concat() // mov dx, 0x505; mov al, 1; out dx, al
}

/// Code that switches the machine type `pc` off, after its BIOS has placed the PM registers at 0x600.
pub(crate) fn power_off() -> Vec<u8> {
    // mov dx, 0x604; mov ax, 0x2000; out dx, ax
    [&[0x66, 0xba, 0x04, 0x06, 0x66, 0xb8, 0x00, 0x20, 0x66, 0xef][..], &halt()].concat()
}

/// Code that faults without a handler, which resets the machine.
pub(crate) fn triple_fault() -> Vec<u8> {
    vec![
        0x6a, 0x00, 0x6a, 0x00, // push 0; push 0, on the stack that the loader left, or a fault at once: as good
        0x0f, 0x01, 0x1c, 0x24, // lidt [esp]
        0xcc, // int3
    ]
}

fn elf(code: &[u8]) -> Vec<u8> {
    let pvh = elf_note(b"Xen\0", 18, &BASE.to_le_bytes());
    let declaration = elf_note(note::OWNER, note::FORMAT, &NOTE);
    let notes = [pvh, declaration].concat();
    let (notes_at, code_at) = (64 + 2 * 56, 0x1000);
    let mut file = Vec::new();
    file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    file.extend([2_u16, 62].map(u16::to_le_bytes).concat()); // an executable for x86_64
    file.extend(1_u32.to_le_bytes());
    file.extend([u64::from(BASE), 64, 0].map(u64::to_le_bytes).concat()); // entry, program headers, sections
    file.extend(0_u32.to_le_bytes());
    file.extend([64_u16, 56, 2, 64, 0, 0].map(u16::to_le_bytes).concat());
    let (base, code_bytes, note_bytes) = (u64::from(BASE), code.len() as u64, notes.len() as u64);
    file.extend([1_u32, 5].map(u32::to_le_bytes).concat()); // PT_LOAD, r-x
    file.extend([code_at, base, base, code_bytes, code_bytes, 0x1000].map(u64::to_le_bytes).concat());
    file.extend([4_u32, 4].map(u32::to_le_bytes).concat()); // PT_NOTE, r--
    file.extend([notes_at, 0, 0, note_bytes, note_bytes, 4].map(u64::to_le_bytes).concat());
    file.extend(notes);
    file.extend(iter::repeat_n(0, code_at as usize - file.len()));
    file.extend(code);
    file
}

fn elf_note(owner: &[u8], kind: u32, descriptor: &[u8]) -> Vec<u8> {
    let mut note = [owner.len() as u32, descriptor.len() as u32, kind].map(u32::to_le_bytes).concat();
    for part in [owner, descriptor] {
        note.extend(part);
        note.resize(note.len().next_multiple_of(4), 0);
    }
    note
}
