//! The PVH entry: assembly text, its constants, and the note that tells loaders where it is.

use crate::arch::descriptors::{self, GDT};
use crate::arch::instruction_sets::{self, REQUIRED, XCR0};
use crate::arch::{pci, vga};
use crate::boot::start::start;
use crate::firmware::power;
use crate::kernel::{Console as _, Kernel};
use unikernel_vocabulary::command_line;
use unikernel_vocabulary::contract::{bios_stub, load_table, ports, pvh, status, stub, uefi_stub};
use unikernel_vocabulary::{bios_stub_section, pvh_note_section, uefi_stub_section};

/// Where a PVH loader enters, in 32-bit protected mode. `entry.S` describes the state there and the state it leaves.
///
/// Generic, so that it exists in kernels only: a host program that links the runtime for its tests does not contain it.
///
/// # Safety
/// Called once, by a loader, never by Rust.
#[allow(named_asm_labels)] // There is one instance in a kernel, and its text is long enough to want names.
#[unsafe(naked)]
#[unsafe(link_section = ".entry.unikernel")]
pub unsafe extern "C" fn entry<K: Kernel>() {
    core::arch::naked_asm!(
        include_str!("entry.S"),
        concat!(".pushsection ", pvh_note_section!(), ", \"a\", @note"),
        include_str!("note.S"),
        ".popsection",
        concat!(".pushsection ", bios_stub_section!(), ", \"\", @progbits"),
        include_str!("bios.S"),
        ".popsection",
        concat!(".pushsection ", uefi_stub_section!(), ", \"\", @progbits"),
        include_str!("uefi.S"),
        ".popsection",
        ".code64",
        CPUID_EXTENDED = const 0x8000_0000_u32,
        CPUID_LONG_MODE_BIT = const 29,
        CPUID_NO_EXECUTE_BIT = const 20,
        NO_EXECUTE_HIGH = const 1_u32 << 31,
        PRESENT = const 1,
        PRESENT_WRITABLE = const 0b11,
        CR4_PAE_OSFXSR_OSXMMEXCPT = const 1 << 5 | 1 << 9 | 1 << 10,
        CR4_OSXSAVE = const 1 << 18,
        XCR0 = const XCR0,
        REQUIRED_BYTES = const size_of_val(&REQUIRED),
        FEATURE_BYTES = const size_of::<instruction_sets::Feature>(),
        FEATURE_SUBLEAF = const instruction_sets::SUBLEAF_OFFSET,
        FEATURE_REGISTER = const instruction_sets::REGISTER_OFFSET,
        FEATURE_MASK = const instruction_sets::MASK_OFFSET,
        FEATURE_NAME = const instruction_sets::NAME_OFFSET,
        CR0_EM_TS = const 1 << 2 | 1 << 3,
        CR0_MP_NE = const 1 << 1 | 1 << 5,
        CR0_PG_WP = const 1_u32 << 31 | 1 << 16,
        MSR_EFER = const 0xc000_0080_u32,
        EFER_LONG_MODE = const 1 << 8,
        EFER_NO_EXECUTE = const 1 << 11,
        PVH_NOTE_OWNER = const u32::from_le_bytes(*pvh::NOTE_OWNER),
        PVH_NOTE_TYPE = const pvh::NOTE_TYPE,
        START_INFO_MAGIC = const pvh::START_INFO_MAGIC,
        START_INFO_VERSION = const pvh::START_INFO_VERSION,
        START_INFO_BYTES = const pvh::START_INFO_BYTES,
        START_INFO_FLAGS = const pvh::FLAGS,
        START_INFO_TEXT_SCREEN = const stub::TEXT_SCREEN,
        START_INFO_MODULES = const pvh::MODULES_ADDRESS,
        START_INFO_COMMAND_LINE = const pvh::COMMAND_LINE_ADDRESS,
        START_INFO_RSDP = const pvh::RSDP_ADDRESS,
        START_INFO_MEMORY_MAP = const pvh::MEMORY_MAP_ADDRESS,
        START_INFO_MEMORY_MAP_ENTRIES = const pvh::MEMORY_MAP_ENTRIES,
        COMMAND_LINE_BYTES = const command_line::MAX_BYTES + 1,
        MEMORY_MAP_ENTRY_BYTES = const pvh::MEMORY_MAP_ENTRY_BYTES,
        MEMORY_MAP_ENTRY_KIND = const pvh::MEMORY_MAP_ENTRY_KIND,
        MEMORY_USABLE = const pvh::USABLE,
        MEMORY_RESERVED = const pvh::RESERVED,
        BIOS_LOADED_AT = const bios_stub::LOADED_AT,
        BIOS_MBR_CODE_BYTES = const bios_stub::MBR_CODE_BYTES,
        BIOS_SECOND_STAGE = const bios_stub::SECOND_STAGE,
        BIOS_HEADER = const bios_stub::HEADER,
        BIOS_ENTRY = const bios_stub::ENTRY,
        BIOS_LAYOUT_VERSION_AT = const bios_stub::LAYOUT_VERSION_AT,
        BIOS_LAYOUT_VERSION = const bios_stub::LAYOUT_VERSION,
        BIOS_LOAD_TABLE = const bios_stub::LOAD_TABLE,
        BIOS_COMMAND_LINE = const bios_stub::COMMAND_LINE,
        BIOS_END = const bios_stub::END,
        UEFI_HEADER = const uefi_stub::HEADER,
        UEFI_HEADER_BYTES = const uefi_stub::HEADER_BYTES,
        UEFI_ENTRY = const uefi_stub::ENTRY,
        UEFI_LAYOUT_VERSION_AT = const uefi_stub::LAYOUT_VERSION_AT,
        UEFI_LAYOUT_VERSION = const uefi_stub::LAYOUT_VERSION,
        UEFI_LOAD_TABLE = const uefi_stub::LOAD_TABLE,
        UEFI_COMMAND_LINE = const uefi_stub::COMMAND_LINE,
        UEFI_KERNEL = const uefi_stub::KERNEL,
        LOAD_FROM = const load_table::FROM,
        LOAD_LENGTH = const load_table::LENGTH,
        LOAD_TO = const load_table::TO,
        LOAD_MEMORY_SIZE = const load_table::MEMORY_SIZE,
        LOAD_ENTRY_BYTES = const load_table::ENTRY_BYTES,
        COM1 = const ports::COM1,
        CONSOLE_PORT = const K::Console::PORT,
        UART_LINE_STATUS = const 5,
        UART_TRANSMITTER_READY = const 1 << 5,
        DEBUG_EXIT_PORT = const ports::DEBUG_EXIT,
        STATUS_FAULT = const status::FAULT,
        PVPANIC_PORT = const ports::PVPANIC,
        PVPANIC_EAX = const ports::pvpanic_eax(status::FAULT),
        PCI_ADDRESS = const pci::ADDRESS_PORT,
        PCI_DATA = const pci::DATA_PORT,
        PIIX4 = const power::CHIPSETS[0].0.address(0),
        PIIX4_IDENTITY = const power::CHIPSETS[0].1,
        ICH9 = const power::CHIPSETS[1].0.address(0),
        ICH9_IDENTITY = const power::CHIPSETS[1].1,
        POWER_MANAGEMENT_BASE = const power::POWER_MANAGEMENT_BASE,
        POWER_MANAGEMENT_PORT = const power::POWER_MANAGEMENT_PORT,
        SLEEP_S5_QEMU = const power::SLEEP_ENABLE | power::SLEEP_TYPES_S5[0],
        SCREEN = const vga::MEMORY.start,
        SCREEN_ATTRIBUTE = const vga::ATTRIBUTE >> 8,
        SCREEN_CELLS = const vga::ROWS * vga::COLUMNS,
        CODE_SELECTOR = const descriptors::CODE_SELECTOR,
        GDT_BYTES = const size_of::<descriptors::Gdt>(),
        gdt = sym GDT,
        required = sym REQUIRED,
        start = sym start::<K>,
        entry = sym entry::<K>,
    )
}
