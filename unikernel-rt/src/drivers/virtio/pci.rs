//! virtio over PCI (virtio 1.2, section 4.1): where a device's registers are, and how they are used.
//!
//! Modern only: a transitional device is used as a modern one, a legacy one is refused.

use super::queue::Areas;
use super::registers::{Register, Registers};
use super::{QUEUES, Refusal};
use crate::arch::pci::Function;
use crate::interrupts::local_apic;
use crate::interrupts::vector::Vector;
use crate::pci::{self, ConfigurationSpace};

/// Vendor of every virtio device.
const VENDOR: u16 = 0x1af4;
const VENDOR_CAPABILITY: u8 = 0x09;

/// The kind of virtio device that an identity stands for: modern identities are the kind's number plus an offset, the
/// transitional ones come from before that rule (section 4.1.2).
pub(super) fn kind(identity: pci::Identity) -> Option<u8> {
    const MODERN: core::ops::RangeInclusive<u16> = 0x1040..=0x107f;
    const TRANSITIONAL: [u8; 10] = [1, 2, 5, 3, 8, 4, 0, 0, 0, 9];
    match identity {
        pci::Identity { vendor: VENDOR, device } if MODERN.contains(&device) => Some((device - MODERN.start()) as u8),
        pci::Identity { vendor: VENDOR, device } => {
            TRANSITIONAL.get(usize::from(device.checked_sub(0x1000)?)).copied().filter(|kind| *kind != 0)
        }
        _ => None,
    }
}

/// A range of registers that a capability points to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Region {
    address: u64,
    size_bytes: u32,
}

/// Where everything is (section 4.1.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Layout {
    common: Option<Region>,
    notify: Option<Region>,
    /// Bytes from one queue's doorbell to the next.
    notify_multiplier: u32,
    interrupt_status: Option<Region>,
    device: Option<Region>,
    /// Where the MSI-X capability is, and where its table.
    messages: Option<(u8, Region)>,
}

/// Reads the capabilities of a function; of several of one kind, the first that can be used.
fn layout<S: ConfigurationSpace>(space: &S, function: Function) -> Layout {
    const MESSAGES_CAPABILITY: u8 = 0x11;
    const MESSAGE_BYTES: u32 = 16;
    const COMMON: u8 = 1;
    const NOTIFY: u8 = 2;
    const INTERRUPT_STATUS: u8 = 3;
    const DEVICE: u8 = 4;
    /// More than this of one kind is of no use to a driver.
    const MOST_BYTES: u32 = 1 << 20;
    let region = |bar: u8, offset: u32, size_bytes: u32| {
        let address = pci::base_address(space, function, bar)?.checked_add(u64::from(offset))?;
        let aligned = address.is_multiple_of(4);
        (aligned && size_bytes != 0).then_some(Region { address, size_bytes: size_bytes.min(MOST_BYTES) })
    };
    let mut layout = Layout::default();
    for capability in pci::capabilities(space, function) {
        let at = |offset: u8| capability.offset.checked_add(offset).map_or(0, |offset| space.read(function, offset));
        match (capability.id, (capability.private >> 8) as u8) {
            (VENDOR_CAPABILITY, kind @ COMMON..=DEVICE) => {
                let found = region(at(4) as u8, at(8), at(12));
                let slot = match kind {
                    COMMON => &mut layout.common,
                    NOTIFY => &mut layout.notify,
                    INTERRUPT_STATUS => &mut layout.interrupt_status,
                    _ => &mut layout.device,
                };
                if slot.is_none() {
                    *slot = found;
                    if kind == NOTIFY {
                        layout.notify_multiplier = at(16);
                    }
                }
            }
            (MESSAGES_CAPABILITY, _) if layout.messages.is_none() => {
                let table = at(4);
                let table = region((table & 7) as u8, table & !7, MESSAGE_BYTES);
                layout.messages = table.map(|table| (capability.offset, table));
            }
            _ => {}
        }
    }
    layout
}

/// A device's registers, mapped.
#[derive(Debug)]
pub(super) struct Device {
    function: Function,
    common: Registers,
    notify: Registers,
    notify_multiplier: u32,
    interrupt_status: Registers,
    config: Registers,
    messages: Option<(u8, Registers)>,
    /// What every queue is told to interrupt by.
    message: u16,
    /// Where the doorbells of the queues are among those of `notify`.
    doorbells: [u32; QUEUES],
}

/// Registers of the common structure (section 4.1.4.3).
mod common {
    pub(super) const SIZE_BYTES: u32 = 56;
    pub(super) const DEVICE_FEATURE_SELECT: u32 = 0;
    pub(super) const DEVICE_FEATURE: u32 = 4;
    pub(super) const DRIVER_FEATURE_SELECT: u32 = 8;
    pub(super) const DRIVER_FEATURE: u32 = 12;
    pub(super) const CONFIG_MESSAGE: u32 = 16;
    pub(super) const STATUS: u32 = 20;
    pub(super) const CONFIG_GENERATION: u32 = 21;
    pub(super) const QUEUE_SELECT: u32 = 22;
    pub(super) const QUEUE_SIZE: u32 = 24;
    pub(super) const QUEUE_MESSAGE: u32 = 26;
    pub(super) const QUEUE_ENABLE: u32 = 28;
    pub(super) const QUEUE_NOTIFY_OFFSET: u32 = 30;
    pub(super) const QUEUE_DESCRIPTORS: u32 = 32;
    pub(super) const QUEUE_DRIVER: u32 = 40;
    pub(super) const QUEUE_DEVICE: u32 = 48;
}

/// No message is sent.
const NO_MESSAGE: u16 = 0xffff;
/// Beyond all registers.
const NO_DOORBELL: u32 = u32::MAX;

impl Device {
    /// Maps a device's registers. The device itself is not touched, but that it answers to its base addresses.
    pub(super) fn open(function: Function) -> Result<Self, Refusal> {
        let layout = layout(&pci::Machine, function);
        let map = |region: Option<Region>, least_bytes: u32| {
            let region = region.filter(|region| region.size_bytes >= least_bytes).ok_or(Refusal::Legacy)?;
            Registers::map(region.address, region.size_bytes).ok_or(Refusal::Registers)
        };
        let device = Device {
            function,
            common: map(layout.common, common::SIZE_BYTES)?,
            notify: map(layout.notify, 2)?,
            notify_multiplier: layout.notify_multiplier,
            interrupt_status: map(layout.interrupt_status, 1)?,
            config: layout.device.map_or(Ok(Registers::NONE), |region| map(Some(region), 1))?,
            messages: match layout.messages {
                Some((capability, table)) => Some((capability, map(Some(table), 1)?)),
                None => None,
            },
            message: NO_MESSAGE,
            doorbells: [NO_DOORBELL; QUEUES],
        };
        pci::answer(&pci::Machine, function);
        Ok(device)
    }

    /// Whether it can interrupt by messages.
    pub(super) fn has_messages(&self) -> bool {
        self.messages.is_some()
    }

    /// The interrupt line of its pin.
    pub(super) fn line(&self) -> Option<u8> {
        pci::interrupt_line(&pci::Machine, self.function)
    }

    /// Lets the device reach memory, and interrupt by its pin.
    pub(super) fn enable_with_line(&mut self) {
        // SAFETY: the device is this one's, and has been reset.
        unsafe { pci::enable(&pci::Machine, self.function, true) };
    }

    /// Lets the device reach memory, and interrupt by one message (PCI Local Bus 3.0, section 6.8.2).
    pub(super) fn enable_with_message(&mut self, vector: Vector) {
        const ENABLE: u32 = 1 << 31;
        const MASK_ALL: u32 = 1 << 30;
        let Some((capability, table)) = self.messages else { return };
        // SAFETY: as in `enable_with_line`.
        unsafe { pci::enable(&pci::Machine, self.function, false) };
        let control = pci::Machine.read(self.function, capability);
        // Masked while the entry is written: it must not be sent half.
        // SAFETY: it turns messages on, all of which are masked.
        unsafe { pci::Machine.write(self.function, capability, control | ENABLE | MASK_ALL) };
        for (offset, value) in [(0, local_apic::message_address()), (4, 0), (8, vector.number().into()), (12, 0)] {
            // SAFETY: what the device writes to is the local APIC.
            unsafe { table.write::<u32>(offset, value) };
        }
        // SAFETY: the one message in use is written: an interrupt of this processor.
        unsafe { pci::Machine.write(self.function, capability, (control | ENABLE) & !MASK_ALL) };
        self.message = 0;
    }

    /// The device's configuration.
    pub(super) fn config(&self) -> Registers {
        self.config
    }

    /// Reads the interrupt status, which takes the line back.
    pub(super) fn take_interrupt_status(&self) -> u8 {
        self.interrupt_status.read(0)
    }

    pub(super) fn features(&self) -> u64 {
        let half = |index: u32| {
            self.write(common::DEVICE_FEATURE_SELECT, index);
            u64::from(self.common.read::<u32>(common::DEVICE_FEATURE))
        };
        half(0) | half(1) << 32
    }

    pub(super) fn accept(&mut self, features: u64) {
        for (index, half) in [(0, features as u32), (1, (features >> 32) as u32)] {
            self.write::<u32>(common::DRIVER_FEATURE_SELECT, index);
            self.write::<u32>(common::DRIVER_FEATURE, half);
        }
    }

    pub(super) fn status(&self) -> u8 {
        self.common.read(common::STATUS)
    }

    pub(super) fn set_status(&mut self, status: u8) {
        self.write(common::STATUS, status);
    }

    pub(super) fn config_generation(&self) -> u32 {
        u32::from(self.common.read::<u8>(common::CONFIG_GENERATION))
    }

    pub(super) fn queue_size(&self, queue: u16) -> u32 {
        self.write(common::QUEUE_SELECT, queue);
        u32::from(self.common.read::<u16>(common::QUEUE_SIZE))
    }

    /// Sets a queue up; whether its doorbell is where it can be rung, and the device has taken its message.
    pub(super) fn set_queue(&mut self, queue: u16, areas: Areas) -> bool {
        self.write(common::QUEUE_SELECT, queue);
        self.write(common::QUEUE_SIZE, areas.size());
        self.write(common::CONFIG_MESSAGE, self.message);
        self.write(common::QUEUE_MESSAGE, self.message);
        let taken = self.common.read::<u16>(common::QUEUE_MESSAGE) == self.message;
        let places = [common::QUEUE_DESCRIPTORS, common::QUEUE_DRIVER, common::QUEUE_DEVICE];
        for (place, area) in places.into_iter().zip(areas.addresses()) {
            self.write(place, area as u32);
            self.write(place + 4, (area >> 32) as u32);
        }
        let offset = self.common.read::<u16>(common::QUEUE_NOTIFY_OFFSET);
        let offset = u32::from(offset).checked_mul(self.notify_multiplier).filter(|offset| offset.is_multiple_of(2));
        let doorbell = offset.filter(|offset| self.notify.part(*offset, 2).is_some());
        let slot = self.doorbells.get_mut(usize::from(queue));
        let (Some(doorbell), Some(slot), true) = (doorbell, slot, taken) else { return false };
        *slot = doorbell;
        self.write::<u16>(common::QUEUE_ENABLE, 1);
        true
    }

    #[inline]
    pub(super) fn notify(&self, queue: u16) {
        if let Some(doorbell) = self.doorbells.get(usize::from(queue)) {
            // SAFETY: a doorbell takes the number of a queue.
            unsafe { self.notify.write(*doorbell, queue) };
        }
    }

    /// Writes a register of the common structure.
    fn write<T: Register>(&self, offset: u32, value: T) {
        // SAFETY: the only addresses that this file tells a device here are those of a queue that made them.
        unsafe { self.common.write(offset, value) };
    }
}

#[cfg(test)]
mod tests;
