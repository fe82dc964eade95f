//! The local APIC: end of interrupt, and the timer that wakes the processor.
//!
//! Intel SDM volume 3, chapter 12: 12.5.4 (timer), 12.8.5 (end of interrupt), 12.9 (spurious). Its registers are in
//! [`crate::arch::local_apic`].

use super::vector::{self, Vector};
use crate::arch::local_apic::{self, Register};

pub(crate) use crate::arch::local_apic::set_tsc_deadline;

const SOFTWARE_ENABLED: u32 = 1 << 8;
const TIMER_BY_TSC: u32 = 0b10 << 17;
const DIVIDE_BY_16: u32 = 0b0011;

/// The divider of the timer's input clock. Undivided, the counter at 1 GHz would wrap in 4 seconds; divided by 16, in a minute,
/// and a resolution of 16 ns is enough.
pub(crate) const TIMER_DIVISOR: u64 = 16;

/// Initialises the local APIC, so that interrupts can be enabled; does so once.
pub(crate) fn enable() {
    if !local_apic::enable() {
        return;
    }
    vector::claim_spurious();
    local_apic::write(Register::TaskPriority, 0);
    local_apic::write(Register::Spurious, SOFTWARE_ENABLED | u32::from(Vector::SPURIOUS.number()));
}

/// The destination of interrupts.
pub(crate) fn id() -> u8 {
    let id = local_apic::read(Register::Id);
    if local_apic::is_x2apic() { id as u8 } else { (id >> 24) as u8 }
}

/// The address that a device writes to for a message to this processor (Intel SDM volume 3, section 12.11.1).
pub(crate) fn message_address() -> u32 {
    const MESSAGES: u32 = 0xfee0_0000;
    MESSAGES | u32::from(id()) << 12
}

/// Ends the interrupt that is being handled.
pub(crate) fn end_of_interrupt() {
    local_apic::write(Register::EndOfInterrupt, 0);
}

/// Makes the timer count down and interrupt at zero; [`start_timer`] starts it.
pub(crate) fn claim_one_shot_timer() {
    enable();
    vector::claim::<{ Vector::TIMER.number() }>();
    local_apic::write(Register::Divide, DIVIDE_BY_16);
    local_apic::write(Register::Timer, Vector::TIMER.number().into());
}

/// Starts the timer with `count`, replacing the current count; 0 stops it.
pub(crate) fn start_timer(count: u32) {
    local_apic::write(Register::InitialCount, count);
}

/// The current count.
pub(crate) fn timer_count() -> u32 {
    local_apic::read(Register::CurrentCount)
}

/// Switches the timer to TSC-deadline mode; [`set_tsc_deadline`] sets the deadline.
pub(crate) fn claim_tsc_deadline_timer() {
    enable();
    vector::claim::<{ Vector::TIMER.number() }>();
    local_apic::write(Register::Timer, u32::from(Vector::TIMER.number()) | TIMER_BY_TSC);
    // The mode is a memory write, the deadline an MSR write: only this fence orders the two.
    local_apic::fence();
}
