//! The time stamp counter and its frequency from CPUID.
//!
//! Intel SDM volume 2, CPUID leaves 1 and 0x15; the hypervisors' leaves are described in Linux'
//! `Documentation/virt/kvm/x86/cpuid.rst` and VMware's knowledge base (1009458).

use core::arch::x86_64::CpuidResult;
use core::ops::RangeInclusive;

pub(crate) use crate::arch::cpu::time_stamp as read;

/// What CPUID tells about clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Told {
    /// KVM's clock page can be asked for.
    pub(crate) pvclock: bool,
    /// The counter's frequency.
    pub(crate) tsc_hz: Option<u64>,
    /// The frequency of the local APIC's timer, before its divisor.
    pub(crate) apic_hz: Option<u64>,
    /// The local APIC's timer can be given a value of the counter.
    pub(crate) tsc_deadline: bool,
}

/// Reads the leaves by `cpuid`; believes none above the highest one, which answer with another leaf's data, and no frequency
/// that no processor has.
pub(crate) fn told(cpuid: impl Fn(u32) -> CpuidResult) -> Told {
    const FEATURES: u32 = 1;
    const ECX_TSC_DEADLINE: u32 = 1 << 24;
    const ECX_HYPERVISOR: u32 = 1 << 31;
    const CRYSTAL: u32 = 0x15;
    const HYPERVISOR: u32 = 0x4000_0000;
    const KVM_FEATURES: u32 = HYPERVISOR + 1;
    const EAX_KVM_CLOCKSOURCE2: u32 = 1 << 3;
    const HYPERVISOR_TIMING: u32 = HYPERVISOR + 0x10;
    const TSC_HZ: RangeInclusive<u64> = 100_000_000..=20_000_000_000;
    const APIC_HZ: RangeInclusive<u64> = 1_000_000..=10_000_000_000;

    let features = cpuid(FEATURES).ecx;
    let mut told = Told { tsc_deadline: features & ECX_TSC_DEADLINE != 0, ..Told::default() };
    let tsc_hz = |hz: u64| Some(hz).filter(|hz| TSC_HZ.contains(hz));
    let apic_hz = |hz: u64| Some(hz).filter(|hz| APIC_HZ.contains(hz));
    if features & ECX_HYPERVISOR != 0 {
        let hypervisor = cpuid(HYPERVISOR);
        let is_kvm = (hypervisor.ebx, hypervisor.ecx, hypervisor.edx) == (0x4b4d_564b, 0x564b_4d56, 0x4d);
        // Old versions of KVM say 0 and mean the one leaf that follows.
        told.pvclock = is_kvm && cpuid(KVM_FEATURES).eax & EAX_KVM_CLOCKSOURCE2 != 0;
        if hypervisor.eax >= HYPERVISOR_TIMING && hypervisor.eax < HYPERVISOR + 0x1_0000 {
            let timing = cpuid(HYPERVISOR_TIMING);
            told.tsc_hz = tsc_hz(u64::from(timing.eax) * 1000);
            told.apic_hz = apic_hz(u64::from(timing.ebx) * 1000);
        }
    }
    if told.tsc_hz.is_none() && cpuid(0).eax >= CRYSTAL {
        let CpuidResult { eax: denominator @ 1.., ebx: numerator @ 1.., ecx: crystal_hz, .. } = cpuid(CRYSTAL) else {
            return told;
        };
        told.tsc_hz = tsc_hz(u64::from(crystal_hz) * u64::from(numerator) / u64::from(denominator));
        // A hypervisor may pass the leaf on and run the timer at a frequency of its own.
        if told.tsc_hz.is_some() && features & ECX_HYPERVISOR == 0 {
            told.apic_hz = apic_hz(crystal_hz.into());
        }
    }
    told
}

#[cfg(test)]
mod tests;
