//! Clock hardware: counters, timers, and the battery-backed time of day.

pub(crate) mod hpet;
pub(crate) mod pm_timer;
pub(crate) mod pvclock;
pub(crate) mod rtc;
pub(crate) mod tsc;
