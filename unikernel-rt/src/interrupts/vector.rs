//! Interrupt vectors: each has a pending bit, set by the handler and cleared by the waiter.
//!
//! A handler sets the bit and acknowledges, nothing else. Vectors 32 to 63 are assigned here, in two priority classes of the
//! local APIC. The handler of a level-triggered line must not acknowledge it, or it interrupts again at once. Its vector is in
//! the lower class (32 to 47) and is acknowledged after the device has been served; meanwhile the upper class (48 to 63), edges
//! and messages, is still delivered.

use crate::arch::interrupts;

/// A vector: 48 to 63 for edges and messages, 32 to 47 for levels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Vector(u8);

impl Vector {
    /// The local APIC's timer.
    pub(crate) const TIMER: Vector = Vector(48);
    /// The serial port's receiver.
    pub(crate) const SERIAL: Vector = Vector(49);
    /// Shared by the messages and edge-triggered lines of all devices: each driver polls its queues anyway.
    pub(crate) const DEVICES: Vector = Vector(50);
    /// Shared by the level-triggered lines of all devices. In the lower class: [`claim_levels`].
    pub(crate) const LEVELS: Vector = Vector(47);
    /// The power button's. Its handler serves it: [`claim_served`].
    pub(crate) const POWER: Vector = Vector(51);
    /// The spurious-interrupt vector of the local APIC. Its low four bits are ones, as early local APICs require.
    pub(super) const SPURIOUS: Vector = Vector(63);

    /// The number, for the register that says what to send.
    pub(crate) const fn number(self) -> u8 {
        self.0
    }

    /// Returns and clears the pending bit.
    #[inline]
    pub(crate) fn take(self) -> bool {
        interrupts::take_pending(self.0)
    }
}

/// Installs the handler of vector `VECTOR`. A const parameter, so that only vectors in use have one.
pub(crate) fn claim<const VECTOR: u8>() {
    interrupts::claim::<VECTOR>();
}

/// Installs the handler of [`Vector::LEVELS`], which only sets the bit. The driver acknowledges, with
/// [`super::local_apic::end_of_interrupt`], after the device has deasserted its line.
pub(crate) fn claim_levels() {
    interrupts::claim_unacknowledged::<{ Vector::LEVELS.0 }>();
}

/// Installs a handler for [`Vector::POWER`] that serves the device, then acknowledges.
pub(crate) fn claim_served(serve: fn()) {
    interrupts::claim_served::<{ Vector::POWER.0 }>(serve);
}

/// Installs the handler of the spurious vector, which neither acknowledges nor sets a bit.
pub(super) fn claim_spurious() {
    interrupts::claim_ignored::<{ Vector::SPURIOUS.0 }>();
}
