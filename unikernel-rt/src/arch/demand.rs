//! Page faults that are no faults: the first touch of a page of a thread's stack maps it.
//!
//! The handler runs on the fault stack, at any instruction of any code, the allocator of frames included. So it uses no lock and no
//! window: a frame comes from a range that is its own, and the entry of the page table is reached through a level-4 entry that
//! points to the level-4 table itself (Intel SDM volume 3, section 5.5.4: each level then means the one above).

use super::{cpu, descriptors, image};
use core::ops::Range;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

const PAGE_BYTES: u64 = 4096;
const PAGE_FAULT: usize = 14;
/// Bits of an entry, and of the error code of a fault (Intel SDM volume 3, sections 5.5.4 and 5.7).
const PRESENT: u64 = 1 << 0;
const WRITABLE: u64 = 1 << 1;
/// In an entry that is not present: a guard page, never mapped.
const GUARD: u64 = 1 << 1;

/// The entry of the level-4 table that points to itself.
pub(crate) const OWN_ENTRY: u64 = 511;
/// Where the level-1 entries of all addresses follow each other because of it.
const ENTRIES: u64 = 0xffff_ff80_0000_0000;

/// The addresses that stacks may have; level-1 tables exist for all below `end`.
pub(crate) const START: u64 = 1 << 46;
static END: AtomicU64 = AtomicU64::new(START);

/// The free range at whose end the frames for stacks are taken: downwards from `TOP`, not below `BOTTOM`.
static RANGE_START: AtomicU64 = AtomicU64::new(0);
static RANGE_END: AtomicU64 = AtomicU64::new(0);
static TOP: AtomicU64 = AtomicU64::new(0);
static BOTTOM: AtomicU64 = AtomicU64::new(0);

/// The handler of other page faults.
static OTHER: AtomicUsize = AtomicUsize::new(0);

/// Begins to map stacks on demand, with frames from the end of `frames`.
///
/// # Safety
/// To be called once. The frames are nobody else's, but for those below what `keep_above` is told, and entry
/// [`OWN_ENTRY`] of the level-4 table points to the table.
pub(crate) unsafe fn begin(frames: Range<u64>) {
    RANGE_START.store(frames.start, Ordering::Relaxed);
    RANGE_END.store(frames.end, Ordering::Relaxed);
    BOTTOM.store(frames.start, Ordering::Relaxed);
    TOP.store(frames.end, Ordering::Relaxed);
    // SAFETY: the handler keeps all registers, and goes on to the former one where it does nothing.
    let other = unsafe { descriptors::replace_exception(PAGE_FAULT, page_fault as *const () as usize) };
    OTHER.store(other, Ordering::Relaxed);
}

/// Where the frames for stacks end that are not used yet; 0 before the beginning.
#[cfg(unikernel)]
pub(crate) fn top() -> u64 {
    TOP.load(Ordering::Relaxed)
}

/// The free range that the frames are of, empty before the beginning.
#[cfg(unikernel)]
pub(crate) fn frames() -> Range<u64> {
    RANGE_START.load(Ordering::Relaxed)..RANGE_END.load(Ordering::Relaxed)
}

/// Lets stacks have no frame below `address`: others have taken them.
#[cfg(unikernel)]
pub(crate) fn keep_above(address: u64) {
    BOTTOM.fetch_max(address, Ordering::Relaxed);
}

/// Moves the end of the addresses of stacks.
///
/// # Safety
/// There are level-1 page tables for all addresses below `end`, empty but for guard pages.
pub(crate) unsafe fn extend(end: u64) {
    END.store(end, Ordering::Relaxed);
}

/// The end of the addresses of stacks.
pub(crate) fn end() -> u64 {
    END.load(Ordering::Relaxed)
}

/// Whether an address is of a stack, or of a guard page.
pub(crate) fn is_stack(address: u64) -> bool {
    (START..end()).contains(&address)
}

/// Makes the page at `address` a guard page.
///
/// # Safety
/// It is below [`end`], and nothing is mapped there.
pub(crate) unsafe fn guard(address: u64) {
    // SAFETY: the entry exists by the caller's promise.
    unsafe { entry(address).write_volatile(GUARD) };
}

/// The level-1 entry of an address.
fn entry(address: u64) -> *mut u64 {
    (ENTRIES + (address >> 12 & ((1 << 36) - 1)) * 8) as *mut u64
}

/// Maps the page of `address`, where that is the first touch of a stack; whether it did.
extern "C" fn map(address: u64, error_code: u64) -> bool {
    if error_code & PRESENT != 0 || !is_stack(address) {
        return false;
    }
    let entry = entry(address);
    let frame = TOP.load(Ordering::Relaxed).wrapping_sub(PAGE_BYTES);
    // SAFETY: the table exists for every address of a stack.
    if unsafe { entry.read_volatile() } != 0 || frame < BOTTOM.load(Ordering::Relaxed) || frame < image::end() {
        return false;
    }
    TOP.store(frame, Ordering::Relaxed);
    // SAFETY: the frame is nobody's, and nothing is mapped at the address.
    unsafe { entry.write_volatile(frame | PRESENT | WRITABLE | cpu::no_execute()) };
    true
}

/// Saves what `map` may change. The processor has aligned the stack to 16 bytes and pushed six words.
#[unsafe(naked)]
unsafe extern "C" fn page_fault() {
    core::arch::naked_asm!(
        ".cfi_startproc simple",
        ".cfi_signal_frame",
        ".cfi_def_cfa rsp, 16",
        ".cfi_offset rip, -8; .cfi_offset rsp, 16",
        "push rax; push rcx; push rdx; push rsi; push rdi; push r8; push r9; push r10; push r11",
        ".cfi_adjust_cfa_offset 72",
        "sub rsp, 520",
        ".cfi_adjust_cfa_offset 520",
        "fxsave64 [rsp]",
        "mov rdi, cr2",
        "mov rsi, [rsp + 592]",
        "cld",
        "call {map}",
        "fxrstor64 [rsp]",
        "add rsp, 520",
        ".cfi_adjust_cfa_offset -520",
        "test al, al",
        "pop r11; pop r10; pop r9; pop r8; pop rdi; pop rsi; pop rdx; pop rcx; pop rax",
        ".cfi_adjust_cfa_offset -72",
        "jz 2f",
        "add rsp, 8",
        "iretq",
        "2:",
        "jmp [rip + {other}]",
        ".cfi_endproc",
        map = sym map,
        other = sym OTHER,
    )
}
