//! Waiting: the processor halts until an interrupt, and takes interrupts nowhere else.
//!
//! What lets this be simple, and what everybody who waits relies on: interrupts are off (IF = 0) everywhere but in two functions of [`crate::arch::interrupts`], which this file calls.
//! Pending bits ([`super::vector`]) are therefore set by `halt` alone, and by `take_pending` in an executor's loop. Who looks at all of his reasons to go on, finds
//! none, and halts, misses nothing: what comes after he looked stays pending in the local APIC and ends the halt at once.

use super::{local_apic, power_button};
use crate::arch::interrupts;
use core::sync::atomic::{AtomicBool, Ordering};

/// Whether interrupts have been let in before.
static PREPARED: AtomicBool = AtomicBool::new(false);

/// What is to be done before interrupts are let in for the first time. A kernel that never waits has none of it.
#[inline]
pub(crate) fn prepare() {
    if !PREPARED.load(Ordering::Relaxed) {
        PREPARED.store(true, Ordering::Relaxed);
        local_apic::enable();
        power_button::listen();
    }
}

/// Halts until at least one interrupt, any, has been taken; after it the pending bits say which.
pub(crate) fn halt() {
    prepare();
    interrupts::halt();
}

/// Takes the interrupts that are pending, without halting: for a loop that has no time to halt.
pub(crate) fn take_pending() {
    prepare();
    interrupts::take();
}

/// Halts until `ready`, which is asked before the first halt and after each.
pub(crate) fn wait_for(mut ready: impl FnMut() -> bool) {
    while !ready() {
        halt();
    }
}
