//! The one measurement: how fast the time stamp counter and the local APIC's counter go.
//!
//! It takes a fixed number of the TSC's own ticks, 2 ms at 1 GHz and less at more, so that it ends whatever the timer does
//! that it measures by. The timer is read a few times at both ends, not all the while: each read leaves the virtual machine.

use super::source::Reference;
use crate::arch::pit;
use crate::drivers::clock::{hpet, pm_timer, tsc};
use crate::interrupts::local_apic;
use core::hint;

const TSC_TICKS: u64 = 2_000_000;
/// Readings at each end, of which the quickest counts.
const READINGS: usize = 4;
/// A hypervisor that had other things to do meanwhile may have let a counter run over.
const TRIES: usize = 3;

/// Ticks a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rates {
    pub(super) tsc_hz: u64,
    /// The local APIC's counter.
    pub(super) count_hz: u64,
}

/// What was read at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Sample {
    tsc: u64,
    count: u32,
    reference: u32,
}

/// The reference that is trusted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Measure {
    /// The TSC, of this frequency.
    Tsc { hz: u64 },
    /// Another timer.
    Timer(Reference),
}

/// Measures the local APIC's counter by a TSC of known frequency.
pub(super) fn by_tsc(hz: u64) -> Option<Rates> {
    measure(Measure::Tsc { hz })
}

/// Measures both counters by another timer.
pub(super) fn by_reference(reference: Reference) -> Option<Rates> {
    measure(Measure::Timer(reference))
}

#[inline(never)]
fn measure(measure: Measure) -> Option<Rates> {
    (0..TRIES).find_map(|_| {
        if let Measure::Timer(Reference::Pit) = measure {
            pit::start();
        }
        local_apic::start_timer(u32::MAX);
        let start = sample(measure)?;
        while tsc::read().wrapping_sub(start.tsc) < TSC_TICKS {
            hint::spin_loop();
        }
        let end = sample(measure)?;
        local_apic::start_timer(0);
        rates(measure, start, end)
    })
}

/// The reading that took the least time.
#[inline(never)]
fn sample(measure: Measure) -> Option<Sample> {
    let mut least = u64::MAX;
    let mut best = None;
    for _ in 0..READINGS {
        let before = tsc::read();
        let count = local_apic::timer_count();
        let reference = match measure {
            Measure::Tsc { .. } => 0,
            Measure::Timer(Reference::PmTimer(port)) => pm_timer::read(port),
            Measure::Timer(Reference::Hpet(hpet)) => hpet::read(hpet),
            Measure::Timer(Reference::Pit) => pit::read()?,
        };
        let took = tsc::read().wrapping_sub(before);
        if took < least {
            least = took;
            best = Some(Sample { tsc: before.wrapping_add(took / 2), count, reference });
        }
    }
    best
}

/// What two samples tell; none where the timer stood still or ran over.
fn rates(measure: Measure, start: Sample, end: Sample) -> Option<Rates> {
    const PLAUSIBLE_HZ: core::ops::RangeInclusive<u64> = 1_000_000..=100_000_000_000;
    let tsc = end.tsc.wrapping_sub(start.tsc);
    let tsc_hz = match measure {
        Measure::Tsc { hz } => hz,
        Measure::Timer(reference) => {
            let (hz, mask) = match reference {
                Reference::PmTimer(_) => (pm_timer::HZ, pm_timer::MASK),
                Reference::Hpet(hpet) => (hpet.hz, hpet::MASK),
                Reference::Pit => (pit::HZ, pit::MASK),
            };
            let ticks = end.reference.wrapping_sub(start.reference) & mask;
            tsc.checked_mul(hz)?.checked_div(ticks.into())?
        }
    };
    // The counter counts down.
    let count = u64::from(start.count.wrapping_sub(end.count));
    let count_hz = count.checked_mul(tsc_hz)?.checked_div(tsc)?;
    PLAUSIBLE_HZ.contains(&tsc_hz).then_some(Rates { tsc_hz, count_hz })
}

#[cfg(test)]
mod tests {
    use super::{Measure, Rates, Reference, Sample, rates};

    const PM_TIMER: Measure = Measure::Timer(Reference::PmTimer(0x608));

    fn sample(tsc: u64, count: u32, reference: u32) -> Sample {
        Sample { tsc, count, reference }
    }

    #[test]
    fn both_counters_by_a_timer() {
        // A millisecond and a bit of a TSC at 2 GHz and a counter at 62.5 MHz.
        let measured = rates(PM_TIMER, sample(1_000, u32::MAX, 500), sample(2_001_000, u32::MAX - 62_500, 500 + 3_580));
        assert_eq!(measured, Some(Rates { tsc_hz: 1_999_745_810, count_hz: 62_492_056 }));
    }

    #[test]
    fn a_timer_that_wraps() {
        let start = sample(0, u32::MAX, 0xff_ff00);
        let plain = rates(PM_TIMER, sample(0, u32::MAX, 0), sample(2_000_000, u32::MAX - 62_500, 3_580));
        assert_eq!(rates(PM_TIMER, start, sample(2_000_000, u32::MAX - 62_500, 3_580 - 0x100)), plain);
    }

    #[test]
    fn a_timer_that_stands_still_tells_nothing() {
        assert_eq!(rates(PM_TIMER, sample(0, u32::MAX, 7), sample(2_000_000, u32::MAX - 62_500, 7)), None);
        assert_eq!(rates(PM_TIMER, sample(0, u32::MAX, 0xff_ffff), sample(2_000_000, 9, 0xff_ffff)), None);
    }

    #[test]
    fn an_absurd_frequency_is_none() {
        assert_eq!(rates(PM_TIMER, sample(0, u32::MAX, 0), sample(2_000_000, u32::MAX, 10_000_000)), None);
        assert_eq!(rates(PM_TIMER, sample(0, u32::MAX, 0), sample(2_000_000, u32::MAX, 1)), None);
        assert_eq!(rates(PM_TIMER, sample(0, u32::MAX, 0), sample(u64::MAX, u32::MAX, 1)), None);
    }

    #[test]
    fn the_counter_by_a_tsc() {
        let told = Measure::Tsc { hz: 2_000_000_000 };
        let measured = rates(told, sample(0, u32::MAX, 0), sample(2_000_000, u32::MAX - 62_500, 0));
        assert_eq!(measured, Some(Rates { tsc_hz: 2_000_000_000, count_hz: 62_500_000 }));
        assert_eq!(rates(told, sample(5, u32::MAX, 0), sample(5, 0, 0)), None);
    }
}
