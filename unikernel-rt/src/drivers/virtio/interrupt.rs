//! How a device interrupts: by a message, by the edge of a line, or by its level.
//!
//! All messages and edges share one vector, and all levels another: each driver polls its queues, which tell more than a vector
//! could. Only devices that need an acknowledgement must know that there was an interrupt.

use super::Access;
use crate::interrupts::io_apic::{self, Trigger};
use crate::interrupts::local_apic;
use crate::interrupts::vector::{self, Vector};
use core::sync::atomic::{AtomicU32, Ordering};

/// How a claimed device interrupts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Interrupt {
    /// Not at all yet.
    None,
    /// By messages, which need no acknowledgement.
    Message,
    /// By a line, which stays asserted until acknowledged; and the count of interrupts at the last acknowledgement.
    Line(u32),
}

/// How many interrupts of [`Vector::DEVICES`] and [`Vector::LEVELS`] have been seen.
static SEEN: AtomicU32 = AtomicU32::new(0);

/// Sets up a device's interrupt: MSI-X if available, else its line.
pub(super) fn attach(access: &mut Access) -> Option<Interrupt> {
    local_apic::enable();
    vector::claim::<{ Vector::DEVICES.number() }>();
    match access {
        Access::Pci(device) if device.has_messages() => {
            device.enable_with_message(Vector::DEVICES);
            Some(Interrupt::Message)
        }
        // PCI lines are shared, and therefore level-triggered.
        Access::Pci(device) => {
            vector::claim_levels();
            let line = device.line()?;
            device.enable_with_line();
            io_apic::route(line.into(), Vector::LEVELS, Trigger::Level).ok().map(|()| Interrupt::Line(count()))
        }
        // One device has the line to itself; Firecracker's are pulses.
        Access::Mmio(device) => {
            io_apic::route(device.interrupt, Vector::DEVICES, Trigger::Edge).ok().map(|()| Interrupt::Line(count()))
        }
        #[cfg(test)]
        Access::Fake(_) => Some(Interrupt::None),
    }
}

/// The first lines of microvm's PCI Express and of its slots: those of its slots are the second IOAPIC's if it has one.
pub(super) fn microvm_first() -> (u8, u32) {
    const SECOND: u32 = 24;
    if io_apic::begins_at(SECOND) { (16, SECOND) } else { (12, 16) }
}

/// How many interrupts there have been, including pending ones.
fn count() -> u32 {
    let is_new = Vector::DEVICES.take() | Vector::LEVELS.take();
    let count = SEEN.load(Ordering::Relaxed).wrapping_add(u32::from(is_new));
    SEEN.store(count, Ordering::Relaxed);
    count
}

impl Interrupt {
    /// Acknowledges the interrupt if there was one since the last call.
    #[inline]
    pub(super) fn acknowledge(&mut self, access: &Access) {
        if let Interrupt::Line(told) = self {
            let count = count();
            if *told != count {
                *told = count;
                take_back(access);
            }
        }
    }
}

#[inline(never)]
fn take_back(access: &Access) {
    match access {
        Access::Pci(device) => {
            device.take_interrupt_status();
            // Only now: the line is deasserted, unless another device asserts it too, which interrupts again.
            local_apic::end_of_interrupt();
        }
        Access::Mmio(device) => {
            device.take_interrupt_status();
        }
        #[cfg(test)]
        Access::Fake(device) => {
            device.take_interrupt_status();
        }
    }
}
