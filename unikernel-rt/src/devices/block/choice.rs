//! Which disk a block device gets: the one with its serial, else the next one in PCI order that nobody else is to have.
//!
//! Disks are looked into only where it matters: where a serial is declared or given at boot, and where the kernel was booted from an
//! image, which may be on one of them.

use crate::drivers::virtio::block::Device;
use crate::drivers::virtio::{self, DeviceType, Place};
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::kernel::{Boot, Kernel};
use unikernel_vocabulary::Argument;
use unikernel_vocabulary::value::{SERIAL_RULE, is_serial};

/// Replaces the first disk, at `place`, by the one that the block device `name` is to have; stops the boot if there is none.
pub(super) fn settle<K: Kernel>(
    boot: &Boot<K>,
    name: &str,
    wanted: Option<&str>,
    device: &mut Device,
    mut place: Place,
) {
    let (mut passed, mut is_booted_from_disk) = (0, false);
    loop {
        if device.is_boot_disk() {
            is_booted_from_disk = true; // it stays claimed
        } else if suits(boot, wanted, device) {
            return;
        } else {
            virtio::release(place);
            passed += 1;
        }
        match virtio::claim_after::<K>(DeviceType::Block, name, passed) {
            Some(transport) => {
                place = transport.place;
                device.replace(transport).unwrap_or_else(|refused| refused.stop::<K>(name));
            }
            None => stop::<K>(name, wanted, is_booted_from_disk, device),
        }
    }
}

/// Whether a disk has the wanted serial, or else one that nobody wants.
fn suits<K: Kernel>(boot: &Boot<K>, wanted: Option<&str>, device: &mut Device) -> bool {
    if !const { has_serial(K::DECLARATION.arguments) } || serials(boot).next().is_none() {
        return true;
    }
    let serial = device.serial();
    match wanted {
        Some(wanted) => serial.bytes() == wanted.as_bytes(),
        None => !serials(boot).any(|(_, other)| other.as_bytes() == serial.bytes()),
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
fn stop<K: Kernel>(name: &str, wanted: Option<&str>, is_booted_from_disk: bool, device: &mut Device) -> ! {
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
    while let Some(transport) = virtio::claim_after::<K>(DeviceType::Block, name, count) {
        let place = transport.place;
        device.replace(transport).unwrap_or_else(|refused| refused.stop::<K>(name));
        report = report.text(if count == 0 { "" } else { ", " });
        let serial = device.serial();
        report = match serial.bytes() {
            b"" => report.text("no serial"),
            serial => report.text("`").bytes(serial).text("`"),
        };
        report = place.report(report.text(" at "));
        virtio::release(place);
        count += 1;
    }
    report.text(if count == 0 { "no other disk" } else { "" }).stop(Status::DEVICE_MISSING)
}
