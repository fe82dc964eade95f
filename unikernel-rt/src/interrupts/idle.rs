//! Waiting: the processor halts until an interrupt, and takes interrupts nowhere else.
//!
//! What lets this be simple, and what everybody who waits relies on: interrupts are off (IF = 0) everywhere but in this file.
//! Pending bits ([`super::vector`]) are therefore set by `halt` alone, and by `take_pending` in an executor's loop. Who looks at all of his reasons to go on, finds
//! none, and halts, misses nothing: what comes after he looked stays pending in the local APIC and ends the halt at once.

use super::{local_apic, power_button};
use crate::sync::Static;

/// Whether interrupts have been let in before.
static PREPARED: Static<bool> = Static::new(false);

/// What is to be done before interrupts are let in for the first time. A kernel that never waits has none of it.
#[inline]
pub(crate) fn prepare() {
    if !PREPARED.read() {
        PREPARED.set(true);
        local_apic::enable();
        power_button::listen();
    }
}

/// Halts until at least one interrupt, any, has been taken; after it the pending bits say which.
pub(crate) fn halt() {
    prepare();
    // SAFETY: every vector that the local APIC can send has a gate, the 8259s are masked, and handlers keep what an
    // `extern "C"` function keeps.
    unsafe { take_interrupts() };
}

/// Takes the interrupts that are pending, without halting: for a loop that has no time to halt.
pub(crate) fn take_pending() {
    prepare();
    // SAFETY: as in `halt`.
    unsafe { let_in() };
}

/// Halts until `ready`, which is asked before the first halt and after each.
pub(crate) fn wait_for(mut ready: impl FnMut() -> bool) {
    while !ready() {
        halt();
    }
}

/// Where interrupts are taken. They are let in with the instruction that halts, not earlier: `sti` holds them
/// back for one instruction. Those that are pending when the first returns follow it before `cli`.
///
/// # Safety
/// Whatever may interrupt has a gate.
#[unsafe(naked)]
unsafe extern "C" fn take_interrupts() {
    core::arch::naked_asm!(".cfi_startproc", "sti", "hlt", "cli", "ret", ".cfi_endproc")
}

/// As [`take_interrupts`], without the halt.
///
/// # Safety
/// Whatever may interrupt has a gate.
#[unsafe(naked)]
unsafe extern "C" fn let_in() {
    core::arch::naked_asm!(".cfi_startproc", "sti", "nop", "cli", "ret", ".cfi_endproc")
}
