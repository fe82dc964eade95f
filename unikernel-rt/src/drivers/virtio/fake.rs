//! A device in memory, on the other side of a driver's queue: honest, or as dishonest as a test makes it.
//!
//! Its registers are those of a memory-mapped device, as plain words: reads give what was written last, which is all that
//! drivers need. It has one queue.

extern crate std;

use super::registers::Registers;
use super::{Access, DeviceType, Interrupt, Place, Transport, mmio};
use core::cell::UnsafeCell;
use std::boxed::Box;
use std::vec::Vec;

const REGISTER_WORDS: usize = 0x180 / 4;

/// The device's side.
pub(super) struct Fake {
    registers: Registers,
    seen: u16,
    used: u16,
}

/// A chain of descriptors that the driver has made available.
pub(super) struct Chain {
    pub(super) token: u16,
    /// What the device may read, in one piece.
    pub(super) readable: Vec<u8>,
    /// Addresses and lengths of what it may write.
    writable: Vec<(u64, u32)>,
}

#[derive(Clone, Copy)]
#[repr(C)]
struct Descriptor {
    address: u64,
    size_bytes: u32,
    flags: u16,
    next: u16,
}

impl Fake {
    /// Makes a device with features and configuration. Both halves of the features are the same: bit 0 stands for
    /// `VIRTIO_F_VERSION_1`.
    pub(super) fn new(features: u32, queue_size: u32, config: &[u32]) -> Self {
        let words: &'static [UnsafeCell<u32>] = Box::leak(Box::new([const { UnsafeCell::new(0) }; REGISTER_WORDS]));
        let registers = Registers::over(words);
        registers.write(0x10, features);
        registers.write(0x34, queue_size);
        for (index, word) in config.iter().enumerate() {
            registers.write(0x100 + 4 * index as u32, *word);
        }
        Fake { registers, seen: 0, used: 0 }
    }

    /// The driver's side.
    pub(super) fn transport(&self) -> Transport {
        Transport {
            access: Access::Mmio(mmio::Device::over(self.registers)),
            kind: DeviceType::Block,
            place: Place::Mmio(mmio::Place { address: 0, size_bytes: 0, interrupt: 0 }),
            interrupt: Interrupt::None,
            queue_accepted: false,
        }
    }

    /// The device status.
    pub(super) fn status(&self) -> u32 {
        self.registers.read(0x70)
    }

    /// The queue that was notified since this was asked last.
    pub(super) fn take_notification(&mut self) -> Option<u32> {
        const NONE: u32 = u32::MAX;
        let notified = self.registers.read(0x50);
        self.registers.write(0x50, NONE);
        (notified != NONE).then_some(notified)
    }

    /// Says in the used ring whether the device wants to be notified; forgets earlier notifications.
    pub(super) fn want_notifications(&mut self, wants: bool) {
        // SAFETY: as in `next`.
        unsafe { (self.area(0xa0) as *mut u16).write_volatile(u16::from(!wants)) };
        self.take_notification();
    }

    fn area(&self, register: u32) -> usize {
        self.registers.read::<u32>(register) as usize | (self.registers.read::<u32>(register + 4) as usize) << 32
    }

    fn size(&self) -> u16 {
        self.registers.read::<u32>(0x38) as u16
    }

    /// Takes the next chain that the driver has made available.
    pub(super) fn next(&mut self) -> Option<Chain> {
        const NEXT: u16 = 1;
        const WRITE: u16 = 2;
        let (descriptors, available) = (self.area(0x80) as *const Descriptor, self.area(0x90) as *const u16);
        // SAFETY: the driver has written these addresses of queues of this size, and waits meanwhile.
        unsafe {
            if available.add(1).read_volatile() == self.seen {
                return None;
            }
            let token = available.add(2 + usize::from(self.seen % self.size())).read_volatile();
            self.seen = self.seen.wrapping_add(1);
            let mut chain = Chain { token, readable: Vec::new(), writable: Vec::new() };
            let mut index = token;
            loop {
                assert!(index < self.size(), "descriptor {index} of {}", self.size());
                let descriptor = descriptors.add(index.into()).read_volatile();
                if descriptor.flags & WRITE != 0 {
                    chain.writable.push((descriptor.address, descriptor.size_bytes));
                } else {
                    assert!(chain.writable.is_empty(), "what the device reads comes first");
                    let start = descriptor.address as usize as *const u8;
                    let bytes = core::slice::from_raw_parts(start, descriptor.size_bytes as usize);
                    chain.readable.extend_from_slice(bytes);
                }
                if descriptor.flags & NEXT == 0 {
                    return Some(chain);
                }
                index = descriptor.next;
            }
        }
    }

    /// Returns a chain, or whatever else.
    pub(super) fn give_back(&mut self, token: u32, used_bytes: u32) {
        let used = self.area(0xa0) as *mut u16;
        // SAFETY: as in `next`.
        unsafe {
            let entry = used.add(2).cast::<[u32; 2]>().add(usize::from(self.used % self.size()));
            entry.write_volatile([token, used_bytes]);
            self.used = self.used.wrapping_add(1);
            used.add(1).write_volatile(self.used);
        }
    }
}

impl Chain {
    /// How many bytes the device may write.
    pub(super) fn writable_bytes(&self) -> u32 {
        self.writable.iter().map(|(_, size_bytes)| size_bytes).sum()
    }

    /// Lengths of the pieces that the device may write.
    pub(super) fn pieces(&self) -> Vec<u32> {
        self.writable.iter().map(|(_, size_bytes)| *size_bytes).collect()
    }

    /// Writes `bytes`, from `offset` of the writable bytes on.
    pub(super) fn write(&self, mut offset: u32, mut bytes: &[u8]) {
        for (address, size_bytes) in &self.writable {
            let skipped = offset.min(*size_bytes);
            offset -= skipped;
            let (now, later) = bytes.split_at(bytes.len().min((size_bytes - skipped) as usize));
            // SAFETY: the driver has put this memory at the device's disposal.
            unsafe { ((address + u64::from(skipped)) as usize as *mut u8).copy_from(now.as_ptr(), now.len()) };
            bytes = later;
        }
        assert!(bytes.is_empty(), "the chain has no room for this");
    }
}
