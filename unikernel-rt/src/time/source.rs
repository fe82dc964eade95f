//! Selection of the clock source and the wake-up timer.
//!
//! Finding is one thing, choosing another: [`choose`] is a function of what was found, so that the machines that are not at
//! hand are tested too.

use crate::arch::pit;
use crate::drivers::clock::hpet::{self, Hpet};
use crate::drivers::clock::tsc::{self, Told};
use crate::drivers::clock::{pm_timer, pvclock};
use core::arch::x86_64::__cpuid;

/// A timer of known frequency, by which others are measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reference {
    /// At this port.
    PmTimer(u16),
    Hpet(Hpet),
    Pit,
}

/// What the machine has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    pub(super) told: Told,
    /// The first of [`references`]; not looked for where it cannot be needed.
    pub(super) reference: Option<Reference>,
}

/// What tells the time: always the time stamp counter, by one or the other reading of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ClockSource {
    /// As KVM's clock page says.
    PvClock,
    /// At a constant frequency, to be measured where it is none.
    Tsc { hz: Option<u64> },
}

/// What wakes the processor: always the local APIC's timer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AlarmSource {
    /// At a value of the time stamp counter.
    TscDeadline,
    /// After a count at this frequency, to be measured where it is none.
    Count { hz: Option<u64> },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Choice {
    pub(super) clock: ClockSource,
    pub(super) alarm: AlarmSource,
}

/// Looks for everything that [`choose`] may want.
pub(super) fn find() -> Found {
    let mut told = tsc::told(__cpuid);
    told.pvclock = told.pvclock && pvclock::start();
    let is_told = told.pvclock || told.tsc_hz.is_some();
    Found { told, reference: if is_told { None } else { references().next() } }
}

/// The timers to measure by: the cheapest to find and to read first. Each is looked for when it is its turn.
pub(super) fn references() -> impl Iterator<Item = Reference> {
    const FINDERS: [fn() -> Option<Reference>; 3] = [
        || pm_timer::find().map(Reference::PmTimer),
        || hpet::find().map(Reference::Hpet),
        || pit::start().then_some(Reference::Pit),
    ];
    FINDERS.into_iter().filter_map(|find| find())
}

/// Chooses; none where there is nothing that tells the time.
pub(super) fn choose(found: &Found) -> Option<Choice> {
    let Found { told, reference } = found;
    let clock = match (told.pvclock, told.tsc_hz) {
        (true, _) => ClockSource::PvClock,
        (false, hz @ Some(_)) => ClockSource::Tsc { hz },
        (false, None) => reference.map(|_| ClockSource::Tsc { hz: None })?,
    };
    let alarm = if told.tsc_deadline {
        AlarmSource::TscDeadline
    } else {
        AlarmSource::Count { hz: told.apic_hz.map(|hz| hz / crate::interrupts::local_apic::TIMER_DIVISOR) }
    };
    Some(Choice { clock, alarm })
}

#[cfg(test)]
mod tests {
    use super::{AlarmSource, Choice, ClockSource, Found, Reference, choose};
    use crate::drivers::clock::tsc::Told;

    const COUNT: AlarmSource = AlarmSource::Count { hz: None };

    fn choice(told: Told, reference: Option<Reference>) -> Option<(ClockSource, AlarmSource)> {
        choose(&Found { told, reference }).map(|Choice { clock, alarm }| (clock, alarm))
    }

    #[test]
    fn nothing_is_no_clock() {
        assert_eq!(choice(Told::default(), None), None);
        // What wakes the processor does not tell the time.
        let wakes = Told { tsc_deadline: true, apic_hz: Some(1_000_000_000), ..Told::default() };
        assert_eq!(choice(wakes, None), None);
    }

    #[test]
    fn any_reference_will_do() {
        let hpet = crate::drivers::clock::hpet::Hpet { address: 0xfed0_0000, hz: 100_000_000 };
        for reference in [Reference::PmTimer(0x608), Reference::Hpet(hpet), Reference::Pit] {
            let measured = Some((ClockSource::Tsc { hz: None }, COUNT));
            assert_eq!(choice(Told::default(), Some(reference)), measured, "{reference:?}");
        }
    }

    #[test]
    fn what_is_told_is_not_measured() {
        let told = Told { tsc_hz: Some(3_000_000_000), ..Told::default() };
        let chosen = Some((ClockSource::Tsc { hz: Some(3_000_000_000) }, COUNT));
        assert_eq!(choice(told, None), chosen);
        assert_eq!(choice(told, Some(Reference::Pit)), chosen);
    }

    #[test]
    fn the_clock_page_comes_first() {
        let told = Told { pvclock: true, tsc_hz: Some(3_000_000_000), ..Told::default() };
        assert_eq!(choice(told, Some(Reference::Pit)), Some((ClockSource::PvClock, COUNT)));
    }

    #[test]
    fn a_deadline_needs_no_frequency_of_the_local_apic() {
        let told = Told { pvclock: true, tsc_deadline: true, apic_hz: Some(1_000_000_000), ..Told::default() };
        assert_eq!(choice(told, None), Some((ClockSource::PvClock, AlarmSource::TscDeadline)));
    }

    #[test]
    fn the_counter_moves_once_in_sixteen_ticks() {
        let told = Told { pvclock: true, apic_hz: Some(1_000_000_000), ..Told::default() };
        assert_eq!(choice(told, None), Some((ClockSource::PvClock, AlarmSource::Count { hz: Some(62_500_000) })));
    }
}
