//! The local APIC: ends interrupts, and its timer wakes the processor.
//!
//! Intel SDM volume 3, chapter 12: 12.4 (registers), 12.5.4 (timer), 12.8.5 (end of interrupt), 12.9 (spurious), 12.12 (x2APIC).
//! Used in the mode that the firmware has left it in; registers are in memory in the one, model-specific in the other.

use super::vector::{self, Vector};
use crate::arch::window;
use crate::sync::Static;
use core::arch::x86_64::_mm_mfence;
use x86_64::instructions::port::Port;
use x86_64::registers::model_specific::Msr;

const BASE: Msr = Msr::new(0x1b);
const BASE_ENABLED: u64 = 1 << 11;
const BASE_X2APIC: u64 = 1 << 10;
const BASE_ADDRESS: u64 = 0x000f_ffff_ffff_f000;
const TSC_DEADLINE: Msr = Msr::new(0x6e0);
const FIRST_X2APIC_REGISTER: u32 = 0x800;

/// Registers, as offsets in memory.
const ID: u16 = 0x20;
const TASK_PRIORITY: u16 = 0x80;
const END_OF_INTERRUPT: u16 = 0xb0;
const SPURIOUS: u16 = 0xf0;
const TIMER: u16 = 0x320;
const INITIAL_COUNT: u16 = 0x380;
const CURRENT_COUNT: u16 = 0x390;
const DIVIDE: u16 = 0x3e0;

const SOFTWARE_ENABLED: u32 = 1 << 8;
const TIMER_BY_TSC: u32 = 0b10 << 17;
const DIVIDE_BY_16: u32 = 0b0011;

/// How many ticks of its input clock make the timer's counter move by one. One to one, a counter at 1 GHz would be through
/// in 4 seconds; so it is in a minute, and 16 ns are as fine as anybody wakes.
pub(crate) const TIMER_DIVISOR: u64 = 16;

/// How its registers are reached.
#[derive(Clone, Copy)]
enum Access {
    /// Not enabled yet.
    None,
    Memory(*mut u8),
    Msr,
}

static ACCESS: Static<Access> = Static::new(Access::None);

/// Puts it in a state in which interrupts may be let in; once, whoever asks first.
///
/// The 8259s are masked: what the firmware has left running there would come in as an exception's vector.
pub(crate) fn enable() {
    if !matches!(ACCESS.read(), Access::None) {
        return;
    }
    const PIC_MASKS: [u16; 2] = [0x21, 0xa1];
    for port in PIC_MASKS {
        // SAFETY: the mask register of an 8259, or nobody's port on a machine without.
        unsafe { Port::new(port).write(0xff_u8) };
    }
    vector::claim_spurious();
    // SAFETY: every 64-bit processor has a local APIC and this register; enabling it raises no interrupt.
    let base = unsafe {
        let base = BASE.read() | BASE_ENABLED;
        let mut register = BASE;
        register.write(base);
        base
    };
    let in_memory = base & BASE_X2APIC == 0;
    ACCESS.set(if in_memory { Access::Memory(window::keep(base & BASE_ADDRESS)) } else { Access::Msr });
    write(TASK_PRIORITY, 0);
    write(SPURIOUS, SOFTWARE_ENABLED | u32::from(Vector::SPURIOUS.number()));
}

/// Where interrupts are to be sent.
pub(crate) fn id() -> u8 {
    match ACCESS.read() {
        Access::Memory(_) => (read(ID) >> 24) as u8,
        _ => read(ID) as u8,
    }
}

/// Where a device writes to send this processor a message (Intel SDM volume 3, section 12.11.1).
pub(crate) fn message_address() -> u32 {
    const MESSAGES: u32 = 0xfee0_0000;
    MESSAGES | u32::from(id()) << 12
}

/// Ends the interrupt that is being handled.
pub(crate) fn end_of_interrupt() {
    write(END_OF_INTERRUPT, 0);
}

/// Makes the timer count down and interrupt at zero; [`start_timer`] starts it.
pub(crate) fn claim_one_shot_timer() {
    enable();
    vector::claim::<{ Vector::TIMER.number() }>();
    write(DIVIDE, DIVIDE_BY_16);
    write(TIMER, Vector::TIMER.number().into());
}

/// Starts the timer with `count`, in place of what it was counting; 0 stops it.
pub(crate) fn start_timer(count: u32) {
    write(INITIAL_COUNT, count);
}

/// What is left to count.
pub(crate) fn timer_count() -> u32 {
    read(CURRENT_COUNT)
}

/// Makes the timer interrupt when the TSC reaches a deadline, [`set_tsc_deadline`]'s.
pub(crate) fn claim_tsc_deadline_timer() {
    enable();
    vector::claim::<{ Vector::TIMER.number() }>();
    write(TIMER, u32::from(Vector::TIMER.number()) | TIMER_BY_TSC);
    // The mode is written to memory, the deadline to a model-specific register: nothing else orders the two.
    // SAFETY: every 64-bit processor has SSE2.
    unsafe { _mm_mfence() };
}

/// Interrupts when the TSC is at `deadline` or past it; 0 is no deadline.
pub(crate) fn set_tsc_deadline(deadline: u64) {
    let mut register = TSC_DEADLINE;
    // SAFETY: callers have found that the processor has this register.
    unsafe { register.write(deadline) };
}

#[inline(never)]
fn read(register: u16) -> u32 {
    match ACCESS.read() {
        Access::None => 0,
        // SAFETY: the window keeps the page that holds all registers mapped.
        Access::Memory(base) => unsafe { base.add(register.into()).cast::<u32>().read_volatile() },
        // SAFETY: in this mode the registers that this file names exist.
        Access::Msr => unsafe { Msr::new(FIRST_X2APIC_REGISTER + u32::from(register >> 4)).read() as u32 },
    }
}

#[inline(never)]
fn write(register: u16, value: u32) {
    match ACCESS.read() {
        Access::None => {}
        // SAFETY: as in `read`; none of these registers touches memory of the program.
        Access::Memory(base) => unsafe { base.add(register.into()).cast::<u32>().write_volatile(value) },
        // SAFETY: as above.
        Access::Msr => unsafe { Msr::new(FIRST_X2APIC_REGISTER + u32::from(register >> 4)).write(value.into()) },
    }
}
