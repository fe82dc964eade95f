//! KVM's clock page: the host says how the TSC maps to time, and when the machine was started.
//!
//! Linux, `Documentation/virt/kvm/x86/msr.rst`: MSR_KVM_SYSTEM_TIME_NEW, MSR_KVM_WALL_CLOCK_NEW. The host rewrites the page
//! when the mapping changes, after a migration for one, so it is read anew each time.

use crate::sync::HostCell;
use crate::time::scale::Scale;
use core::sync::atomic::{Ordering, compiler_fence};
use x86_64::registers::model_specific::Msr;
use zerocopy::FromBytes;

const WALL_CLOCK: Msr = Msr::new(0x4b56_4d00);
const SYSTEM_TIME: Msr = Msr::new(0x4b56_4d01);
const ENABLE: u64 = 1;

/// `struct pvclock_vcpu_time_info`, aligned so that it lies in one page.
#[derive(Clone, Copy, FromBytes)]
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
#[derive(Clone, Copy, FromBytes)]
#[repr(C, align(16))]
struct WallClock {
    version: u32,
    seconds: u32,
    nanoseconds: u32,
}

static TIME_INFO: HostCell<TimeInfo> = HostCell::zeroed();
static WALL: HostCell<WallClock> = HostCell::zeroed();

/// Asks the host to fill the page from now on; whether it did.
pub(crate) fn start() -> bool {
    let mut register = SYSTEM_TIME;
    // SAFETY: the host writes to this cell alone; where no such register is, it is an exception, and its report.
    #[expect(unsafe_code, reason = "tells the host where to write")]
    unsafe {
        register.write(TIME_INFO.address() | ENABLE);
    }
    time_info().tsc_to_system_mul != 0
}

/// What the page says now.
pub(crate) fn time_info() -> TimeInfo {
    loop {
        // The host writes it while this processor does not run, or shows by the version that it is writing.
        let info = TIME_INFO.read();
        compiler_fence(Ordering::Acquire);
        let version = TIME_INFO.read().version;
        if info.version == version && version & 1 == 0 {
            return info;
        }
    }
}

/// Nanoseconds from 1970 to when the page's system time was 0, where the host tells it.
pub(crate) fn wall_ns_at_zero() -> Option<u64> {
    let mut register = WALL_CLOCK;
    // SAFETY: as in `start`; the host fills it once, before the write is over.
    #[expect(unsafe_code, reason = "tells the host where to write")]
    unsafe {
        register.write(WALL.address());
    }
    let wall = WALL.read();
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
