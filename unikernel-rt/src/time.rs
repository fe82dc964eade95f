//! The clock and the alarm of a kernel, on any supported hardware.
//!
//! A tick is a nanosecond; tick 0 is when boot attached the clock. Which hardware is used is chosen at boot ([`source`]), and
//! what must be measured is measured when it is first needed ([`measure`]). There is no periodic interrupt: the timer is
//! armed only for a deadline that is being waited for.
//!
//! Two clients share the timer. Blocking callers wait in [`wait_until`]. An executor sets the alarm to its next deadline
//! ([`set_alarm`]) and, each time that it has nothing left to do, asks [`take_alarm`] and everything else that could make a
//! task ready, and halts ([`crate::interrupts::idle::halt`]) when none of it has. A blocking wait inside a task borrows the timer
//! and arms it for the alarm again when it ends, so no alarm is lost, only late.

pub(crate) mod instant;
mod measure;
pub(crate) mod scale;
mod source;

use crate::drivers::clock::rtc::{self, Reading};
use crate::drivers::clock::{pvclock, tsc};
use crate::interrupts::vector::Vector;
use crate::interrupts::{idle, local_apic};
use crate::kernel::exit::device_missing;
use crate::sync::lock;
use crate::time::scale::Scale;
use core::sync::atomic::{AtomicU64, Ordering};
use source::{AlarmSource, Choice, ClockSource};
use spin::Once;

/// Ticks are nanoseconds; 2^64 of them are 584 years.
pub(crate) const TICKS_PER_SECOND: u64 = 1_000_000_000;

/// The deadline that never comes.
pub(crate) const NEVER: u64 = u64::MAX;

/// How the time is read.
#[derive(Clone, Copy)]
enum Clock {
    /// KVM's clock page, and its time at tick 0.
    PvClock { zero_ns: u64 },
    /// The counter, and its value at tick 0.
    Tsc { zero: u64, to_ns: Scale },
}

/// How the processor is woken.
#[derive(Clone, Copy)]
enum Timer {
    /// At a value of the counter, of this frequency where the clock page does not say it anew each time.
    TscDeadline { from_ns: Scale },
    /// When the local APIC's counter is at zero.
    Count { from_ns: Scale },
}

/// Everything that a wait needs.
#[derive(Clone, Copy)]
struct Timing {
    clock: Clock,
    timer: Timer,
}

/// What boot has found.
#[derive(Clone, Copy)]
struct Chosen {
    choice: Choice,
    /// The counter's value at tick 0.
    zero_tsc: u64,
}

lock! {
    /// Set by boot, where a clock is declared.
    static CHOSEN: Option<Chosen> = None;
}
/// Set when the time is first needed.
static TIMING: Once<Timing> = Once::new();
static ALARM: AtomicU64 = AtomicU64::new(NEVER);
/// Nanoseconds from 1970 to tick 0, and when the machine's clock was read for it; 0 before that.
static WALL_AT_ZERO: AtomicU64 = AtomicU64::new(0);
static WALL_READ_AT: AtomicU64 = AtomicU64::new(0);

/// Chooses the hardware and begins to count time; ends where the machine has no clock.
pub(crate) fn attach() {
    if CHOSEN.with(|chosen| chosen.is_some()) {
        return;
    }
    let zero_tsc = tsc::read();
    match source::choose(&source::find()) {
        Some(choice) => CHOSEN.with(|chosen| *chosen = Some(Chosen { choice, zero_tsc })),
        None => device_missing(
            "clock: this machine has none: no pvclock, no TSC frequency in CPUID, no ACPI PM timer, no HPET, no PIT",
        ),
    }
}

/// The time, in ticks since boot. It never goes back.
pub(crate) fn now_ticks() -> u64 {
    now(timing())
}

fn now(timing: &Timing) -> u64 {
    match timing.clock {
        Clock::Tsc { zero, to_ns } => to_ns.apply(tsc::read().wrapping_sub(zero)),
        Clock::PvClock { zero_ns } => {
            static LATEST: AtomicU64 = AtomicU64::new(0);
            // The host's mapping may be corrected backwards by some nanoseconds.
            let ns = pvclock::time_info().ns_at(tsc::read()).saturating_sub(zero_ns);
            ns.max(LATEST.fetch_max(ns, Ordering::Relaxed))
        }
    }
}

/// Sets the alarm, in place of the one that was set; [`NEVER`] sets none.
///
/// The processor is woken when it comes, at once if it has passed already.
#[cfg(any(feature = "async", feature = "sockets", all(feature = "std", any(unikernel, test))))]
pub(crate) fn set_alarm(deadline: u64) {
    ALARM.store(deadline, Ordering::Relaxed);
    arm(timing(), deadline);
}

/// Whether the alarm has come; then there is none any more. To be asked after each halt.
#[cfg(any(feature = "async", feature = "sockets", all(feature = "std", any(unikernel, test))))]
pub(crate) fn take_alarm() -> bool {
    let deadline = ALARM.load(Ordering::Relaxed);
    if !Vector::TIMER.take() || deadline == NEVER {
        return false;
    }
    let timing = timing();
    if now(timing) < deadline {
        // The timer does not reach as far, or runs a little fast.
        arm(timing, deadline);
        return false;
    }
    ALARM.store(NEVER, Ordering::Relaxed);
    true
}

/// Halts until an interrupt has been taken, until `deadline` at the latest: for a loop that looks at everything between halts.
///
/// The alarm is armed only where it is armed for something else.
#[cfg(any(feature = "async", feature = "sockets", all(feature = "std", any(unikernel, test))))]
pub(crate) fn halt_until(deadline: u64) {
    if deadline != ALARM.load(Ordering::Relaxed) {
        set_alarm(deadline);
    }
    idle::halt();
    take_alarm();
}

/// Halts until `ready`, at most until a deadline; whether it is ready. `ready` is asked at least once.
pub(crate) fn wait_until(deadline: u64, mut ready: impl FnMut() -> bool) -> bool {
    let timing = timing();
    let mut armed = false;
    let is_ready = loop {
        if ready() {
            break true;
        }
        if now(timing) >= deadline {
            break false;
        }
        if Vector::TIMER.take() || !armed {
            arm(timing, deadline);
            armed = true;
        }
        idle::halt();
    };
    if armed {
        Vector::TIMER.take();
        arm(timing, ALARM.load(Ordering::Relaxed));
    }
    is_ready
}

/// The time since 1970 in nanoseconds, where the machine knows it; to a second where it comes from a real-time clock.
///
/// It moves with the monotonic clock, which stands still while the machine is stopped, and is put right by the machine's.
pub(crate) fn wall_ns() -> Option<u64> {
    /// For how long the machine is not asked again: that takes as long as some thirty accesses to its ports.
    const LASTS: u64 = TICKS_PER_SECOND / 2;
    let (known, now) = (WALL_AT_ZERO.load(Ordering::Relaxed), now_ticks());
    let mut at_zero = known;
    if known == 0 || now - WALL_READ_AT.load(Ordering::Relaxed) >= LASTS {
        at_zero = read_wall_at_zero(known).unwrap_or(known);
        WALL_AT_ZERO.store(at_zero, Ordering::Relaxed);
        WALL_READ_AT.store(now, Ordering::Relaxed);
    }
    // It is later now: the machine's clock may have taken a while.
    (at_zero != 0).then(|| at_zero.wrapping_add(now_ticks()))
}

/// What the machine's clock was at tick 0, by what it is now. Where that is known to a second alone, what is `known` from before stays as far
/// as it can be right.
#[cold]
fn read_wall_at_zero(known: u64) -> Option<u64> {
    const TRIES: usize = 5;
    const UPDATE_NS: u64 = 1_000_000;
    if let Clock::PvClock { zero_ns } = timing().clock
        && let Some(wall_ns) = pvclock::wall_ns_at_zero()
    {
        return wall_ns.checked_add(zero_ns);
    }
    for _ in 0..TRIES {
        match rtc::read() {
            Reading::Seconds(seconds) => {
                let least = seconds.checked_mul(TICKS_PER_SECOND)?.checked_sub(now_ticks())?;
                // Not `clamp`, whose panic would format both of its bounds.
                return Some(known.min(least + (TICKS_PER_SECOND - 1)).max(least));
            }
            Reading::Updating if known == 0 => wait_until(now_ticks() + UPDATE_NS, || false),
            Reading::Updating | Reading::None => break,
        };
    }
    None
}

/// Arms the timer for a deadline, or as far towards it as the timer reaches.
fn arm(timing: &Timing, deadline: u64) {
    match timing.timer {
        Timer::TscDeadline { .. } if deadline == NEVER => local_apic::set_tsc_deadline(0),
        Timer::TscDeadline { from_ns } => {
            let tsc = match timing.clock {
                Clock::PvClock { zero_ns } => pvclock::time_info().tsc_at(zero_ns.saturating_add(deadline)),
                Clock::Tsc { zero, .. } => zero.saturating_add(from_ns.apply(deadline)),
            };
            // A tick more, for what was rounded down: 0 is no deadline, and one too early is a halt too many.
            local_apic::set_tsc_deadline(tsc.saturating_add(1));
        }
        Timer::Count { .. } if deadline == NEVER => local_apic::start_timer(0),
        Timer::Count { from_ns } => {
            let count = from_ns.apply(deadline.saturating_sub(now(timing))).saturating_add(1);
            local_apic::start_timer(u32::try_from(count).unwrap_or(u32::MAX));
        }
    }
}

#[inline]
fn timing() -> &'static Timing {
    match TIMING.get() {
        Some(timing) => timing,
        None => start(),
    }
}

/// Measures unknown frequencies and claims the timer.
#[cold]
#[inline(never)]
fn start() -> &'static Timing {
    let Some(Chosen { choice, zero_tsc }) = CHOSEN.with(|chosen| *chosen) else {
        device_missing("clock: needed but not declared")
    };
    match choice.alarm {
        AlarmSource::TscDeadline => local_apic::claim_tsc_deadline_timer(),
        AlarmSource::Count { .. } => local_apic::claim_one_shot_timer(),
    }
    let told_tsc_hz = match choice.clock {
        ClockSource::PvClock => Some(pvclock::time_info().tsc_hz()),
        ClockSource::Tsc { hz } => hz,
    };
    let told_count_hz = match choice.alarm {
        AlarmSource::TscDeadline => Some(0),
        AlarmSource::Count { hz } => hz,
    };
    let rates = match (told_tsc_hz, told_count_hz) {
        (Some(tsc_hz), Some(count_hz)) => Some(measure::Rates { tsc_hz, count_hz }),
        (Some(tsc_hz), None) => measure::by_tsc(tsc_hz),
        (None, told) => source::references()
            .find_map(measure::by_reference)
            .map(|measured| measure::Rates { count_hz: told.unwrap_or(measured.count_hz), ..measured }),
    };
    let Some(rates) = rates else { device_missing("clock: no timer of this machine is running") };
    let clock = match choice.clock {
        ClockSource::PvClock => Clock::PvClock { zero_ns: pvclock::time_info().ns_at(zero_tsc) },
        ClockSource::Tsc { .. } => Clock::Tsc { zero: zero_tsc, to_ns: Scale::new(rates.tsc_hz, TICKS_PER_SECOND) },
    };
    let timer = match choice.alarm {
        AlarmSource::TscDeadline => Timer::TscDeadline { from_ns: Scale::new(TICKS_PER_SECOND, rates.tsc_hz) },
        AlarmSource::Count { .. } => Timer::Count { from_ns: Scale::new(TICKS_PER_SECOND, rates.count_hz) },
    };
    TIMING.call_once(|| Timing { clock, timer })
}
