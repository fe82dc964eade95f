//! Random numbers for the whole kernel, from all sources that the machine has: the processor's, and a virtio entropy device.
//!
//! Started on first use. The device is read once, at boot; the processor at every reseed. Without either, the boot stops with an
//! error: there is never a constant seed.

mod generator;
#[expect(unsafe_code, reason = "functions of C")]
pub(crate) mod random_functions;

use crate::arch::random;
use crate::drivers::virtio;
use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::sync::lock;
use core::sync::atomic::{AtomicBool, Ordering};
use generator::Generator;

lock! {
    static GENERATOR: Generator = Generator::new();
}
static IS_SEEDED: AtomicBool = AtomicBool::new(false);

/// Seeds the generator; stops the boot with an error of device `name` where the machine has no source of random numbers.
pub(crate) fn start<K: Kernel>(boot: &Boot<K>, name: &str) {
    if IS_SEEDED.load(Ordering::Relaxed) {
        return;
    }
    let sources = [random::read(), virtio::entropy::read(boot)];
    for words in sources.into_iter().flatten() {
        GENERATOR.with(|generator| generator.mix(words));
        IS_SEEDED.store(true, Ordering::Relaxed);
    }
    if !IS_SEEDED.load(Ordering::Relaxed) {
        let report = Report::<K>::begin().text("device `").text(name);
        let report =
            report.text("`: the machine has no source of random numbers: no RDSEED, no RDRAND, no entropy device");
        report.text("; give QEMU `-device virtio-rng-pci` or `-cpu max`").stop(Status::DEVICE_MISSING);
    }
}

/// Fills `bytes` with random ones.
///
/// # Panics
/// Panics before [`start`]: there is no seed yet.
pub(crate) fn fill(bytes: &mut [u8]) {
    if !IS_SEEDED.load(Ordering::Relaxed) {
        panic!("random numbers are not available yet; declare `entropy`");
    }
    GENERATOR.with(|generator| generator.fill(bytes, random::read));
}
