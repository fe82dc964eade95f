//! The registers of the local APIC, in memory or as MSRs, depending on the mode that firmware has set.
//!
//! Intel SDM volume 3, chapter 12: 12.4 (registers), 12.12 (x2APIC). Any value may be written to the registers that are named
//! here: an interrupt is taken in one place, and one whose vector has no handler ends in a report.

use super::{port::Port, window};
use core::arch::x86_64::_mm_mfence;
use core::sync::atomic::{AtomicUsize, Ordering};
use x86_64::registers::model_specific::Msr;

const BASE: Msr = Msr::new(0x1b);
const BASE_ENABLED: u64 = 1 << 11;
const BASE_X2APIC: u64 = 1 << 10;
const BASE_ADDRESS: u64 = 0x000f_ffff_ffff_f000;
const TSC_DEADLINE: Msr = Msr::new(0x6e0);
const FIRST_X2APIC_REGISTER: u32 = 0x800;

/// Registers, as offsets in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub(crate) enum Register {
    Id = 0x20,
    TaskPriority = 0x80,
    EndOfInterrupt = 0xb0,
    Spurious = 0xf0,
    Timer = 0x320,
    InitialCount = 0x380,
    CurrentCount = 0x390,
    Divide = 0x3e0,
}

/// How the registers are reached: [`DISABLED`], [`BY_MSR`], or where they are in memory.
static ACCESS: AtomicUsize = AtomicUsize::new(DISABLED);
const DISABLED: usize = 0;
const BY_MSR: usize = 1;

/// Enables the local APIC; whether this is the first time.
///
/// The 8259s are masked: what the firmware has left running there would come in as an exception's vector.
pub(crate) fn enable() -> bool {
    // SAFETY: a mask register of an 8259 holds back interrupts and does nothing else; on a machine without it the port is unused.
    const PIC_MASKS: [Port<u8>; 2] = unsafe { [Port::new(0x21), Port::new(0xa1)] };
    if ACCESS.load(Ordering::Relaxed) != DISABLED {
        return false;
    }
    for mask in PIC_MASKS {
        mask.write(0xff);
    }
    // SAFETY: every 64-bit processor has a local APIC and this register; enabling it raises no interrupt, and its place stays.
    let base = unsafe {
        let base = BASE.read() | BASE_ENABLED;
        let mut register = BASE;
        register.write(base);
        base
    };
    let access = match base & BASE_X2APIC {
        0 => window::keep(base & BASE_ADDRESS).map(|page| page.addr().get()),
        _ => Some(BY_MSR),
    };
    let Some(access) = access else { return false };
    ACCESS.store(access, Ordering::Relaxed);
    true
}

/// Whether it is in x2APIC mode.
pub(crate) fn is_x2apic() -> bool {
    ACCESS.load(Ordering::Relaxed) == BY_MSR
}

/// Reads a register; 0 before [`enable`].
#[inline(never)]
pub(crate) fn read(register: Register) -> u32 {
    match ACCESS.load(Ordering::Relaxed) {
        DISABLED => 0,
        // SAFETY: in this mode the registers that are named here exist.
        BY_MSR => unsafe { msr(register).read() as u32 },
        // SAFETY: the window keeps the page that holds all registers mapped.
        page => unsafe { in_memory(page, register).read_volatile() },
    }
}

/// Writes a register; nothing before [`enable`].
#[inline(never)]
pub(crate) fn write(register: Register, value: u32) {
    match ACCESS.load(Ordering::Relaxed) {
        DISABLED => {}
        // SAFETY: as in `read`; none of these registers touches memory of the program.
        BY_MSR => unsafe { msr(register).write(value.into()) },
        // SAFETY: as above.
        page => unsafe { in_memory(page, register).write_volatile(value) },
    }
}

/// Interrupts when the TSC is at `deadline` or past it; 0 is no deadline. Where the processor has no such register, that is an
/// exception, and its report.
pub(crate) fn set_tsc_deadline(deadline: u64) {
    let mut register = TSC_DEADLINE;
    // SAFETY: the register raises an interrupt and does nothing else.
    unsafe { register.write(deadline) };
}

/// Orders a register in memory that was written before a model-specific one that is written after.
pub(crate) fn fence() {
    // SAFETY: every 64-bit processor has SSE2.
    unsafe { _mm_mfence() };
}

fn msr(register: Register) -> Msr {
    Msr::new(FIRST_X2APIC_REGISTER + (register as u32 >> 4))
}

fn in_memory(page: usize, register: Register) -> *mut u32 {
    (page + register as usize) as *mut u32
}
