//! Firmware and loader interfaces: start info, ACPI tables, and power-off.

pub(crate) mod acpi;
#[expect(unsafe_code, reason = "ports and instructions that end the machine")]
pub(crate) mod power;
#[expect(unsafe_code, reason = "what the entry code has mapped")]
pub(crate) mod start_info;
