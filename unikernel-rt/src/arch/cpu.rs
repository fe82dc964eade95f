//! Protections and registers of the processor, enabled where it has them.

#[cfg(feature = "std")]
use super::instruction_sets::XCR0;
use core::arch::x86_64::{__cpuid, _rdtsc};
use x86_64::registers::control::{Cr4, Cr4Flags};
use x86_64::registers::model_specific::{Efer, EferFlags};
#[cfg(feature = "std")]
use x86_64::registers::xcontrol::XCr0;

/// Turns on UMIP, SMEP and SMAP (Intel SDM volume 3, section 2.5). There is no user mode here, so they only catch bugs.
pub(crate) fn protect() {
    const FEATURES: u32 = 7;
    const EBX_SMEP: u32 = 1 << 7;
    const EBX_SMAP: u32 = 1 << 20;
    const ECX_UMIP: u32 = 1 << 2;
    if __cpuid(0).eax < FEATURES {
        return;
    }
    let features = __cpuid(FEATURES);
    let mut flags = Cr4::read_raw();
    for (present, flag) in [
        (features.ebx & EBX_SMEP != 0, Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION),
        (features.ebx & EBX_SMAP != 0, Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION),
        (features.ecx & ECX_UMIP != 0, Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION),
    ] {
        if present {
            flags |= flag.bits();
        }
    }
    // SAFETY: each flag is set only where the processor has it, all others stay, and none changes what supervisor code that
    // touches supervisor pages may do.
    unsafe { Cr4::write_raw(flags) };
}

/// Turns on the registers of AVX and AVX-512 that the processor has, for programs that look for them at run time (Intel SDM volume 1,
/// section 13.3). A build that was compiled for them has them from its entry on.
///
/// Nothing saves them: threads change in a call, where they are the caller's, and interrupts come in idle alone. The handler of page
/// faults uses none but those of SSE, whose instructions leave the rest of a register as it is.
#[cfg(feature = "std")]
#[cfg_attr(not(unikernel), allow(dead_code))] // as all that starts such a program
pub(crate) fn enable_avx() {
    const STATES: u32 = 0xd;
    const ECX_XSAVE: u32 = 1 << 26;
    const X87_SSE: u64 = 0b11;
    const AVX: u64 = 0b111;
    const AVX_512: u64 = 0b111 << 5;
    if XCR0 != 0 || __cpuid(0).eax < STATES || __cpuid(1).ecx & ECX_XSAVE == 0 {
        return;
    }
    let offered = u64::from(__cpuid(STATES).eax);
    let states = match (offered & AVX == AVX, offered & AVX_512 == AVX_512) {
        (true, true) => AVX | AVX_512,
        (true, false) => AVX,
        (false, _) => X87_SSE,
    };
    // SAFETY: the processor has both registers and offers these states; code that uses none of them is as it was.
    unsafe {
        Cr4::write_raw(Cr4::read_raw() | Cr4Flags::OSXSAVE.bits());
        XCr0::write_raw(states);
    }
}

/// Whether a hypervisor is reported (CPUID leaf 1, ECX bit 31).
pub(crate) fn under_hypervisor() -> bool {
    __cpuid(1).ecx >> 31 != 0
}

/// The no-execute bit of a page table entry, 0 where the entry code found that the processor has none.
pub(crate) fn no_execute() -> u64 {
    const NO_EXECUTE: u64 = 1 << 63;
    if Efer::read().contains(EferFlags::NO_EXECUTE_ENABLE) { NO_EXECUTE } else { 0 }
}

/// Reads the time stamp counter.
#[inline]
pub(crate) fn time_stamp() -> u64 {
    // SAFETY: every 64-bit processor has the instruction, and supervisor code may always use it.
    unsafe { _rdtsc() }
}
