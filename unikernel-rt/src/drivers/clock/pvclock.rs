//! KVM's clock page: the host says how the TSC maps to time, and when the machine was started.
//!
//! Linux, `Documentation/virt/kvm/x86/msr.rst`: MSR_KVM_SYSTEM_TIME_NEW, MSR_KVM_WALL_CLOCK_NEW. The host rewrites the page
//! when the mapping changes, after a migration for one, so it is read anew each time.

use crate::sync::Static;
use crate::time::scale::Scale;
use core::sync::atomic::{Ordering, compiler_fence};
use x86_64::registers::model_specific::Msr;

const WALL_CLOCK: Msr = Msr::new(0x4b56_4d00);
const SYSTEM_TIME: Msr = Msr::new(0x4b56_4d01);
const ENABLE: u64 = 1;

/// `struct pvclock_vcpu_time_info`, aligned so that it lies in one page.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub(crate) struct TimeInfo {
    /// Odd while the host writes.
    version: u32,
    reserved: u32,
    tsc_timestamp: u64,
    system_time_ns: u64,
    tsc_to_system_mul: u32,
    tsc_shift: i8,
    flags: u8,
    reserved_too: [u8; 2],
}

/// `struct pvclock_wall_clock`.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct WallClock {
    version: u32,
    seconds: u32,
    nanoseconds: u32,
}

static TIME_INFO: Static<TimeInfo> = Static::new(TimeInfo {
    version: 0,
    reserved: 0,
    tsc_timestamp: 0,
    system_time_ns: 0,
    tsc_to_system_mul: 0,
    tsc_shift: 0,
    flags: 0,
    reserved_too: [0; 2],
});
static WALL: Static<WallClock> = Static::new(WallClock { version: 0, seconds: 0, nanoseconds: 0 });

/// Asks the host to fill the page from now on; whether it did.
pub(crate) fn start() -> bool {
    let mut register = SYSTEM_TIME;
    // SAFETY: CPUID has named this register; the static stays where it is, at its own physical address.
    unsafe { register.write(TIME_INFO.get() as u64 | ENABLE) };
    time_info().tsc_to_system_mul != 0
}

/// What the page says now.
pub(crate) fn time_info() -> TimeInfo {
    loop {
        // SAFETY: the host writes it while this processor does not run, or shows by the version that it is writing.
        let info = unsafe { TIME_INFO.get().read_volatile() };
        compiler_fence(Ordering::Acquire);
        // SAFETY: as above.
        let version = unsafe { (&raw const (*TIME_INFO.get()).version).read_volatile() };
        if info.version == version && version & 1 == 0 {
            return info;
        }
    }
}

/// Nanoseconds from 1970 to when the page's system time was 0, where the host tells it.
pub(crate) fn wall_ns_at_zero() -> Option<u64> {
    let mut register = WALL_CLOCK;
    // SAFETY: as in `start`; the host fills it once, before the write is over.
    let wall = unsafe {
        register.write(WALL.get() as u64);
        WALL.get().read_volatile()
    };
    (wall.seconds != 0).then(|| u64::from(wall.seconds) * 1_000_000_000 + u64::from(wall.nanoseconds))
}

impl TimeInfo {
    /// The system time when the TSC was `tsc`.
    pub(crate) fn ns_at(&self, tsc: u64) -> u64 {
        let delta = tsc.saturating_sub(self.tsc_timestamp);
        let shift = u32::from(self.tsc_shift.unsigned_abs());
        let delta = if self.tsc_shift < 0 { delta >> (shift & 63) } else { delta << (shift & 63) };
        self.system_time_ns.wrapping_add(((u128::from(delta) * u128::from(self.tsc_to_system_mul)) >> 32) as u64)
    }

    /// What the TSC will be at a system time.
    pub(crate) fn tsc_at(&self, ns: u64) -> u64 {
        let scale = Scale::new(1_000_000_000, self.tsc_hz());
        self.tsc_timestamp.saturating_add(scale.apply(ns.saturating_sub(self.system_time_ns)))
    }

    /// The TSC's frequency.
    pub(crate) fn tsc_hz(&self) -> u64 {
        let hz = (1_000_000_000 << 32) / u64::from(self.tsc_to_system_mul.max(1));
        let shift = u32::from(self.tsc_shift.unsigned_abs());
        if self.tsc_shift < 0 { hz << (shift & 63) } else { hz >> (shift & 63) }
    }
}

#[cfg(test)]
mod tests;
