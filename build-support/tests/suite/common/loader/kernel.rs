//! A kernel that reports what its loader did: PVH state, command line, memory map, contents of its segments.
//!
//! Built by the tests of the stubs with rustc alone (../loader.rs). It is 32-bit assembly throughout, on
//! purpose: what it checks is the state before any runtime has changed it.
#![no_std]
#![no_main]

core::arch::global_asm!(include_str!("kernel.S"));
core::arch::global_asm!(
    ".pushsection .unikernel.bios, \"\", @progbits",
    include_str!("../../../../../unikernel-rt/src/boot/bios.S"),
    ".popsection"
);
core::arch::global_asm!(
    ".pushsection .unikernel.uefi, \"\", @progbits",
    include_str!("../../../../../unikernel-rt/src/boot/uefi.S"),
    ".popsection"
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
