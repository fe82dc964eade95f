//! Random numbers for the whole kernel, from all sources that the machine has: the processor's, and a virtio entropy device.
//!
//! Started by whoever needs it first. The device is asked once, at boot; the processor again and again. A machine with neither is
//! told so and stopped: there is no constant seed anywhere.

mod generator;
pub(crate) mod random_functions;

use crate::arch::random;
use crate::drivers::virtio;
use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::sync::Static;
use generator::Generator;

static GENERATOR: Static<Generator> = Static::new(Generator::new());
static IS_SEEDED: Static<bool> = Static::new(false);

/// Seeds the generator; stops the boot, in the name of device `name`, where the machine has nothing to seed it from.
pub(crate) fn start<K: Kernel>(boot: &Boot<K>, name: &str) {
    if IS_SEEDED.read() {
        return;
    }
    let sources = [random::read(), virtio::entropy::read(boot)];
    for words in sources.into_iter().flatten() {
        with(|generator| generator.mix(words));
        IS_SEEDED.set(true);
    }
    if !IS_SEEDED.read() {
        let report = Report::<K>::begin().text("device `").text(name);
        let report =
            report.text("`: the machine has no source of random numbers: no RDSEED, no RDRAND, no entropy device");
        report.text("; give QEMU `-device virtio-rng-pci` or `-cpu max`").stop(Status::DEVICE_MISSING);
    }
}

/// Fills `bytes` with random ones.
///
/// # Panics
/// Panics before [`start`]: nothing would be random.
pub(crate) fn fill(bytes: &mut [u8]) {
    if !IS_SEEDED.read() {
        panic!("random numbers are wanted before there are any; declare `entropy`");
    }
    with(|generator| generator.fill(bytes, random::read));
}

/// Runs a section that has the generator alone.
fn with<T>(section: impl FnOnce(&mut Generator) -> T) -> T {
    // SAFETY: sections are in this file, call the generator and the processor alone, and none begins another.
    section(unsafe { &mut *GENERATOR.get() })
}
