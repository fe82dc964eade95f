//! Idle: the processor halts until an interrupt. Interrupts are taken nowhere else.
//!
//! Interrupts are disabled (IF = 0) everywhere except in two functions of [`crate::arch::interrupts`], which this file calls.
//! All waits rely on this. Pending bits ([`super::vector`]) are set only by `halt`, and by `take_pending` in an executor's loop.
//! A loop that checks its conditions and then halts loses no wakeup: an interrupt that arrives in between stays pending in the
//! local APIC and ends the halt at once.

use super::{local_apic, power_button};
use crate::arch::{interrupts, pit};
use core::sync::atomic::{AtomicBool, Ordering};

/// Whether interrupts have been enabled before.
static PREPARED: AtomicBool = AtomicBool::new(false);

/// Setup before interrupts are enabled for the first time. A kernel that never waits does not link it.
#[inline]
pub(crate) fn prepare() {
    if !PREPARED.load(Ordering::Relaxed) {
        PREPARED.store(true, Ordering::Relaxed);
        local_apic::enable();
        pit::count_once();
        power_button::listen();
    }
}

/// Halts until at least one interrupt has been taken; the pending bits tell which.
pub(crate) fn halt() {
    prepare();
    interrupts::halt();
}

/// Takes pending interrupts without halting, for a loop with more work to do.
pub(crate) fn take_pending() {
    prepare();
    interrupts::take();
}

/// Halts until `ready`, which is called before the first halt and after each.
pub(crate) fn wait_for(mut ready: impl FnMut() -> bool) {
    while !ready() {
        halt();
    }
}
