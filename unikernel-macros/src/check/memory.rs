//! Checks how much static memory the declared sizes need together.

use unikernel_vocabulary::devices::STATIC_BYTES;
use unikernel_vocabulary::value;

use super::Declared;
use crate::faults::Faults;
use crate::plan::Device;

/// The options that say how much static memory there is, and the bytes of each of what they count.
const SIZES: &[(&str, &str, u64)] = &[
    ("heap", "size", 1),
    ("stack", "size", 1),
    ("net", "pool", 1),
    ("net", "sockets", 512), // what a connection costs besides its data
];

/// Reports a declaration that no image has room for, at the device that needs most.
pub(super) fn check(declared: &Declared, faults: &mut Faults) {
    let sizes = || declared.devices.iter().map(|device| (static_bytes(device), device));
    let sum: u64 = sizes().map(|(bytes, _)| bytes).sum();
    let Some((bytes, largest)) = sizes().max_by_key(|(bytes, _)| *bytes) else { return };
    if sum > STATIC_BYTES {
        let mib = |bytes: u64| bytes.div_ceil(1 << 20);
        let message = format!(
            "the declared sizes need {} MiB of static memory, {} MiB of it for `{}`, and an image has at most {} MiB\n\
             help: declare smaller sizes",
            mib(sum),
            mib(bytes),
            largest.name,
            mib(STATIC_BYTES),
        );
        faults.at(syn::Ident::new(largest.spec.kind, largest.span), message);
    }
}

/// What the sizes of a device say; what has none, or has a fault, counts nothing.
fn static_bytes(device: &Device) -> u64 {
    let size = |name: &str| device.text(name).and_then(|text| value::size(text).ok()).unwrap_or(0);
    let sizes = SIZES.iter().filter(|(kind, ..)| *kind == device.spec.kind);
    sizes.map(|(_, option, bytes)| size(option).saturating_mul(*bytes)).sum()
}
