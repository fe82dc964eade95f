//! A queue of requests: a header that the device reads, the caller's data, and a status that the device writes.
//!
//! A request slot has three fixed descriptors. Its data is a [`Memory`], which is tied to the request until the device has
//! finished with it. A [`Loan`] stands for both and is the only way to get the memory back. Dropping it leaks the memory;
//! abandoning it drops the memory once the device has finished.

use super::super::dma::Memory;
use super::super::{Refused, Transport};
use super::{Broken, Descriptor, NEXT, OURS, Queue, Returned, Rings, WRITE};
use core::mem::{ManuallyDrop, MaybeUninit};

/// Bytes of a header.
pub(crate) const HEADER_BYTES: usize = 16;
/// Descriptors of a request: header, data, status.
const PARTS: usize = 3;

/// The initial value of a status, which devices do not write.
pub(crate) const NOT_WRITTEN: u8 = 0xff;

/// The shared memory of a request, without the data.
#[repr(C, align(8))]
struct Frame {
    header: [u8; HEADER_BYTES],
    status: u8,
}

/// The memory of a queue of `COUNT` requests with `SIZE` descriptors. It need not be initialised.
#[repr(C)]
pub(crate) struct Shared<const COUNT: usize, const SIZE: usize> {
    rings: Rings<SIZE>,
    frames: [Frame; COUNT],
}

/// Requests on a device that has one queue.
pub(crate) struct Requests<const COUNT: usize> {
    transport: Transport,
    queue: Queue,
    frames: *mut Frame,
    slots: [Slot; COUNT],
}

// SAFETY: the frames are this queue's alone, and they are used through `&mut`.
unsafe impl<const COUNT: usize> Send for Requests<COUNT> {}

/// A request slot.
struct Slot {
    /// How many requests have used this slot.
    generation: u64,
    /// Memory that its owner has abandoned. Not dropped with the queue: the device may use it.
    abandoned: ManuallyDrop<Option<Memory>>,
}

/// Memory that is tied to a request until the device has finished with it.
pub(crate) struct Loan {
    slot: u16,
    generation: u64,
    /// The identity of its queue: the address of its frames.
    queue: usize,
    memory: ManuallyDrop<Memory>,
}

impl Loan {
    /// The slot of its request.
    pub(crate) fn slot(&self) -> usize {
        self.slot.into()
    }

    /// The generation of its slot.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }
}

/// A request that the device has finished.
pub(crate) struct Finished {
    pub(crate) slot: usize,
    pub(crate) status: u8,
    /// How many bytes the device reports as written. Not checked.
    pub(crate) written_bytes: u32,
}

/// The direction of a request's data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    ToDevice,
    FromDevice,
}

const QUEUE: u16 = 0;

impl<const COUNT: usize> Requests<COUNT> {
    /// Sets up the queue and starts the device, whose features have been negotiated.
    pub(crate) fn start<const SIZE: usize>(
        mut transport: Transport,
        shared: &'static mut MaybeUninit<Shared<COUNT, SIZE>>,
    ) -> Result<Self, Refused> {
        const { assert!(COUNT * PARTS <= SIZE, "a request has three descriptors") };
        let shared = shared.as_mut_ptr();
        // SAFETY: a field of the memory, which is this queue's from now on.
        let (queue, areas) = Queue::new::<SIZE>(unsafe { &mut *(&raw mut (*shared).rings).cast::<MaybeUninit<_>>() });
        let frames = shared.cast::<u8>().wrapping_add(core::mem::offset_of!(Shared<COUNT, SIZE>, frames)).cast();
        if let Err(refusal) = transport.set_queue(QUEUE, areas) {
            return Err(transport.refused(refusal));
        }
        let mut requests = Requests {
            transport,
            queue,
            frames,
            slots: [const { Slot { generation: 0, abandoned: ManuallyDrop::new(None) } }; COUNT],
        };
        for slot in 0..COUNT {
            let frame: *mut Frame = requests.frames.wrapping_add(slot);
            let status = frame.wrapping_byte_add(core::mem::offset_of!(Frame, status));
            let status = Descriptor { address: status as u64, length: 1, flags: WRITE, next: 0 };
            requests.queue.describe(slot * PARTS + 2, status);
        }
        requests.transport.start();
        Ok(requests)
    }

    /// Hands a request to the device, with `bytes` bytes of `memory` from `offset` on, none for a request without data; the device
    /// sees it once [`Requests::publish`] is called. Gives the memory back where that is more than there is, where a device must not
    /// write to it, or where the slot is not free.
    pub(crate) fn submit(
        &mut self,
        slot: usize,
        header: [u8; HEADER_BYTES],
        memory: Memory,
        offset: usize,
        bytes: u32,
        direction: Direction,
    ) -> Result<Loan, Memory> {
        let head = slot * PARTS;
        let fits = memory.length().checked_sub(offset).is_some_and(|left| left >= bytes as usize);
        let is_allowed = direction == Direction::ToDevice || memory.is_writable();
        let queue = self.frames as usize;
        let Some(place) = self.slots.get_mut(slot).filter(|_| fits && is_allowed && self.queue.is_ours(head, PARTS))
        else {
            return Err(memory);
        };
        let frame = self.frames.wrapping_add(slot);
        // SAFETY: there is a frame for each slot, and the device does not have this one.
        unsafe { frame.write_volatile(Frame { header, status: NOT_WRITTEN }) };
        let next = head as u16 + if bytes == 0 { 2 } else { 1 };
        self.queue.describe(head, Descriptor { address: frame as u64, length: HEADER_BYTES as u32, flags: NEXT, next });
        if bytes != 0 {
            let flags = if direction == Direction::FromDevice { NEXT | WRITE } else { NEXT };
            let address = memory.start().addr().get() as u64 + offset as u64;
            self.queue.describe(head + 1, Descriptor { address, length: bytes, flags, next: head as u16 + 2 });
        }
        place.generation += 1;
        let generation = place.generation;
        // SAFETY: the driver has these descriptors, as was seen above; header and status live for ever, and nothing uses the data
        // as long as the loan exists.
        unsafe { self.queue.lend(head as u16, PARTS) };
        Ok(Loan { slot: slot as u16, generation, queue, memory: ManuallyDrop::new(memory) })
    }

    /// Publishes submitted requests, and notifies the device if it wants that.
    pub(crate) fn publish(&mut self) {
        if self.queue.publish() {
            self.transport.notify(QUEUE);
        }
    }

    /// Acknowledges the interrupt; called each time before [`Requests::take`].
    pub(crate) fn acknowledge(&mut self) {
        self.transport.acknowledge();
    }

    /// Takes the next finished request.
    pub(crate) fn take(&mut self) -> Result<Option<Finished>, Broken> {
        let Some(Returned { head, length }) = self.queue.take()? else { return Ok(None) };
        let slot = usize::from(head) / PARTS;
        // SAFETY: there is a frame for each slot. The status is read after the used ring has shown that the device has finished.
        let status = unsafe { (&raw const (*self.frames.wrapping_add(slot)).status).read_volatile() };
        if let Some(slot) = self.slots.get_mut(slot) {
            drop(slot.abandoned.take());
        }
        Ok(Some(Finished { slot, status, written_bytes: length }))
    }

    /// Whether the device has finished with the memory of a loan.
    fn is_over(&self, loan: &Loan) -> bool {
        let is_later = self.generation(loan.slot()) != loan.generation;
        loan.queue == self.frames as usize && (is_later || self.queue.runs.get(loan.slot() * PARTS) == Some(&OURS))
    }

    /// The current generation of a slot.
    pub(crate) fn generation(&self, slot: usize) -> u64 {
        self.slots.get(slot).map_or(0, |slot| slot.generation)
    }

    /// Returns the memory of a loan, once the device has finished with it.
    pub(crate) fn finish(&mut self, loan: Loan) -> Result<Memory, Loan> {
        if self.is_over(&loan) { Ok(ManuallyDrop::into_inner(loan.memory)) } else { Err(loan) }
    }

    /// Drops the memory of a loan, now or when the device has finished with it.
    pub(crate) fn abandon(&mut self, loan: Loan) {
        match self.finish(loan) {
            Ok(memory) => drop(memory),
            Err(loan) if loan.queue == self.frames as usize => {
                if let Some(slot) = self.slots.get_mut(loan.slot()) {
                    *slot.abandoned = Some(ManuallyDrop::into_inner(loan.memory));
                }
            }
            Err(_) => {} // another device's: leaked
        }
    }

    /// Stops the device and goes on with another one, whose features have been negotiated.
    pub(crate) fn replace(&mut self, transport: Transport) -> Result<(), Refused> {
        self.stop();
        self.transport = transport;
        // SAFETY: the device before has been reset.
        let areas = unsafe { self.queue.restart() };
        self.transport.set_queue(QUEUE, areas).map_err(|refusal| self.transport.refused(refusal))?;
        self.transport.start();
        Ok(())
    }

    /// Stops the device for ever; it no longer accesses memory.
    pub(crate) fn stop(&mut self) {
        self.transport.reset();
        self.queue.runs = [OURS; super::MOST_DESCRIPTORS];
        for slot in &mut self.slots {
            drop(slot.abandoned.take());
        }
    }
}

#[cfg(test)]
mod tests;
