//! Threads' processor state: the switch from one stack to another, and the base of thread-local storage.
//!
//! System V ABI for x86-64, section 3.2.1: a call preserves rbx, rbp, r12 to r15, the stack pointer, and the control words of SSE and
//! x87. A thread gives up the processor in a call, so that this is all of its state.

use x86_64::VirtAddr;
use x86_64::registers::model_specific::FsBase;

/// Control words as a process begins with: all exceptions masked, round to nearest, 64-bit precision.
const MXCSR: u64 = 0x1f80;
const X87_CONTROL: u64 = 0x037f;

/// Words of a context that never ran: control words, six registers, where to begin, and no caller.
const WORDS: usize = 9;

/// Lays out the context of a stack that was never run on: a switch to it calls `start`, which has no caller.
///
/// # Safety
/// The 128 bytes below `top`, a multiple of 16, are mapped, writable and nobody's.
pub(crate) unsafe fn prepare(top: u64, start: extern "C" fn() -> !) -> u64 {
    // The last word is the address that `start` would return to: a call leaves the stack so.
    let first = top - (WORDS * size_of::<u64>()) as u64;
    let words = [X87_CONTROL << 32 | MXCSR, 0, 0, 0, 0, 0, 0, start as *const () as u64, 0];
    // SAFETY: the caller's promise: it is less than 128 bytes.
    unsafe { (first as *mut [u64; WORDS]).write(words) };
    first
}

/// Saves this context below the stack pointer, which it stores at `save`, and continues the one at `load`.
///
/// # Safety
/// `load` was stored by a switch, or made by [`prepare`], and not continued since. `save` is valid for a write. The base of
/// thread-local storage is that of the other stack's thread.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn switch(save: *mut u64, load: u64) {
    core::arch::naked_asm!(
        ".cfi_startproc",
        "push rbp; push rbx; push r12; push r13; push r14; push r15",
        "sub rsp, 8",
        ".cfi_adjust_cfa_offset 56",
        "stmxcsr [rsp]",
        "fnstcw [rsp + 4]",
        "mov [rdi], rsp",
        "mov rsp, rsi",
        "ldmxcsr [rsp]",
        "fldcw [rsp + 4]",
        "add rsp, 8",
        "pop r15; pop r14; pop r13; pop r12; pop rbx; pop rbp",
        ".cfi_adjust_cfa_offset -56",
        "ret",
        ".cfi_endproc",
    )
}

/// Sets the base of thread-local storage.
///
/// # Safety
/// It is the control block of the thread that is about to run.
pub(crate) unsafe fn set_thread_base(address: u64) {
    FsBase::write(VirtAddr::new_truncate(address));
}

/// The first word of the control block, which is its own address.
#[inline(always)]
pub(crate) fn thread_base() -> u64 {
    let address;
    // SAFETY: it reads the word that `set_thread_base` has pointed to, which never changes for a thread.
    unsafe {
        core::arch::asm!("mov {}, fs:[0]", out(reg) address, options(pure, readonly, nostack, preserves_flags));
    }
    address
}
