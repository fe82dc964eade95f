//! The only code that enables interrupts, and their handlers: each sets a bit, then acknowledges or leaves that to the driver.
//!
//! Interrupts are disabled (IF = 0) everywhere except in [`halt`] and [`take`]. Handlers therefore run within a call of an
//! `extern "C"` function, and preserve what such a function preserves.

use super::descriptors::{self, EXCEPTIONS};
use super::local_apic::{self, Register};
use crate::sync::Hook;
use core::sync::atomic::{AtomicU32, Ordering};

/// The pending bits of vectors 32 to 63.
static PENDING: AtomicU32 = AtomicU32::new(0);

/// What serves the vector of [`claim_served`].
static SERVE: Hook<fn()> = Hook::new();

const fn bit(vector: u8) -> u32 {
    1 << (vector - EXCEPTIONS as u8)
}

/// Returns and clears the pending bit of a vector.
#[inline]
pub(crate) fn take_pending(vector: u8) -> bool {
    let bit = bit(vector);
    PENDING.fetch_and(!bit, Ordering::Relaxed) & bit != 0
}

/// Halts until at least one interrupt has been taken. None is lost: one that arrives before the halt ends it at once.
pub(crate) fn halt() {
    // SAFETY: what interrupts has a gate of this file, or is an exception to the processor, which is reported.
    unsafe { sti_hlt_cli() };
}

/// Takes the interrupts that are pending, without halting.
pub(crate) fn take() {
    // SAFETY: as in `halt`.
    unsafe { sti_cli() };
}

/// Has the page mapped that an interrupt is pushed to: a page fault meanwhile, of a thread's stack that is mapped on demand, would
/// come after the interrupt was acknowledged, and lose it.
#[cfg(all(feature = "std", unikernel))]
macro_rules! touch_stack {
    () => {
        "or qword ptr [rsp - 128], 0"
    };
}

/// The stack is mapped.
#[cfg(not(all(feature = "std", unikernel)))]
macro_rules! touch_stack {
    () => {
        ""
    };
}

/// `sti` holds interrupts back for one instruction, so that they are let in with the one that halts, not earlier. Those that
/// are pending when the first returns follow it before `cli`.
#[unsafe(naked)]
unsafe extern "C" fn sti_hlt_cli() {
    core::arch::naked_asm!(".cfi_startproc", touch_stack!(), "sti", "hlt", "cli", "ret", ".cfi_endproc")
}

#[unsafe(naked)]
unsafe extern "C" fn sti_cli() {
    core::arch::naked_asm!(".cfi_startproc", touch_stack!(), "sti", "nop", "cli", "ret", ".cfi_endproc")
}

/// Installs a handler that sets the pending bit and acknowledges. A const parameter, so that only vectors in use have one.
pub(crate) fn claim<const VECTOR: u8>() {
    // SAFETY: the stub keeps what an `extern "C"` function keeps and ends with `iretq`.
    unsafe { descriptors::set_interrupt(VECTOR.into(), noted::<VECTOR> as *const () as usize) };
}

/// Installs a handler that only sets the pending bit; the driver acknowledges.
pub(crate) fn claim_unacknowledged<const VECTOR: u8>() {
    // SAFETY: the stub touches no register and ends with `iretq`.
    unsafe { descriptors::set_interrupt(VECTOR.into(), unacknowledged::<VECTOR> as *const () as usize) };
}

/// Installs a handler that calls `serve`, then acknowledges. There is one such function.
pub(crate) fn claim_served<const VECTOR: u8>(serve: fn()) {
    SERVE.set(serve);
    // SAFETY: the stub keeps what an `extern "C"` function keeps and ends with `iretq`.
    unsafe { descriptors::set_interrupt(VECTOR.into(), served as *const () as usize) };
}

/// Installs a handler that does nothing.
pub(crate) fn claim_ignored<const VECTOR: u8>() {
    // SAFETY: it touches no register and ends with `iretq`.
    unsafe { descriptors::set_interrupt(VECTOR.into(), ignored as *const () as usize) };
}

/// The processor has aligned the stack to 16 bytes and pushed five words.
#[unsafe(naked)]
unsafe extern "C" fn noted<const VECTOR: u8>() {
    core::arch::naked_asm!(
        "mov edi, {bit}",
        "jmp {note}",
        bit = const bit(VECTOR),
        note = sym note,
    )
}

#[unsafe(naked)]
unsafe extern "C" fn note() {
    core::arch::naked_asm!(
        "or [rip + {pending}], edi",
        "sub rsp, 8",
        // For a debugger: what was interrupted.
        ".cfi_startproc simple",
        ".cfi_signal_frame",
        ".cfi_def_cfa rsp, 8",
        ".cfi_offset rip, 0; .cfi_offset rsp, 24",
        "call {acknowledge}",
        "add rsp, 8",
        "iretq",
        ".cfi_endproc",
        pending = sym PENDING,
        acknowledge = sym acknowledge,
    )
}

extern "C" fn acknowledge() {
    local_apic::write(Register::EndOfInterrupt, 0);
}

#[unsafe(naked)]
unsafe extern "C" fn unacknowledged<const VECTOR: u8>() {
    core::arch::naked_asm!(
        "or dword ptr [rip + {pending}], {bit}",
        "iretq",
        pending = sym PENDING,
        bit = const bit(VECTOR),
    )
}

/// The processor has aligned the stack to 16 bytes and pushed five words.
#[unsafe(naked)]
unsafe extern "C" fn served() {
    core::arch::naked_asm!("sub rsp, 8", "call {serve}", "add rsp, 8", "iretq", serve = sym serve)
}

extern "C" fn serve() {
    if let Some(serve) = SERVE.get() {
        serve();
    }
    acknowledge();
}

#[unsafe(naked)]
unsafe extern "C" fn ignored() {
    core::arch::naked_asm!("iretq")
}
