//! The high precision event timer: its counter only, as a reference for calibration.
//!
//! IA-PC HPET 1.0a, sections 2.3 (registers) and 3.2.4 (ACPI table).

use crate::arch::window;
use crate::firmware::acpi;

/// Where it is on every chipset that has one; a table may say otherwise.
const USUAL_ADDRESS: u64 = 0xfed0_0000;

/// The bits of its counter that are read.
pub(crate) const MASK: u32 = u32::MAX;

const CAPABILITIES: u64 = 0;
const CONFIGURATION: u64 = 0x10;
const COUNTER: u64 = 0xf0;

/// A timer, and how fast it counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Hpet {
    /// Physical address of its registers.
    pub(crate) address: u64,
    /// Its frequency.
    pub(crate) hz: u64,
}

/// Finds the timer, where there is one, and makes it count.
pub(crate) fn find() -> Option<Hpet> {
    const TABLE_ADDRESS: u64 = 40;
    const RUN: u64 = 1 << 0;
    let told = acpi::table(b"HPET").and_then(|table| table.read::<u64>(TABLE_ADDRESS + 4));
    let address = told.unwrap_or(USUAL_ADDRESS);
    let hz = frequency_hz(window::read(address + CAPABILITIES))?;
    let configuration = window::read::<u64>(address + CONFIGURATION) | RUN;
    // SAFETY: the firmware's table says that the timer is here, or it is where every chipset has it, and it has just shown a
    // timer's capabilities. It only counts from now on.
    #[expect(unsafe_code, reason = "a register of the timer")]
    unsafe {
        window::write(address + CONFIGURATION, configuration);
    }
    Some(Hpet { address, hz })
}

/// The lower half of the counter.
pub(crate) fn read(hpet: Hpet) -> u32 {
    window::read(hpet.address + COUNTER)
}

/// The frequency that the capabilities tell; none where they are not those of such a timer, but of nothing.
fn frequency_hz(capabilities: u64) -> Option<u64> {
    const FEMTOSECONDS_PER_SECOND: u64 = 1_000_000_000_000_000;
    const LONGEST_PERIOD_FS: u64 = 0x05f5_e100;
    let revision = capabilities & 0xff;
    let period_fs = capabilities >> 32;
    (revision != 0 && (1..=LONGEST_PERIOD_FS).contains(&period_fs)).then(|| FEMTOSECONDS_PER_SECOND / period_fs)
}

#[cfg(test)]
mod tests {
    use super::frequency_hz;

    #[test]
    fn frequencies() {
        assert_eq!(frequency_hz(10_000_000 << 32 | 0x8086_a201), Some(100_000_000)); // QEMU
        assert_eq!(frequency_hz(69_841_279 << 32 | 0x8086_a701), Some(14_318_179)); // ICH9
    }

    #[test]
    fn no_device_is_no_timer() {
        for capabilities in [0, u64::MAX, 0x8086_a201, 10_000_000 << 32, 0x05f5_e101 << 32 | 1] {
            assert_eq!(frequency_hz(capabilities), None, "{capabilities:#x}");
        }
    }
}
