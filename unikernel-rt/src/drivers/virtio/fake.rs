//! A device in memory, on the other side of a driver's queues: honest, or as dishonest as a test makes it.

extern crate std;

use super::queue::Areas;
use super::registers::Registers;
use super::{
    ACKNOWLEDGE, Access, DRIVER, DRIVER_OK, DeviceType, FEATURES_OK, Interrupt, Place, QUEUES, Transport, VERSION_1,
    mmio,
};
use core::cell::UnsafeCell;
use std::boxed::Box;
use std::fmt;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::vec::Vec;

/// The device. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Fake(Arc<RwLock<State>>);

/// What the device is, and what the driver has done to it.
pub(crate) struct State {
    pub(crate) offered: u64,
    pub(crate) accepted: u64,
    /// The configuration.
    pub(crate) config: Vec<u8>,
    /// The most descriptors of a queue.
    pub(crate) most: u16,
    pub(crate) queues: [Option<Queue>; QUEUES],
    pub(crate) status: u8,
    pub(crate) is_started: bool,
    /// Whether it was reset last.
    pub(crate) is_stopped: bool,
    /// How often its interrupt was taken back.
    pub(crate) acknowledged: u32,
    /// How often each queue was notified.
    pub(crate) notified: [u32; QUEUES],
}

/// A queue as the device sees it.
#[derive(Clone, Copy)]
pub(crate) struct Queue {
    size: u16,
    areas: [u64; 3],
    pub(crate) next_available: u16,
    pub(crate) next_used: u16,
}

/// A chain of descriptors that the driver has made available.
pub(crate) struct Chain {
    /// The first of them.
    pub(crate) head: u16,
    /// What the device may read, in one piece.
    pub(crate) readable: Vec<u8>,
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
    /// A device with features, besides that of version 1, and a configuration.
    pub(crate) fn new(features: u64, most: u16, config: &[u8]) -> Self {
        Fake(Arc::new(RwLock::new(State {
            offered: features | VERSION_1,
            accepted: 0,
            config: config.to_vec(),
            most,
            queues: [None; QUEUES],
            status: 0,
            is_started: false,
            is_stopped: false,
            acknowledged: 0,
            notified: [0; QUEUES],
        })))
    }

    /// The driver's side. It has interrupted once.
    pub(crate) fn transport(&self) -> Transport {
        self.transport_of(DeviceType::Block)
    }

    /// The same of a device of this kind.
    pub(crate) fn transport_of(&self, kind: DeviceType) -> Transport {
        Transport {
            access: Access::Fake(self.clone()),
            kind,
            place: Place::Mmio(mmio::Place { address: 0, size_bytes: 0, interrupt: 0 }),
            interrupt: Interrupt::Line(u32::MAX),
        }
    }

    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().expect("no test has panicked")
    }

    pub(crate) fn change(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().expect("no test has panicked")
    }

    /// Acts on a queue that the driver has set up.
    pub(crate) fn queue<R>(&self, queue: usize, act: impl FnOnce(&mut Queue) -> R) -> R {
        act(self.change().queues[queue].as_mut().expect("the driver has set it up"))
    }

    /// Takes the next chain of a queue, whose descriptors are followed.
    pub(crate) fn next(&self, queue: usize) -> Option<Chain> {
        self.queue(queue, Queue::next)
    }
}

/// What a transport does.
impl Fake {
    pub(crate) fn features(&self) -> u64 {
        self.state().offered
    }

    pub(crate) fn accept(&mut self, features: u64) {
        let mut state = self.change();
        assert_eq!(state.status, ACKNOWLEDGE | DRIVER, "only a reset ends what was agreed on");
        assert_eq!(features & !state.offered, 0, "nothing is accepted that was not offered");
        state.accepted = features;
    }

    pub(crate) fn status(&self) -> u8 {
        self.state().status
    }

    pub(crate) fn set_status(&mut self, status: u8) {
        let mut state = self.change();
        state.status = status;
        state.is_stopped = status == 0;
        state.is_started = status & (FEATURES_OK | DRIVER_OK) == FEATURES_OK | DRIVER_OK;
    }

    pub(crate) fn config_generation(&self) -> u32 {
        0
    }

    pub(crate) fn config(&self) -> Registers {
        let bytes = &self.state().config;
        let words: Vec<_> = (0..bytes.len().div_ceil(4))
            .map(|word| {
                UnsafeCell::new(u32::from_le_bytes(core::array::from_fn(|byte| {
                    bytes.get(word * 4 + byte).copied().unwrap_or_default()
                })))
            })
            .collect();
        Registers::over(Box::leak(words.into_boxed_slice())).part(0, bytes.len() as u32).expect("they are there")
    }

    pub(crate) fn take_interrupt_status(&self) -> u8 {
        self.change().acknowledged += 1;
        1
    }

    pub(crate) fn queue_size(&self, _queue: u16) -> u32 {
        self.state().most.into()
    }

    pub(crate) fn set_queue(&mut self, queue: u16, areas: Areas) -> bool {
        let queue_state = Queue { size: areas.size(), areas: areas.addresses(), next_available: 0, next_used: 0 };
        self.change().queues[usize::from(queue)] = Some(queue_state);
        true
    }

    pub(crate) fn notify(&self, queue: u16) {
        self.change().notified[usize::from(queue)] += 1;
    }
}

impl fmt::Debug for Fake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Fake")
    }
}

impl Queue {
    fn read_16(address: u64, place: usize) -> u16 {
        // SAFETY: the areas that a test's driver has named, which live as long as the process.
        unsafe { (address as *const u16).add(place).read_volatile() }
    }

    fn descriptor(&self, index: u16) -> Descriptor {
        assert!(index < self.size, "descriptor {index} of {}", self.size);
        // SAFETY: as above.
        unsafe { (self.areas[0] as *const Descriptor).add(usize::from(index)).read_volatile() }
    }

    /// Takes the next head that the driver has published.
    pub(crate) fn take(&mut self) -> Option<u16> {
        if Self::read_16(self.areas[1], 1) == self.next_available {
            return None;
        }
        let head = Self::read_16(self.areas[1], 2 + usize::from(self.next_available % self.size));
        self.next_available = self.next_available.wrapping_add(1);
        Some(head)
    }

    /// Takes the next chain that the driver has published.
    pub(crate) fn next(&mut self) -> Option<Chain> {
        const NEXT: u16 = 1;
        const WRITE: u16 = 2;
        let head = self.take()?;
        let mut chain = Chain { head, readable: Vec::new(), writable: Vec::new() };
        let mut index = head;
        loop {
            let descriptor = self.descriptor(index);
            if descriptor.flags & WRITE != 0 {
                chain.writable.push((descriptor.address, descriptor.size_bytes));
            } else {
                assert!(chain.writable.is_empty(), "what the device reads comes first");
                let start = descriptor.address as usize as *const u8;
                // SAFETY: the driver has lent this memory.
                let bytes = unsafe { core::slice::from_raw_parts(start, descriptor.size_bytes as usize) };
                chain.readable.extend_from_slice(bytes);
            }
            if descriptor.flags & NEXT == 0 {
                return Some(chain);
            }
            index = descriptor.next;
        }
    }

    /// The bytes of a buffer, as its descriptor says.
    pub(crate) fn bytes(&self, buffer: u16) -> &'static mut [u8] {
        let Descriptor { address, size_bytes, .. } = self.descriptor(buffer);
        // SAFETY: the driver does not touch the buffer while the device has it.
        unsafe { std::slice::from_raw_parts_mut(address as *mut u8, size_bytes as usize) }
    }

    /// Returns a buffer or a chain, or whatever a liar would say.
    pub(crate) fn give(&mut self, head: u32, length: u32) {
        let place = 1 + usize::from(self.next_used % self.size) * 2;
        // SAFETY: as in `read_16`.
        unsafe {
            let entry = (self.areas[2] as *mut u32).add(place);
            entry.write_volatile(head);
            entry.add(1).write_volatile(length);
        }
        self.next_used = self.next_used.wrapping_add(1);
        self.set_index(self.next_used);
    }

    pub(crate) fn set_index(&self, index: u16) {
        // SAFETY: as in `read_16`.
        unsafe { (self.areas[2] as *mut u16).add(1).write_volatile(index) }
    }

    /// Whether the driver wants interrupts.
    pub(crate) fn wants_interrupts(&self) -> bool {
        Self::read_16(self.areas[1], 0) == 0
    }

    /// Asks not to be notified, or to be.
    pub(crate) fn set_quiet(&self, quiet: bool) {
        // SAFETY: as in `read_16`.
        unsafe { (self.areas[2] as *mut u16).write_volatile(quiet.into()) }
    }
}

impl Chain {
    /// How many bytes the device may write.
    pub(crate) fn writable_bytes(&self) -> u32 {
        self.writable.iter().map(|(_, size_bytes)| size_bytes).sum()
    }

    /// Lengths of the pieces that the device may write.
    pub(crate) fn pieces(&self) -> Vec<u32> {
        self.writable.iter().map(|(_, size_bytes)| *size_bytes).collect()
    }

    /// Writes `bytes`, from `offset` of the writable bytes on.
    pub(crate) fn write(&self, mut offset: u32, mut bytes: &[u8]) {
        for (address, size_bytes) in &self.writable {
            let skipped = offset.min(*size_bytes);
            offset -= skipped;
            let (now, later) = bytes.split_at(bytes.len().min((size_bytes - skipped) as usize));
            // SAFETY: the driver has lent this memory.
            unsafe { ((address + u64::from(skipped)) as usize as *mut u8).copy_from(now.as_ptr(), now.len()) };
            bytes = later;
        }
        assert!(bytes.is_empty(), "the chain has no room for this");
    }
}
