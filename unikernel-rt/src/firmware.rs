//! Firmware and loader interfaces: start info, ACPI tables, reports on a BIOS' text screen, and power-off.

pub(crate) mod acpi;
#[expect(unsafe_code, reason = "ports and instructions that end the machine")]
pub(crate) mod power;
#[expect(unsafe_code, reason = "the memory of the text screen, and the ports of the clock")]
pub(crate) mod screen;
#[expect(unsafe_code, reason = "what the entry code has mapped")]
pub(crate) mod start_info;
