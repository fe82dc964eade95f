//! What urunc reads: <https://urunc.io/package/>.
//!
//! The kernel is of the type `linux`, the only one that goes with all three monitors: it takes what urunc says to Linux. Docker
//! gives no annotations to a runtime, so that the same keys are in a file as well, in base64.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::KERNEL_PATH;
use crate::json;

/// A monitor that urunc starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Monitor {
    /// QEMU.
    #[default]
    Qemu,
    /// Firecracker.
    Firecracker,
    /// Cloud Hypervisor.
    CloudHypervisor,
}

impl Monitor {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Qemu => "qemu",
            Self::Firecracker => "firecracker",
            Self::CloudHypervisor => "cloud-hypervisor",
        }
    }
}

/// The keys, as annotations of the manifest.
pub(super) fn annotations(monitor: Monitor) -> BTreeMap<String, String> {
    let values = [
        ("unikernelType", "linux"),
        ("hypervisor", monitor.name()),
        ("binary", KERNEL_PATH),
        // The guest gets no file system from the host.
        ("mountRootfs", "false"),
    ];
    values.into_iter().map(|(key, value)| (format!("com.urunc.unikernel.{key}"), value.to_owned())).collect()
}

/// `/urunc.json`.
pub(super) fn document(monitor: Monitor) -> Vec<u8> {
    let encoded: BTreeMap<_, _> =
        annotations(monitor).into_iter().map(|(key, value)| (key, BASE64_STANDARD.encode(value))).collect();
    json::pretty(&encoded).into_bytes()
}
