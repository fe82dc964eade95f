//! The local APIC: ends interrupts, and its timer wakes the processor.
//!
//! Intel SDM volume 3, chapter 12: 12.5.4 (timer), 12.8.5 (end of interrupt), 12.9 (spurious). Its registers are in
//! [`crate::arch::local_apic`].

use super::vector::{self, Vector};
use crate::arch::local_apic::{self, Register};

pub(crate) use crate::arch::local_apic::set_tsc_deadline;

const SOFTWARE_ENABLED: u32 = 1 << 8;
const TIMER_BY_TSC: u32 = 0b10 << 17;
const DIVIDE_BY_16: u32 = 0b0011;

/// How many ticks of its input clock make the timer's counter move by one. One to one, a counter at 1 GHz would be through
/// in 4 seconds; so it is in a minute, and 16 ns are as fine as anybody wakes.
pub(crate) const TIMER_DIVISOR: u64 = 16;

/// Puts it in a state in which interrupts may be let in; once, whoever asks first.
pub(crate) fn enable() {
    if !local_apic::enable() {
        return;
    }
    vector::claim_spurious();
    local_apic::write(Register::TaskPriority, 0);
    local_apic::write(Register::Spurious, SOFTWARE_ENABLED | u32::from(Vector::SPURIOUS.number()));
}

/// Where interrupts are to be sent.
pub(crate) fn id() -> u8 {
    let id = local_apic::read(Register::Id);
    if local_apic::is_x2apic() { id as u8 } else { (id >> 24) as u8 }
}

/// Where a device writes to send this processor a message (Intel SDM volume 3, section 12.11.1).
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

/// Starts the timer with `count`, in place of what it was counting; 0 stops it.
pub(crate) fn start_timer(count: u32) {
    local_apic::write(Register::InitialCount, count);
}

/// What is left to count.
pub(crate) fn timer_count() -> u32 {
    local_apic::read(Register::CurrentCount)
}

/// Makes the timer interrupt when the TSC reaches a deadline, [`set_tsc_deadline`]'s.
pub(crate) fn claim_tsc_deadline_timer() {
    enable();
    vector::claim::<{ Vector::TIMER.number() }>();
    local_apic::write(Register::Timer, u32::from(Vector::TIMER.number()) | TIMER_BY_TSC);
    // The mode is written to memory, the deadline to a model-specific register: nothing else orders the two.
    local_apic::fence();
}
