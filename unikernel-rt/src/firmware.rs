//! Firmware and loader interfaces: start info, ACPI, SMBIOS, fw_cfg, reports on a BIOS' text screen, power-off.

pub(crate) mod acpi;
pub(crate) mod fw_cfg;
#[expect(unsafe_code, reason = "ports and instructions that end the machine")]
pub(crate) mod power;
#[expect(unsafe_code, reason = "the memory of the text screen, and the ports of the clock")]
pub(crate) mod screen;
pub(crate) mod smbios;
#[expect(unsafe_code, reason = "what the entry code has mapped")]
pub(crate) mod start_info;
pub(crate) mod vm_generation;
