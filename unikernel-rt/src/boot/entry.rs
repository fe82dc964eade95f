//! The PVH entry: assembly text, its constants, and the note that tells loaders where it is.

use crate::arch::descriptors::{self, GDT};
use crate::arch::instruction_sets::{self, REQUIRED, XCR0};
use crate::boot::start::start;
use crate::firmware::power;
use crate::firmware::start_info;
use crate::kernel::status::Status;
use crate::kernel::{Console as _, Kernel};

/// Where a PVH loader enters, in 32-bit protected mode. `entry.S` describes the state there and the state it leaves.
///
/// Generic, so that it exists in kernels only: a host program that links the runtime for its tests has none of it.
///
/// # Safety
/// Called once, by a loader, never by Rust.
#[allow(named_asm_labels)] // There is one instance in a kernel, and its text is long enough to want names.
#[unsafe(naked)]
#[unsafe(link_section = ".entry.unikernel")]
pub unsafe extern "C" fn entry<K: Kernel>() {
    core::arch::naked_asm!(
        include_str!("entry.S"),
        include_str!("note.S"),
        ".pushsection .unikernel.bios, \"\", @progbits",
        include_str!("bios.S"),
        ".popsection",
        ".pushsection .unikernel.uefi, \"\", @progbits",
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
        START_INFO_BYTES = const size_of::<start_info::StartInfo>(),
        COMMAND_LINE_ADDRESS = const start_info::COMMAND_LINE_OFFSET,
        COMMAND_LINE_BYTES = const unikernel_vocabulary::command_line::MAX_BYTES + 1,
        MEMORY_MAP_ADDRESS = const start_info::MEMORY_MAP_OFFSET,
        MEMORY_MAP_ENTRIES = const start_info::MEMORY_MAP_ENTRIES_OFFSET,
        MEMORY_MAP_ENTRY_BYTES = const size_of::<start_info::MemoryMapEntry>(),
        MEMORY_USABLE = const start_info::USABLE,
        CONSOLE_PORT = const K::Console::PORT,
        UART_LINE_STATUS = const 5,
        UART_TRANSMITTER_READY = const 1 << 5,
        DEBUG_EXIT_PORT = const power::DEBUG_EXIT_PORT,
        STATUS_FAULT = const Status::FAULT.code(),
        PVPANIC_PORT = const power::PVPANIC_PORT,
        PVPANIC_PANICKED = const power::PVPANIC_PANICKED,
        CODE_SELECTOR = const descriptors::CODE_SELECTOR,
        GDT_BYTES = const size_of::<descriptors::Gdt>(),
        gdt = sym GDT,
        required = sym REQUIRED,
        start = sym start::<K>,
        entry = sym entry::<K>,
    )
}
