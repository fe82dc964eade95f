//! Which disk a block device gets: the one with its serial, else the next one that nobody else is to have.
//!
//! The next one in PCI order of the virtio block devices; then, if declared, of the SCSI hosts, by target and logical unit ([`hosts`]).
//! Disks are looked into only where it matters: where a serial is declared or given at boot, and where the kernel was booted from an
//! image, which may be on one of them.

#[cfg(feature = "scsi")]
mod hosts;

use super::storage::Kept;
#[cfg(all(feature = "kv-fat", feature = "scsi"))]
use crate::devices::values::are_on;
use crate::drivers::virtio::block::{Device, KINDS};
use crate::drivers::virtio::{self, DeviceType, Place, Transport};
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::kernel::{Boot, Kernel};
use unikernel_vocabulary::Argument;
use unikernel_vocabulary::value::{SERIAL_RULE, is_serial};

/// Where a block device begins to look for its disk.
pub(super) enum First {
    /// At a device that is nobody's.
    Own(Transport),
    /// Behind a host that another block device drives; a disk of it is selected.
    #[cfg(feature = "scsi")]
    Shared(&'static Kept),
}

/// Claims the first device with a disk; stops the boot if there is none.
pub(super) fn first<K: Kernel>(boot: &Boot<K>, name: &str, wanted: Option<&str>) -> First {
    #[cfg(feature = "scsi")]
    if let Some(first) = hosts::first(boot, name, wanted) {
        return first;
    }
    let _ = wanted;
    First::Own(virtio::claim(boot, DeviceType::Block, name, |_| true))
}

/// Replaces the first device, at `place`, by the one with the disk that the block device `name` is to have, and selects that; returns the
/// device that it is on if another block device drives it. Stops the boot if there is none.
pub(super) fn settle<K: Kernel>(
    boot: &Boot<K>,
    name: &str,
    wanted: Option<&str>,
    device: &mut Device,
    mut place: Place,
) -> Option<&'static Kept> {
    let (mut passed, mut is_booted_from_disk, mut has_disks) = (0, false, false);
    #[cfg_attr(not(feature = "scsi"), expect(unused_mut, reason = "there are no hosts"))]
    let mut kind = if device.is_host() { DeviceType::ScsiHost } else { DeviceType::Block };
    loop {
        match look_into(boot, wanted, device) {
            Look::Chosen => return None,
            Look::BootDisk => is_booted_from_disk = true, // it stays claimed
            look => {
                has_disks |= matches!(look, Look::Others);
                virtio::release(place);
                passed += 1;
            }
        }
        #[cfg_attr(not(feature = "scsi"), expect(unused_mut, reason = "there are no hosts"))]
        let mut next = virtio::claim_after::<K>(kind, name, passed);
        #[cfg(feature = "scsi")]
        if next.is_none() && kind == DeviceType::Block && hosts::are_declared::<K>(name) {
            if let Some(kept) = hosts::driven(boot, wanted) {
                return Some(kept);
            }
            (kind, passed) = (DeviceType::ScsiHost, 0);
            next = virtio::claim_after::<K>(kind, name, passed);
        }
        match next {
            Some(transport) => {
                place = transport.place;
                device.replace(transport).unwrap_or_else(|refused| refused.stop::<K>(name));
            }
            None if is_booted_from_disk || has_disks => stop::<K>(name, wanted, is_booted_from_disk, Some(device)),
            None => virtio::stop_without(boot, DeviceType::Block, name),
        }
    }
}

/// What a device has.
enum Look {
    /// A disk that suits, which is selected.
    Chosen,
    /// The disk that the kernel was booted from, and none that suits.
    BootDisk,
    Others,
    /// A host without a disk that is nobody's.
    Nothing,
}

/// Looks for a disk that suits.
fn look_into<K: Kernel>(boot: &Boot<K>, wanted: Option<&str>, device: &mut Device) -> Look {
    let mut look = Look::Nothing;
    for place in 0..device.places() {
        if !select::<K>(device, place) {
            continue;
        }
        if device.is_boot_disk() {
            look = Look::BootDisk;
        } else if suits(boot, wanted, device) {
            device.take_place(place);
            return Look::Chosen;
        } else if matches!(look, Look::Nothing) {
            look = Look::Others;
        }
    }
    look
}

/// Selects the disk at a place; returns whether there is one that is nobody's.
fn select<K: Kernel>(device: &mut Device, place: usize) -> bool {
    let has_values = const { K::DECLARATION.has_values_of("volume") } && are_on(device, place);
    !has_values && device.select_place(place)
}

/// Values are only read behind hosts with both features.
#[cfg(not(all(feature = "kv-fat", feature = "scsi")))]
fn are_on(_device: &Device, _disk: usize) -> bool {
    false
}

/// Whether a disk has the wanted serial, or else one that nobody wants.
fn suits<K: Kernel>(boot: &Boot<K>, wanted: Option<&str>, device: &mut Device) -> bool {
    if !const { has_serial(K::DECLARATION.arguments) } || serials(boot).next().is_none() {
        return true;
    }
    is_for(device.serial().bytes(), wanted, serials(boot).map(|(_, other)| other))
}

/// Whether a disk with a serial is for the block device with the wanted one, or for one that wants none, where `all` are wanted.
fn is_for<'s>(serial: &[u8], wanted: Option<&str>, mut all: impl Iterator<Item = &'s str>) -> bool {
    match wanted {
        Some(wanted) => serial == wanted.as_bytes(),
        None => !all.any(|other| serial == other.as_bytes()),
    }
}

/// Whether there is a boot argument for a serial. An application's own has no dot in its name.
const fn has_serial(mut arguments: &[Argument<'_>]) -> bool {
    while let [first, rest @ ..] = arguments {
        if let [.., b'.', b's', b'e', b'r', b'i', b'a', b'l'] = first.name.as_bytes() {
            return true;
        }
        arguments = rest;
    }
    false
}

/// The serials of all block devices that have one, by the positions of their boot arguments.
fn serials<K: Kernel>(boot: &Boot<K>) -> impl Iterator<Item = (usize, &'static str)> {
    let arguments = K::DECLARATION.arguments.iter().enumerate();
    let arguments = arguments.filter(|(_, argument)| argument.name.ends_with(".serial"));
    arguments.filter_map(|(index, _)| Some((index, boot.text(index)?)))
}

/// The serial of the boot argument at a position, checked.
pub(super) fn wanted<K: Kernel>(boot: &Boot<K>, argument: usize) -> Option<&'static str> {
    let serial = boot.text(argument)?;
    let name = |index: usize| K::DECLARATION.arguments.get(index).map_or("", |argument| argument.name);
    let report = || Report::<K>::boot_argument(name(argument).as_bytes()).text("`: `").text(serial);
    if !is_serial(serial) {
        report().text("` cannot be the serial of a disk: ").text(SERIAL_RULE).stop(Status::ARGUMENT);
    }
    if let Some((other, _)) = serials(boot).find(|(other, value)| *other < argument && *value == serial) {
        report().text("` is the value of `").text(name(other)).text("` already").stop(Status::ARGUMENT);
    }
    Some(serial)
}

/// Stops the boot: of the disks that are left, none is for this device.
#[cold]
fn stop<K: Kernel>(name: &str, wanted: Option<&str>, is_booted_from_disk: bool, device: Option<&mut Device>) -> ! {
    let report = Report::<K>::begin().text("device `").text(name).text("`: ");
    let Some(wanted) = wanted.filter(|_| const { has_serial(K::DECLARATION.arguments) }) else {
        let why = if is_booted_from_disk {
            "the machine has no further disk than the one that it was booted from"
        } else {
            "the machine has no further disk than those whose serials other devices declare"
        };
        report.text(why).stop(Status::DEVICE_MISSING)
    };
    let mut report = report.text("no disk has the serial `").text(wanted).text("`; found: ");
    let mut count = 0;
    #[cfg(feature = "scsi")]
    for kept in hosts::all() {
        report = kept.with(|device| report_disks(report, &mut count, device));
    }
    if let Some(device) = device {
        for kind in KINDS {
            let mut passed = 0;
            while let Some(transport) = virtio::claim_after::<K>(*kind, name, passed) {
                let place = transport.place;
                device.replace(transport).unwrap_or_else(|refused| refused.stop::<K>(name));
                report = report_disks(report, &mut count, device);
                virtio::release(place);
                passed += 1;
            }
        }
    }
    report.text(if count == 0 { "no other disk" } else { "" }).stop(Status::DEVICE_MISSING)
}

/// Writes which disks a device has that are nobody's.
fn report_disks<K: Kernel>(mut report: Report<K>, count: &mut usize, device: &mut Device) -> Report<K> {
    for disk in 0..device.places() {
        if !select::<K>(device, disk) {
            continue;
        }
        report = report.text(if *count == 0 { "" } else { ", " });
        let serial = device.serial();
        report = match serial.bytes() {
            b"" => report.text("no serial"),
            serial => report.text("`").bytes(serial).text("`"),
        };
        report = device.place().report(report.text(" at "));
        if let Some((target, number)) = device.unit() {
            report = report.text(" target ").decimal(target.into()).text(" LUN ").decimal(number.into());
        }
        *count += 1;
    }
    report
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{has_serial, is_for};
    use unikernel_vocabulary::{Argument, Kind};

    #[test]
    fn a_disk_is_for_who_wants_its_serial_or_else_for_who_wants_none() {
        let all = || ["A-1", "B-2"].into_iter();
        for (serial, wanted, expected) in [
            ("A-1", Some("A-1"), true),
            ("A-1", Some("B-2"), false),
            ("A-1", Some("A-12"), false),
            ("A-1", Some("A"), false),
            ("", Some("A-1"), false),
            ("A-1", None, false),
            ("B-2", None, false),
            ("C-3", None, true),
            ("A", None, true),
            ("", None, true),
        ] {
            assert_eq!(is_for(serial.as_bytes(), wanted, all()), expected, "{serial} {wanted:?}");
        }
    }

    #[test]
    fn an_argument_for_a_serial_is_that_of_a_device() {
        let has = |names: &[&'static str]| {
            let argument = |name: &&'static str| Argument { name, kind: Kind::text(20), default: None };
            has_serial(&names.iter().map(argument).collect::<std::vec::Vec<_>>())
        };
        assert!(has(&["data.serial"]) && has(&["port", "data.serial"]));
        assert!(!has(&[]) && !has(&["serial", "data.serials", "data_serial"]));
    }
}
