//! I/O ports: the devices that carry a status to the hypervisor, and the first serial port.

/// The first serial port: the console.
pub const COM1: u16 = 0x3f8;

/// Where the tools put QEMU's `isa-debug-exit`. The kernel writes its status here, as 32 bits.
pub const DEBUG_EXIT: u16 = 0x501;

/// How many ports that device takes.
pub const DEBUG_EXIT_BYTES: u16 = 4;

/// The default port of QEMU's pvpanic device (QEMU, `docs/specs/pvpanic.rst`).
pub const PVPANIC: u16 = 0x505;

/// The event "the guest has panicked" of that device.
pub const PVPANIC_PANICKED: u8 = 1 << 0;

/// The exit status of QEMU after a kernel wrote `status` to [`DEBUG_EXIT`]; statuses above 127 lose their highest bit.
#[must_use]
pub const fn debug_exit_code(status: u8) -> u8 {
    status << 1 | 1
}

/// The kernel's status in an exit status of QEMU; none in an even one, which `isa-debug-exit` never causes.
#[must_use]
pub const fn debug_exit_status(code: u8) -> Option<u8> {
    if code & 1 == 1 { Some(code >> 1) } else { None }
}

/// What `eax` holds while the kernel writes its lowest byte to [`PVPANIC`].
///
/// The device takes that byte alone. The next one tells the status to a host that reads the registers of the machine, which
/// the device may have paused.
#[must_use]
pub const fn pvpanic_eax(status: u8) -> u32 {
    (status as u32) << 8 | PVPANIC_PANICKED as u32
}

/// The status in `rax` of a machine that [`PVPANIC`] has paused; none where another kernel wrote to the device.
#[must_use]
pub const fn pvpanic_status(rax: u64) -> Option<u8> {
    let status = (rax >> 8) as u8;
    if rax as u8 == PVPANIC_PANICKED && status != super::status::SUCCESS { Some(status) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_survives_both_devices() {
        for status in 0..=127 {
            assert_eq!(debug_exit_status(debug_exit_code(status)), Some(status));
        }
        for status in 1..=255 {
            assert_eq!(pvpanic_status(0xffff_ffff_0000_0000 | u64::from(pvpanic_eax(status))), Some(status));
        }
    }

    #[test]
    fn other_values_are_no_status() {
        assert_eq!(debug_exit_status(0), None);
        assert_eq!(debug_exit_status(2), None);
        assert_eq!(pvpanic_status(0x0001), None);
        assert_eq!(pvpanic_status(0x6502), None);
    }
}
