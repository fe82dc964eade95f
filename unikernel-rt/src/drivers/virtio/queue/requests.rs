//! A queue of requests: a header that the device reads, the caller's data, and an answer that the device writes.
//!
//! A request slot has three fixed descriptors; what they have is the [`Format`] of the device. Its data is a [`Memory`], which is tied to the request until the device has
//! finished with it. A [`Loan`] stands for both and is the only way to get the memory back. Dropping it leaks the memory;
//! abandoning it drops the memory once the device has finished.

use super::super::dma::Memory;
use super::super::{Place, Refused, Transport};
use super::{Broken, Descriptor, NEXT, OURS, Queue, Returned, Rings, WRITE};
use core::mem::{ManuallyDrop, MaybeUninit};

/// Most bytes of a header: a SCSI command has 51.
pub(crate) const HEADER_BYTES: usize = if cfg!(feature = "scsi") { 56 } else { 16 };
/// Most bytes of an answer: that to a SCSI command has 108.
const ANSWER_BYTES: usize = if cfg!(feature = "scsi") { 112 } else { 8 };
/// The beginning of an answer, which is looked at.
pub(crate) type Answer = [u8; ANSWER_BYTES_READ];
const ANSWER_BYTES_READ: usize = if cfg!(feature = "scsi") { 32 } else { 0 };
/// Descriptors of a request: header, data, answer.
const PARTS: usize = 3;

/// The initial value of a status, which devices do not write.
pub(crate) const NOT_WRITTEN: u8 = 0xff;

/// What the requests of a kind of device look like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Format {
    /// The number of the queue.
    queue: u16,
    header_bytes: u32,
    answer_bytes: u32,
    /// Where the status is in the answer.
    status_at: usize,
    /// Whether the answer comes before the data that the device writes, and is more than a status.
    #[cfg(feature = "scsi")]
    is_answer_first: bool,
}

impl Format {
    /// Requests of a header, data, and a status, in that order.
    pub(crate) const fn with_status(queue: u16, header_bytes: u32) -> Self {
        assert!(header_bytes as usize <= HEADER_BYTES);
        Format {
            queue,
            header_bytes,
            answer_bytes: 1,
            status_at: 0,
            #[cfg(feature = "scsi")]
            is_answer_first: false,
        }
    }

    /// Whether it is that of [`Format::with_answer`].
    #[inline]
    fn is_answer_first(self) -> bool {
        #[cfg(feature = "scsi")]
        return self.is_answer_first;
        #[cfg(not(feature = "scsi"))]
        return false;
    }

    /// Requests of a header, data that the device reads, an answer with the status at `status_at`, and data that the device writes.
    #[cfg(feature = "scsi")]
    pub(crate) const fn with_answer(queue: u16, header_bytes: u32, answer_bytes: u32, status_at: usize) -> Self {
        assert!(header_bytes as usize <= HEADER_BYTES && answer_bytes as usize <= ANSWER_BYTES);
        assert!(status_at < ANSWER_BYTES_READ);
        Format { queue, header_bytes, answer_bytes, status_at, is_answer_first: true }
    }
}

/// The shared memory of a request, without the data.
#[repr(C, align(8))]
struct Frame {
    header: [u8; HEADER_BYTES],
    answer: [u8; ANSWER_BYTES],
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
    format: Format,
    queue: Queue,
    frames: *mut Frame,
    slots: [Slot; COUNT],
    answer: Answer,
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

impl<const COUNT: usize> Requests<COUNT> {
    /// Sets up the queue and starts the device, whose features have been negotiated.
    pub(crate) fn start<const SIZE: usize>(
        mut transport: Transport,
        format: Format,
        shared: &'static mut MaybeUninit<Shared<COUNT, SIZE>>,
    ) -> Result<Self, Refused> {
        const { assert!(COUNT * PARTS <= SIZE, "a request has three descriptors") };
        let shared = shared.as_mut_ptr();
        // SAFETY: a field of the memory, which is this queue's from now on.
        let (queue, areas) = Queue::new::<SIZE>(unsafe { &mut *(&raw mut (*shared).rings).cast::<MaybeUninit<_>>() });
        let frames = shared.cast::<u8>().wrapping_add(core::mem::offset_of!(Shared<COUNT, SIZE>, frames)).cast();
        if let Err(refusal) = transport.set_queue(format.queue, areas) {
            return Err(transport.refused(refusal));
        }
        let mut requests = Requests {
            transport,
            format,
            queue,
            frames,
            slots: [const { Slot { generation: 0, abandoned: ManuallyDrop::new(None) } }; COUNT],
            answer: [0; ANSWER_BYTES_READ],
        };
        requests.describe_answers();
        requests.transport.start();
        Ok(requests)
    }

    /// Describes the answer of each slot, as the end of its chain.
    fn describe_answers(&mut self) {
        for slot in 0..COUNT {
            self.queue.describe(slot * PARTS + 2, self.end(slot));
        }
    }

    /// The descriptor of an answer at the end of its chain.
    fn end(&self, slot: usize) -> Descriptor {
        let frame: *mut Frame = self.frames.wrapping_add(slot);
        let answer = frame.wrapping_byte_add(core::mem::offset_of!(Frame, answer));
        Descriptor { address: answer as u64, length: self.format.answer_bytes, flags: WRITE, next: 0 }
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
        place.generation += 1;
        let generation = place.generation;
        let frame = self.frames.wrapping_add(slot);
        let Format { header_bytes, status_at, .. } = self.format;
        let is_answer_first = self.format.is_answer_first();
        // SAFETY: there is a frame for each slot, and the device does not have this one; a status is within the answer.
        unsafe {
            (&raw mut (*frame).header).write_volatile(header);
            let answer = (&raw mut (*frame).answer).cast::<u8>();
            if is_answer_first {
                answer.write_bytes(0, ANSWER_BYTES_READ);
            }
            answer.add(status_at).write_volatile(NOT_WRITTEN);
        }
        let [data, answer] = [head as u16 + 1, head as u16 + 2];
        // A device is given what it reads first, then what it writes.
        let is_data_last = is_answer_first && direction == Direction::FromDevice && bytes != 0;
        let next = if bytes == 0 || is_data_last { answer } else { data };
        self.queue.describe(head, Descriptor { address: frame as u64, length: header_bytes, flags: NEXT, next });
        if bytes != 0 {
            let flags = if direction == Direction::FromDevice { WRITE } else { 0 };
            let address = memory.start().addr().get() as u64 + offset as u64;
            let flags = if is_data_last { flags } else { NEXT | flags };
            self.queue.describe(data.into(), Descriptor { address, length: bytes, flags, next: answer });
        }
        if is_answer_first {
            let last = self.end(slot);
            let flags = if is_data_last { NEXT | WRITE } else { WRITE };
            self.queue.describe(answer.into(), Descriptor { flags, next: data, ..last });
        }
        // SAFETY: the driver has these descriptors, as was seen above; header and answer live for ever, and nothing uses the data
        // as long as the loan exists.
        unsafe { self.queue.lend(head as u16, PARTS) };
        Ok(Loan { slot: slot as u16, generation, queue, memory: ManuallyDrop::new(memory) })
    }

    /// Publishes submitted requests, and notifies the device if it wants that.
    pub(crate) fn publish(&mut self) {
        if self.queue.publish() {
            self.transport.notify(self.format.queue);
        }
    }

    /// Acknowledges the interrupt; called each time before [`Requests::take`].
    pub(crate) fn acknowledge(&mut self) {
        self.transport.acknowledge();
    }

    /// Takes the next finished request. One that has more of an answer than a status is handed to the device again, as it is, if
    /// `is_to_repeat` says so, unless its owner has abandoned it.
    pub(crate) fn take(
        &mut self,
        is_to_repeat: &mut dyn FnMut(&Finished, &Answer) -> bool,
    ) -> Result<Option<Finished>, Broken> {
        loop {
            let Some(Returned { head, length }) = self.queue.take()? else { return Ok(None) };
            let slot = usize::from(head) / PARTS;
            let answer = (self.frames.wrapping_add(slot) as usize + core::mem::offset_of!(Frame, answer)) as *const u8;
            // SAFETY: there is a frame for each slot, and the status is within it. It is read after the used ring has shown that
            // the device has finished.
            let status = unsafe { answer.add(self.format.status_at).read_volatile() };
            let finished = Finished { slot, status, written_bytes: length };
            if self.format.is_answer_first() && self.is_repeated(head, &finished, is_to_repeat) {
                continue;
            }
            if let Some(slot) = self.slots.get_mut(slot) {
                drop(slot.abandoned.take());
            }
            return Ok(Some(finished));
        }
    }

    /// Reads the answer to a request that the device has just finished, and hands it in again if it is to be repeated.
    #[cold]
    #[inline(never)]
    fn is_repeated(
        &mut self,
        head: u16,
        finished: &Finished,
        is_to_repeat: &mut dyn FnMut(&Finished, &Answer) -> bool,
    ) -> bool {
        let frame: *mut Frame = self.frames.wrapping_add(finished.slot);
        // SAFETY: there is a frame for each slot, and this much of its answer was written with the request.
        self.answer = unsafe { (&raw const (*frame).answer).cast::<Answer>().read_volatile() };
        let is_abandoned = self.slots.get(finished.slot).is_none_or(|slot| slot.abandoned.is_some());
        if is_abandoned || !is_to_repeat(finished, &self.answer) {
            return false;
        }
        // SAFETY: as in `submit`, where this chain was described. Nobody has had the time to finish its loan since the device did:
        // the loan has the data, or was forgotten with it.
        unsafe { self.queue.lend(head, PARTS) };
        self.publish();
        true
    }

    /// The beginning of the answer to the request that was taken last.
    pub(crate) fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Whether the device has finished with the memory of a loan.
    fn is_over(&self, loan: &Loan) -> bool {
        let is_later = self.generation(loan.slot()) != loan.generation;
        loan.queue == self.frames as usize && (is_later || self.queue.runs.get(loan.slot() * PARTS) == Some(&OURS))
    }

    /// Where the device is.
    pub(crate) fn place(&self) -> Place {
        self.transport.place
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
    pub(crate) fn replace(&mut self, transport: Transport, format: Format) -> Result<(), Refused> {
        self.stop();
        (self.transport, self.format) = (transport, format);
        // SAFETY: the device before has been reset.
        let areas = unsafe { self.queue.restart() };
        self.describe_answers();
        self.transport.set_queue(format.queue, areas).map_err(|refusal| self.transport.refused(refusal))?;
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
