//! A kernel that reports what its loader did: PVH state, command line, memory map, contents of its segments.
//!
//! Built by the tests of the stubs with rustc alone, and the vocabulary before it (../loader.rs). It is 32-bit assembly throughout, on
//! purpose: what it checks is the state before any runtime has changed it.
#![no_std]
#![no_main]

use unikernel_vocabulary::contract::{bios_stub, load_table, ports, pvh, status, stub, uefi_stub};
use unikernel_vocabulary::{bios_stub_section, uefi_stub_section};

core::arch::global_asm!(
    include_str!("kernel.S"),
    COM1 = const ports::COM1,
    DEBUG_EXIT = const ports::DEBUG_EXIT,
    PVH_NOTE_OWNER = const u32::from_le_bytes(*pvh::NOTE_OWNER),
    PVH_NOTE_TYPE = const pvh::NOTE_TYPE,
);
core::arch::global_asm!(
    concat!(".pushsection ", bios_stub_section!(), ", \"\", @progbits"),
    include_str!("../../../../../unikernel-rt/src/boot/bios.S"),
    ".popsection",
    BIOS_COMMAND_LINE = const bios_stub::COMMAND_LINE,
    BIOS_END = const bios_stub::END,
    BIOS_ENTRY = const bios_stub::ENTRY,
    BIOS_HEADER = const bios_stub::HEADER,
    BIOS_LAYOUT_VERSION = const bios_stub::LAYOUT_VERSION,
    BIOS_LAYOUT_VERSION_AT = const bios_stub::LAYOUT_VERSION_AT,
    BIOS_LOADED_AT = const bios_stub::LOADED_AT,
    BIOS_LOAD_TABLE = const bios_stub::LOAD_TABLE,
    BIOS_MBR_CODE_BYTES = const bios_stub::MBR_CODE_BYTES,
    BIOS_SECOND_STAGE = const bios_stub::SECOND_STAGE,
    COM1 = const ports::COM1,
    CPUID_EXTENDED = const 0x8000_0000_u32,
    CPUID_LONG_MODE_BIT = const 29,
    DEBUG_EXIT_PORT = const ports::DEBUG_EXIT,
    LOAD_ENTRY_BYTES = const load_table::ENTRY_BYTES,
    LOAD_FROM = const load_table::FROM,
    LOAD_LENGTH = const load_table::LENGTH,
    LOAD_MEMORY_SIZE = const load_table::MEMORY_SIZE,
    LOAD_TO = const load_table::TO,
    MEMORY_MAP_ENTRY_BYTES = const pvh::MEMORY_MAP_ENTRY_BYTES,
    MEMORY_MAP_ENTRY_KIND = const pvh::MEMORY_MAP_ENTRY_KIND,
    MEMORY_USABLE = const pvh::USABLE,
    START_INFO_COMMAND_LINE = const pvh::COMMAND_LINE_ADDRESS,
    START_INFO_FLAGS = const pvh::FLAGS,
    START_INFO_MAGIC = const pvh::START_INFO_MAGIC,
    START_INFO_MEMORY_MAP = const pvh::MEMORY_MAP_ADDRESS,
    START_INFO_MEMORY_MAP_ENTRIES = const pvh::MEMORY_MAP_ENTRIES,
    START_INFO_TEXT_SCREEN = const stub::TEXT_SCREEN,
    START_INFO_VERSION = const pvh::START_INFO_VERSION,
    STATUS_FAULT = const status::FAULT,
);
core::arch::global_asm!(
    concat!(".pushsection ", uefi_stub_section!(), ", \"\", @progbits"),
    include_str!("../../../../../unikernel-rt/src/boot/uefi.S"),
    ".popsection",
    DEBUG_EXIT_PORT = const ports::DEBUG_EXIT,
    LOAD_ENTRY_BYTES = const load_table::ENTRY_BYTES,
    LOAD_FROM = const load_table::FROM,
    LOAD_LENGTH = const load_table::LENGTH,
    LOAD_MEMORY_SIZE = const load_table::MEMORY_SIZE,
    LOAD_TO = const load_table::TO,
    MEMORY_MAP_ENTRY_BYTES = const pvh::MEMORY_MAP_ENTRY_BYTES,
    MEMORY_MAP_ENTRY_KIND = const pvh::MEMORY_MAP_ENTRY_KIND,
    MEMORY_RESERVED = const pvh::RESERVED,
    START_INFO_MODULES = const pvh::MODULES_ADDRESS,
    START_INFO_COMMAND_LINE = const pvh::COMMAND_LINE_ADDRESS,
    START_INFO_MAGIC = const pvh::START_INFO_MAGIC,
    START_INFO_MEMORY_MAP = const pvh::MEMORY_MAP_ADDRESS,
    START_INFO_MEMORY_MAP_ENTRIES = const pvh::MEMORY_MAP_ENTRIES,
    START_INFO_RSDP = const pvh::RSDP_ADDRESS,
    START_INFO_VERSION = const pvh::START_INFO_VERSION,
    STATUS_FAULT = const status::FAULT,
    UEFI_COMMAND_LINE = const uefi_stub::COMMAND_LINE,
    UEFI_ENTRY = const uefi_stub::ENTRY,
    UEFI_HEADER = const uefi_stub::HEADER,
    UEFI_HEADER_BYTES = const uefi_stub::HEADER_BYTES,
    UEFI_KERNEL = const uefi_stub::KERNEL,
    UEFI_LAYOUT_VERSION = const uefi_stub::LAYOUT_VERSION,
    UEFI_LAYOUT_VERSION_AT = const uefi_stub::LAYOUT_VERSION_AT,
    UEFI_LOAD_TABLE = const uefi_stub::LOAD_TABLE,
);

/// Many chunks of the stub's, and no multiple of one: the last sector is not full.
const WORDS: usize = 100_001;

/// Every word differs, so that none can be misplaced unnoticed.
const fn pattern() -> [u32; WORDS] {
    let mut words = [0; WORDS];
    let mut index = 0;
    while index < WORDS {
        words[index] = (index as u32).wrapping_mul(0x9e37_79b1);
        index += 1;
    }
    words
}

#[used]
#[unsafe(link_section = ".pattern")]
static PATTERN: [u32; WORDS] = pattern();

#[used]
#[unsafe(link_section = ".note.unikernel")]
static DECLARATION: [u8; include_bytes!(env!("DECLARATION_NOTE")).len()] = *include_bytes!(env!("DECLARATION_NOTE"));

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
