//! SCSI hosts, which may have several disks: those of several block devices.

use super::{First, Look, look_into, stop};
use crate::devices::block::storage::{Kept, devices};
use crate::drivers::virtio::{self, DeviceType};
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::kernel::{Boot, Kernel};
use unikernel_vocabulary::declaration::Device;

/// The option of a block device that looks for hosts.
const OPTION: (&str, &str) = ("scsi", "true");

/// Whether the block device `name` looks for hosts.
pub(super) fn are_declared<K: Kernel>(name: &str) -> bool {
    let is_declared = |device: &Device<'_>| device.name == name && device.fixed.contains(&OPTION);
    K::DECLARATION.devices.iter().any(is_declared)
}

/// Where the block device `name` begins to look if it looks for hosts and there is no virtio block device that is nobody's.
pub(super) fn first<K: Kernel>(boot: &Boot<K>, name: &str, wanted: Option<&str>) -> Option<First> {
    if !are_declared::<K>(name) {
        return None;
    }
    if let Some(transport) = virtio::claim_after::<K>(DeviceType::Block, name, 0) {
        return Some(First::Own(transport));
    }
    if let Some(kept) = driven(boot, wanted) {
        return Some(First::Shared(kept));
    }
    let transport = virtio::claim_after::<K>(DeviceType::ScsiHost, name, 0);
    if transport.is_none() && all().next().is_some() {
        if wanted.is_some() {
            stop::<K>(name, wanted, false, None);
        }
        let report = Report::<K>::begin().text("device `").text(name).text("`: the machine has no further disk");
        report.text(" than those that other devices have or declare").stop(Status::DEVICE_MISSING);
    }
    transport.map(First::Own)
}

/// The hosts that are driven already.
pub(super) fn all() -> impl Iterator<Item = &'static Kept> {
    devices().filter(|kept| kept.with(|device| device.is_host()))
}

/// The host with a disk that suits, which is selected, among those that are driven already.
pub(super) fn driven<K: Kernel>(boot: &Boot<K>, wanted: Option<&str>) -> Option<&'static Kept> {
    all().find(|kept| kept.with(|device| matches!(look_into(boot, wanted, device), Look::Chosen)))
}
