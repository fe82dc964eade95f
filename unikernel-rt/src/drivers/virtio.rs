//! virtio devices: found, claimed by name, and driven through queues (virtio 1.2).
//!
//! One queue implementation serves every device ([`queue`]). The memory that a device and a driver share is used by nothing else
//! ([`dma`]). The transports are our own: one access to notify, one message for all interrupts of a device, no unused features.
//! Only the device types come from `virtio-drivers`: its `Transport` has fifteen methods, of which a driver here would use two,
//! and the configurations of its drivers are private. Undeclared devices are left alone.

pub(crate) mod block;
pub(crate) mod console;
#[expect(unsafe_code, reason = "memory that devices read and write")]
pub(crate) mod dma;
pub(crate) mod entropy;
#[cfg(test)]
#[expect(unsafe_code, reason = "it plays a device, which reads and writes the memory of queues")]
pub(crate) mod fake;
mod interrupt;
mod list;
#[expect(unsafe_code, reason = "the place of registers")]
mod mmio;
#[cfg(feature = "net")]
pub(crate) mod net;
#[expect(unsafe_code, reason = "configuration space, and the place of registers")]
mod pci;
#[expect(unsafe_code, reason = "rings that the device reads and writes")]
pub(crate) mod queue;
#[expect(unsafe_code, reason = "registers in memory")]
mod registers;

use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use interrupt::Interrupt;
use queue::Areas;
use unikernel_vocabulary::declaration::Device;
use zerocopy::{FromBytes, IntoBytes};

pub(crate) use list::Place;
pub(crate) use virtio_drivers::transport::DeviceType;

/// The most queues that are used per device.
const QUEUES: usize = 4;

/// Features of every device (section 6). The first must be offered. The second is accepted where it is offered: drivers pass
/// physical addresses, and there is no IOMMU.
const VERSION_1: u64 = 1 << 32;
const ACCESS_PLATFORM: u64 = 1 << 33;

/// Bits of the device status (section 2.1).
const ACKNOWLEDGE: u8 = 1;
const DRIVER: u8 = 2;
const DRIVER_OK: u8 = 4;
const FEATURES_OK: u8 = 8;

/// Why a device cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// It knows the legacy interface only.
    Legacy,
    /// Its registers are at an invalid address.
    Registers,
    /// It rejects features that it offers.
    Features,
    /// It has no way to interrupt.
    Interrupt,
    /// A queue is missing, too small, or not accepted.
    Queue,
    /// Its configuration is invalid.
    Configuration,
    /// No memory is left for its queues.
    Memory,
}

impl Refusal {
    /// Describes the problem of a device at `place`.
    fn text(self, place: Place) -> &'static str {
        match (self, place) {
            (Refusal::Legacy, Place::Pci(_)) => "speaks legacy virtio only; give its QEMU device `disable-modern=off`",
            (Refusal::Legacy, Place::Mmio(_)) => {
                "speaks legacy virtio only; start QEMU with `-global virtio-mmio.force-legacy=false`"
            }
            (Refusal::Registers, _) => "has registers at an invalid address",
            (Refusal::Features, _) => "rejects features that it offers",
            (Refusal::Interrupt, _) => "cannot interrupt: no MSI-X, and no interrupt line of an I/O APIC",
            (Refusal::Queue, _) => "has no queue of the required size",
            (Refusal::Configuration, _) => "has an invalid configuration",
            (Refusal::Memory, _) => "cannot be used: no memory left for its queues",
        }
    }
}

/// A claimed device: configuration, queues, interrupts.
#[derive(Debug)]
pub(crate) struct Transport {
    access: Access,
    kind: DeviceType,
    pub(crate) place: Place,
    interrupt: Interrupt,
}

/// How a device is reached.
#[derive(Debug)]
enum Access {
    Pci(pci::Device),
    Mmio(mmio::Device),
    #[cfg(test)]
    Fake(fake::Fake),
}

/// Calls one method of either.
macro_rules! either {
    ($access:expr, $device:ident => $call:expr) => {
        match $access {
            Access::Pci($device) => $call,
            Access::Mmio($device) => $call,
            #[cfg(test)]
            Access::Fake($device) => $call,
        }
    };
}

/// Claims the next device of a kind that `suits`, in PCI order, then in that of the command line; stops the boot if there is none.
pub(crate) fn claim<K: Kernel>(
    _boot: &Boot<K>,
    kind: DeviceType,
    name: &str,
    mut suits: impl FnMut(&Transport) -> bool,
) -> Transport {
    let missing = match list::claim::<K>(kind, false, &mut suits) {
        Ok(mut transport) => match transport.prepare() {
            Ok(()) => return transport,
            Err(refusal) => transport.refused(refusal).stop::<K>(name),
        },
        Err(list::Missing::Refused(place, refusal)) => Refused { kind, place, refusal }.stop::<K>(name),
        Err(missing) => missing,
    };
    stop_missing::<K>(kind, name, missing)
}

/// Stops the boot: the machine has no device of a kind that is nobody's.
pub(crate) fn stop_without<K: Kernel>(_boot: &Boot<K>, kind: DeviceType, name: &str) -> ! {
    stop_missing::<K>(kind, name, list::claim::<K>(kind, false, &mut |_| false).err().unwrap_or(list::Missing::Any))
}

fn stop_missing<K: Kernel>(kind: DeviceType, name: &str, missing: list::Missing) -> ! {
    let report = Report::<K>::begin().text("device `").text(name).text("`: the machine has no ");
    let further = if missing == list::Missing::Further { "further " } else { "" };
    let report = report.text(further).text(list::kind_name(kind as u8));
    let report = report.text(if missing == list::Missing::Suitable { " that matches the declaration" } else { "" });
    let report = list::report_found(report.text("; found: "));
    let is_for_hosts = |device: &Device<'_>| device.name == name && device.fixed.contains(&("scsi", "true"));
    let looks_for_hosts = cfg!(feature = "scsi") && K::DECLARATION.devices.iter().any(is_for_hosts);
    let is_hidden = kind == DeviceType::Block && !looks_for_hosts && list::has(DeviceType::ScsiHost);
    let hint = if is_hidden { "; for a disk behind a SCSI host, declare `block(scsi)`" } else { "" };
    report.text(hint).stop(Status::DEVICE_MISSING)
}

/// Claims the device of a kind behind the first `passed` of those that are not claimed; `None` where there is none. Stops the boot if it
/// cannot be used.
pub(crate) fn claim_after<K: Kernel>(kind: DeviceType, name: &str, passed: usize) -> Option<Transport> {
    match list::claim::<K>(kind, false, &mut behind(passed)) {
        Ok(mut transport) => match transport.prepare() {
            Ok(()) => Some(transport),
            Err(refusal) => transport.refused(refusal).stop::<K>(name),
        },
        Err(list::Missing::Refused(place, refusal)) => Refused { kind, place, refusal }.stop::<K>(name),
        Err(_) => None,
    }
}

/// As [`claim_after`], of those that can be used: for devices that nobody has declared.
pub(crate) fn claim_usable_after<K: Kernel>(kind: DeviceType, passed: usize) -> Option<Transport> {
    for passed in passed.. {
        let mut transport = list::claim::<K>(kind, true, &mut behind(passed)).ok()?;
        if transport.prepare().is_ok() {
            return Some(transport);
        }
        list::release(transport.place);
    }
    None
}

/// Tells the devices from the first `passed` ones.
fn behind(mut passed: usize) -> impl FnMut(&Transport) -> bool {
    move |_| {
        let is_behind = passed == 0;
        passed = passed.saturating_sub(1);
        is_behind
    }
}

/// Takes the claim of a device back.
pub(crate) fn release(place: Place) {
    list::release(place);
}

/// A device that was found but cannot be used.
#[derive(Debug)]
pub(crate) struct Refused {
    kind: DeviceType,
    place: Place,
    pub(crate) refusal: Refusal,
}

impl Refused {
    /// Stops the boot because of it.
    pub(crate) fn stop<K: Kernel>(&self, name: &str) -> ! {
        let Refused { kind, place, refusal } = *self;
        let report = Report::<K>::begin().text("device `").text(name).text("`: the ").text(list::kind_name(kind as u8));
        place.report(report.text(" at ")).text(" ").text(refusal.text(place)).stop(Status::DEVICE_MISSING)
    }
}

impl Transport {
    /// Reaches a device without touching it.
    fn open(kind: DeviceType, place: Place) -> Result<Self, list::Missing> {
        let access = match place {
            Place::Pci(function) => pci::Device::open(function).map(Access::Pci),
            Place::Mmio(place) => mmio::Device::open(place).map(Access::Mmio),
        };
        match access {
            Ok(access) => Ok(Transport { access, kind, place, interrupt: Interrupt::None }),
            Err(refusal) => Err(list::Missing::Refused(place, refusal)),
        }
    }

    /// Resets the device, which firmware may have used, then sets up its interrupt.
    fn prepare(&mut self) -> Result<(), Refusal> {
        self.reset();
        self.interrupt = interrupt::attach(&mut self.access).ok_or(Refusal::Interrupt)?;
        Ok(())
    }

    /// The kind of device.
    #[cfg(feature = "scsi")]
    fn kind(&self) -> DeviceType {
        self.kind
    }

    /// Describes why this device cannot be used, for a report.
    pub(crate) fn refused(&self, refusal: Refusal) -> Refused {
        Refused { kind: self.kind, place: self.place, refusal }
    }

    /// Negotiates features: those of `wanted` that the device offers, and the ones that every device needs. Follows section
    /// 3.1.1 up to step 6; the device has been reset. Queues come next, then [`Transport::start`].
    pub(crate) fn negotiate(&mut self, wanted: u64) -> Result<u64, Refusal> {
        self.set_status_bits(ACKNOWLEDGE);
        self.set_status_bits(DRIVER);
        let offered = either!(&self.access, device => device.features());
        if offered & VERSION_1 == 0 {
            return Err(Refusal::Legacy);
        }
        let accepted = offered & (wanted | VERSION_1 | ACCESS_PLATFORM);
        either!(&mut self.access, device => device.accept(accepted));
        self.set_status_bits(FEATURES_OK);
        if self.status() & FEATURES_OK == 0 {
            return Err(Refusal::Features);
        }
        Ok(accepted)
    }

    /// Sets up queue `index`.
    pub(crate) fn set_queue(&mut self, index: u16, areas: Areas) -> Result<(), Refusal> {
        if either!(&self.access, device => device.queue_size(index)) < areas.size().into() {
            return Err(Refusal::Queue);
        }
        let is_accepted = either!(&mut self.access, device => device.set_queue(index, areas));
        if is_accepted { Ok(()) } else { Err(Refusal::Queue) }
    }

    /// Sets `DRIVER_OK`: the queues are ready.
    pub(crate) fn start(&mut self) {
        self.set_status_bits(DRIVER_OK);
    }

    /// Resets the device. After this returns, it no longer accesses memory.
    pub(crate) fn reset(&mut self) {
        either!(&mut self.access, device => device.set_status(0));
        while self.status() != 0 {
            core::hint::spin_loop();
        }
    }

    /// Acknowledges the interrupt. Drivers call this each time before they process their queues. It does nothing where the
    /// interrupt is a message, which is nearly always the case.
    #[inline]
    pub(crate) fn acknowledge(&mut self) {
        self.interrupt.acknowledge(&self.access);
    }

    /// Notifies the device of new entries in a queue, by one access.
    #[inline]
    pub(crate) fn notify(&self, queue: u16) {
        either!(&self.access, device => device.notify(queue));
    }

    fn status(&self) -> u8 {
        either!(&self.access, device => device.status())
    }

    fn set_status_bits(&mut self, bits: u8) {
        let status = self.status() | bits;
        either!(&mut self.access, device => device.set_status(status));
    }

    /// Reads a field of the configuration, in accesses of its alignment; `None` where the device has no such field.
    pub(crate) fn read_config<T: FromBytes + IntoBytes>(&self, offset: u32) -> Option<T> {
        let config = either!(&self.access, device => device.config()).part(offset, size_of::<T>() as u32)?;
        let mut value = T::new_zeroed();
        let unit = align_of::<T>().min(4);
        for (index, bytes) in value.as_mut_bytes().chunks_mut(unit).enumerate() {
            let at = (index * unit) as u32;
            match bytes {
                [byte] => *byte = config.read(at),
                [_, _] => bytes.copy_from_slice(&config.read::<u16>(at).to_le_bytes()),
                _ => bytes.copy_from_slice(&config.read::<u32>(at).to_le_bytes()),
            }
        }
        Some(value)
    }

    /// As [`Transport::read_config`], of a field that takes several accesses: reads again where the device has changed it meanwhile.
    pub(crate) fn read_config_whole<T: FromBytes + IntoBytes>(&self, offset: u32) -> Option<T> {
        let generation = || either!(&self.access, device => device.config_generation());
        loop {
            let before = generation();
            let value = self.read_config(offset)?;
            if generation() == before {
                return Some(value);
            }
        }
    }
}
