//! The virtio devices of the machine: found once, at the first claim, each claimed at most once.

use super::{DeviceType, Refusal, Transport, interrupt, mmio, pci};
use crate::arch::pci::Function;
use crate::firmware::acpi;
use crate::firmware::start_info::StartInfo;
use crate::kernel::Kernel;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::pci::{self as bus, Machine};
use crate::sync::lock;
use core::ops::ControlFlow;
use unikernel_vocabulary::command_line;

/// Where a device is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// A PCI function.
    Pci(Function),
    /// Memory-mapped registers.
    Mmio(mmio::Place),
}

impl Place {
    /// Writes it in the usual notation: `00:03.0`, `0xfeb00000`.
    pub(crate) fn report<K: Kernel>(self, report: Report<K>) -> Report<K> {
        match self {
            Place::Pci(function) => {
                let report = report.hexadecimal_digits(function.bus().into(), 2).text(":");
                let report = report.hexadecimal_digits(function.device().into(), 2).text(".");
                report.decimal(function.function().into())
            }
            Place::Mmio(place) => report.hexadecimal(place.address, 1),
        }
    }
}

/// Why a claim failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Missing {
    /// No such device.
    Any,
    /// All such devices are claimed.
    Further,
    /// Such devices exist, but none matches.
    Suitable,
    /// The device cannot be used.
    Refused(Place, Refusal),
}

#[derive(Clone, Copy)]
struct Found {
    place: Place,
    kind: u8,
    is_claimed: bool,
}

/// More devices than any machine has; further ones are ignored.
const MOST: usize = 64;

struct List {
    is_searched: bool,
    count: usize,
    found: [Found; MOST],
}

/// All zero, so that an empty list costs no space in the image.
const NOTHING: Found = Found { place: Place::Pci(Function::new(0, 0, 0)), kind: 0, is_claimed: false };

lock! {
    /// All of them.
    static LIST: List = List { is_searched: false, count: 0, found: [NOTHING; MOST] };
}

impl List {
    fn add(&mut self, place: Place, kind: u8) -> ControlFlow<()> {
        let Some(slot) = self.found.get_mut(self.count) else { return ControlFlow::Break(()) };
        *slot = Found { place, kind, is_claimed: false };
        self.count += 1;
        ControlFlow::Continue(())
    }

    /// Scans PCI, then the devices that the command line names; if there are neither, microvm's PCI Express and slots.
    fn search<K: Kernel>(&mut self) {
        self.scan();
        let mut is_named = false;
        for word in command_line::raw_words(StartInfo::get().command_line()).flatten() {
            if word.key != b"virtio_mmio.device" {
                continue;
            }
            is_named = true;
            let Some(place) = word.value.and_then(mmio::Place::parse) else {
                let report = Report::<K>::begin().text("boot argument `virtio_mmio.device`: `");
                let report = report.bytes(word.value.unwrap_or_default());
                report.text("` is no device; write `SIZE@ADDRESS:INTERRUPT`").stop(Status::ARGUMENT)
            };
            self.probe(place);
        }
        if !is_named && !bus::is_there(&Machine) && acpi::is_hardware_reduced() {
            let (first_line, first_interrupt) = interrupt::microvm_first();
            if bus::express::attach(first_line) {
                self.scan();
            }
            for index in 0..mmio::Place::MICROVM_SLOTS {
                self.probe(mmio::Place::microvm_slot(index, first_interrupt));
            }
        }
    }

    /// Adds the devices on PCI.
    fn scan(&mut self) {
        bus::functions(&Machine, &mut |function, identity| match pci::kind(identity) {
            Some(kind) => self.add(Place::Pci(function), kind),
            None => ControlFlow::Continue(()),
        });
    }

    fn probe(&mut self, place: mmio::Place) {
        if let Some(kind) = place.kind() {
            let _ = self.add(Place::Mmio(place), kind);
        }
    }

    fn claim(
        &mut self,
        kind: DeviceType,
        passes_over: bool,
        suits: &mut dyn FnMut(&Transport) -> bool,
    ) -> Result<Transport, Missing> {
        let mut missing = Missing::Any;
        for found in self.found.iter_mut().filter(|found| found.kind == kind as u8) {
            if found.is_claimed {
                missing = if missing == Missing::Any { Missing::Further } else { missing };
                continue;
            }
            let opened = Transport::open(kind, found.place);
            match &opened {
                Ok(transport) if suits(transport) => {
                    found.is_claimed = true;
                    return opened;
                }
                Err(_) if !passes_over => return opened,
                _ => missing = Missing::Suitable,
            }
        }
        Err(missing)
    }
}

/// Claims the first unclaimed device of a kind that `suits`. One that cannot be used is an error, unless it is passed over.
#[inline(never)]
pub(super) fn claim<K: Kernel>(
    kind: DeviceType,
    passes_over: bool,
    suits: &mut dyn FnMut(&Transport) -> bool,
) -> Result<Transport, Missing> {
    LIST.with(|list| {
        if !list.is_searched {
            list.is_searched = true;
            list.search::<K>();
        }
        list.claim(kind, passes_over, suits)
    })
}

/// Takes the claim of a device back.
pub(super) fn release(place: Place) {
    LIST.with(|list| {
        if let Some(found) = list.found.iter_mut().find(|found| found.is_claimed && found.place == place) {
            found.is_claimed = false;
        }
    });
}

/// Whether a device of a kind was found, claimed or not.
pub(super) fn has(kind: DeviceType) -> bool {
    LIST.with(|list| list.found.iter().take(list.count).any(|found| found.kind == kind as u8))
}

/// Writes what was found, claimed or not.
pub(super) fn report_found<K: Kernel>(mut report: Report<K>) -> Report<K> {
    LIST.with(|list| {
        if list.count == 0 {
            return report.text("no virtio device");
        }
        for (index, found) in list.found.iter().take(list.count).enumerate() {
            report = report.text(if index == 0 { "" } else { ", " }).text(kind_name(found.kind)).text(" at ");
            report = found.place.report(report);
        }
        report
    })
}

/// The usual name of a kind of device (virtio 1.2, section 5).
pub(super) fn kind_name(kind: u8) -> &'static str {
    match kind {
        1 => "network card",
        2 => "block device",
        3 => "console",
        4 => "entropy source",
        8 => "SCSI host",
        9 => "9P file system",
        19 => "socket device",
        26 => "file system",
        _ => "other virtio device",
    }
}
