//! Interrupt vectors: a pending bit each, set by the handler and taken by whoever waits for it.
//!
//! A handler notes and acknowledges, nothing else. Vectors 32 to 63 are there, assigned here, in two priority classes of the
//! local APIC: a line that stays up until its device is served (level-triggered) must not be acknowledged by the handler, or it
//! interrupts again before the handler is left; its vector belongs in the lower class (32 to 47), acknowledged by whoever has
//! served the device, while the upper class (48 to 63), edges and messages, still gets through.

use crate::arch::interrupts;

/// One of the vectors: 48 to 63 for what interrupts by an edge or a message, below for what interrupts by a level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Vector(u8);

impl Vector {
    /// The local APIC's timer.
    pub(crate) const TIMER: Vector = Vector(48);
    /// The serial port's receiver.
    pub(crate) const SERIAL: Vector = Vector(49);
    /// Every device's messages, and the edges of their lines: who is woken looks at his queues anyway.
    pub(crate) const DEVICES: Vector = Vector(50);
    /// Every device's lines that are told by level. In the lower class: [`claim_levels`].
    pub(crate) const LEVELS: Vector = Vector(47);
    /// The power button's. Its handler serves it: [`claim_served`].
    pub(crate) const POWER: Vector = Vector(51);
    /// What the local APIC sends when an interrupt vanishes while it is being taken. Its low four bits are ones, as the first
    /// local APICs want it.
    pub(super) const SPURIOUS: Vector = Vector(63);

    /// The number, for the register that says what to send.
    pub(crate) const fn number(self) -> u8 {
        self.0
    }

    /// Whether it has interrupted since the last time that this was asked.
    #[inline]
    pub(crate) fn take(self) -> bool {
        interrupts::take_pending(self.0)
    }
}

/// Gives vector `VECTOR` its handler. A parameter of the type, so that only the vectors in use have one.
pub(crate) fn claim<const VECTOR: u8>() {
    interrupts::claim::<VECTOR>();
}

/// Gives [`Vector::LEVELS`] its handler, which only notes: whoever serves the device acknowledges, with
/// [`super::local_apic::end_of_interrupt`], after the device has taken its line back.
pub(crate) fn claim_levels() {
    interrupts::claim_unacknowledged::<{ Vector::LEVELS.0 }>();
}

/// Gives [`Vector::POWER`] a handler that has the device served, then acknowledges.
pub(crate) fn claim_served(serve: fn()) {
    interrupts::claim_served::<{ Vector::POWER.0 }>(serve);
}

/// Gives the spurious vector its handler: not to be acknowledged, and nothing to note.
pub(super) fn claim_spurious() {
    interrupts::claim_ignored::<{ Vector::SPURIOUS.0 }>();
}
