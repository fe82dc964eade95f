//! Random numbers for the whole kernel, from all sources that the machine has: the processor's, and a virtio entropy device.
//!
//! Started on first use. The device is read once, at boot; the processor at every reseed. Without either, the [`jitter`] of the
//! processor's clock is enough for a network, and for who says so; else the boot stops with an error: there is never a constant seed.

mod generator;
mod jitter;
#[expect(unsafe_code, reason = "functions of C")]
pub(crate) mod random_functions;
pub(crate) mod snapshots;

use crate::arch::{cpu, random};
use crate::drivers::virtio;
use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::sync::lock;
use core::sync::atomic::{AtomicU8, Ordering};
use generator::Generator;

lock! {
    static GENERATOR: Generator = Generator::new();
}

/// What the generator is seeded from.
static SEEDED_FROM: AtomicU8 = AtomicU8::new(NOTHING);
const NOTHING: u8 = 0;
const JITTER: u8 = 1;
/// The processor's random numbers, or a device.
const SOURCE: u8 = 2;

/// Seeds the generator; stops the boot with an error of device `name` where the machine has no source of random numbers.
pub(crate) fn start<K: Kernel>(boot: &Boot<K>, name: &str) {
    if !has_source(boot) {
        let report = missing::<K>(name).text("no entropy device");
        report.text("; give QEMU `-device virtio-rng-pci` or `-cpu max`").stop(Status::DEVICE_MISSING);
    }
}

/// As [`start`], but where there is no other source, the jitter of the processor's clock is enough.
pub(crate) fn start_or_jitter<K: Kernel>(boot: &Boot<K>, name: &str) {
    if SEEDED_FROM.load(Ordering::Relaxed) != NOTHING || has_source(boot) {
        return;
    }
    if !GENERATOR.with(|generator| jitter::seed(generator, cpu::time_stamp)) {
        let report = missing::<K>(name).text("no entropy device, and no jitter of the clock, as with QEMU's `-icount`");
        report.text("; give QEMU `-device virtio-rng-pci` or `-cpu max`").stop(Status::DEVICE_MISSING);
    }
    SEEDED_FROM.store(JITTER, Ordering::Relaxed);
}

/// Seeds the generator, unless that is done, from all sources that there are; whether there are any.
fn has_source<K: Kernel>(boot: &Boot<K>) -> bool {
    if SEEDED_FROM.load(Ordering::Relaxed) != SOURCE {
        let sources = [random::read(), virtio::entropy::read(boot)];
        for words in sources.into_iter().flatten() {
            GENERATOR.with(|generator| generator.mix(words));
            SEEDED_FROM.store(SOURCE, Ordering::Relaxed);
        }
    }
    SEEDED_FROM.load(Ordering::Relaxed) == SOURCE
}

fn missing<K: Kernel>(name: &str) -> Report<K> {
    let report = Report::<K>::begin().text("device `").text(name);
    report.text("`: the machine has no source of random numbers: no RDSEED, no RDRAND, ")
}

/// A random number that differs between machines that are restored from one snapshot, where the processor has random numbers, and by its time
/// stamp else: nothing that the generator has made before is given.
///
/// # Panics
/// As [`fill`].
#[cfg(feature = "sockets")]
pub(crate) fn fresh() -> u64 {
    let words = random::read().unwrap_or_else(|| [cpu::time_stamp(), 0, 0, 0]);
    GENERATOR.with(|generator| generator.mix(words));
    let mut bytes = [0; 8];
    fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// Fills `bytes` with random ones.
///
/// # Panics
/// Panics before [`start`]: there is no seed yet.
pub(crate) fn fill(bytes: &mut [u8]) {
    if SEEDED_FROM.load(Ordering::Relaxed) == NOTHING {
        panic!("random numbers are not available yet; declare `entropy`");
    }
    if let Some(before) = snapshots::BEFORE.get() {
        before();
    }
    GENERATOR.with(|generator| generator.fill(bytes, random::read));
}
