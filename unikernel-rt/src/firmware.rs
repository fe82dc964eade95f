//! What firmware and loader leave behind: start info, ACPI tables, and the ways to switch the machine off.

pub(crate) mod acpi;
pub(crate) mod power;
pub(crate) mod start_info;
