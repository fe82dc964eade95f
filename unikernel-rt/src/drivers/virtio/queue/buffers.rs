//! A queue of equal, contiguous buffers: descriptor `n` belongs to buffer `n`.
//!
//! Data longer than a buffer extends into the following ones, which are lent with the first. A buffer may be followed by bytes that lie
//! elsewhere for ever: the descriptor of the next one stands for them, until that buffer is lent by itself again.

#[cfg(feature = "tcp")]
mod merged;

#[cfg(feature = "tcp")]
pub(crate) use merged::{MERGING, Merging};

#[cfg(feature = "net")]
use super::NEXT;
use super::{Areas, Broken, Descriptor, LONGEST_RUN as LONGEST, Queue, Returned, Rings, WRITE};
use core::mem::MaybeUninit;

/// The most buffers of one frame.
pub(crate) const LONGEST_RUN: u16 = LONGEST;

/// The descriptors of a buffer with bytes that lie elsewhere.
#[cfg(feature = "net")]
const CHAIN: usize = 2;

/// The memory of a queue and its buffers, each of `BYTES` bytes, with `SPILL` bytes behind the last of them for what reaches beyond
/// it. It need not be initialised.
#[repr(C, align(16))]
pub(crate) struct Memory<const COUNT: usize, const BYTES: usize, const SPILL: usize = 0> {
    rings: Rings<COUNT>,
    buffers: [[u8; BYTES]; COUNT],
    spill: [u8; SPILL],
}

/// Which side writes into the buffers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Writer {
    Device,
    Driver,
}

/// A queue of buffers in use.
pub(crate) struct Buffers {
    queue: Queue,
    start: *mut u8,
    buffer_bytes: usize,
    /// Of a descriptor of a buffer.
    flags: u16,
    /// The spill bytes after the last buffer.
    #[cfg(feature = "tcp")]
    spill_bytes: usize,
    /// The buffer after the one that was lent last.
    cursor: u16,
}

// SAFETY: the memory is this queue's alone, and it is used through `&mut`.
unsafe impl Send for Buffers {}

impl Buffers {
    /// Lays a queue out in `memory`, with all buffers the driver's; gives it, and what a transport is told of it.
    pub(crate) fn new<const COUNT: usize, const BYTES: usize, const SPILL: usize>(
        memory: &'static mut MaybeUninit<Memory<COUNT, BYTES, SPILL>>,
        writer: Writer,
    ) -> (Self, Areas) {
        const { assert!(BYTES > 0 && BYTES <= u16::MAX as usize, "a buffer has 16 bits of length") };
        let memory = memory.as_mut_ptr();
        // SAFETY: a field of the memory, which is this queue's from now on.
        let (queue, areas) = Queue::new::<COUNT>(unsafe { &mut *(&raw mut (*memory).rings).cast::<MaybeUninit<_>>() });
        // Of the whole memory: the room behind the last buffer belongs to it.
        let start = memory.cast::<u8>().wrapping_add(core::mem::offset_of!(Memory<COUNT, BYTES, SPILL>, buffers));
        let flags = if writer == Writer::Device { WRITE } else { 0 };
        let buffers = Buffers {
            queue,
            start,
            buffer_bytes: BYTES,
            flags,
            #[cfg(feature = "tcp")]
            spill_bytes: SPILL,
            cursor: 0,
        };
        (buffers, areas)
    }

    /// How many buffers there are.
    pub(crate) fn count(&self) -> u16 {
        self.queue.size
    }

    /// Bytes of a buffer.
    #[cfg(feature = "net")]
    pub(crate) fn buffer_bytes(&self) -> usize {
        self.buffer_bytes
    }

    /// How many buffers hold `bytes` bytes.
    #[inline]
    fn run(&self, bytes: usize) -> usize {
        if bytes <= self.buffer_bytes { 1 } else { self.long_run(bytes) }
    }

    #[inline(never)]
    fn long_run(&self, bytes: usize) -> usize {
        bytes.div_ceil(self.buffer_bytes)
    }

    /// The first of buffers for so many bytes; none while the device has one of them. They are given out in turn: what was lent first
    /// comes back first, and with it room for the next.
    #[inline]
    pub(crate) fn free(&self, bytes: usize) -> Option<u16> {
        self.free_run(self.run(bytes))
    }

    #[inline]
    fn free_run(&self, run: usize) -> Option<u16> {
        let first =
            if usize::from(self.cursor) + run > usize::from(self.queue.size) { 0 } else { usize::from(self.cursor) };
        self.queue.is_ours(first, run).then_some(first as u16)
    }

    /// `bytes` bytes from a buffer on; empty while the device has any of them, and where they are not there.
    #[inline]
    pub(crate) fn buffer(&mut self, buffer: u16, bytes: usize) -> &mut [u8] {
        let (first, run) = (usize::from(buffer), self.run(bytes));
        if !self.queue.is_ours(first, run) {
            return &mut [];
        }
        // SAFETY: inside the memory, whose owner this is, and not lent to the device. Bytes that nobody has written yet are
        // whatever the machine's memory holds: plain bytes, as the memory was made known to the device by its address.
        unsafe { core::slice::from_raw_parts_mut(self.start.add(first * self.buffer_bytes), bytes) }
    }

    /// Lends `bytes` bytes from the beginning of a buffer on, which may reach into those behind it; the device sees them once
    /// [`Buffers::publish`] is called. Nothing is lent where the device has one of these buffers already.
    #[inline]
    pub(crate) fn lend(&mut self, buffer: u16, bytes: usize) {
        let run = self.run(bytes);
        if run > usize::from(LONGEST_RUN) || !self.queue.is_ours(buffer.into(), run) {
            return;
        }
        let descriptor = self.descriptor(buffer, bytes);
        // SAFETY: the driver has these buffers, as was just seen. The descriptor begins at the first and reaches no further than those
        // that are lent with it. Nobody has a slice of one: it would be borrowed from `self`.
        unsafe {
            self.queue.set(buffer.into(), descriptor);
            self.queue.lend(buffer, run);
        }
        self.cursor = buffer + run as u16;
    }

    /// A buffer that [`Buffers::lend_before`] can lend; none while the device has it or the one behind it.
    #[cfg(feature = "net")]
    pub(crate) fn free_before(&self) -> Option<u16> {
        self.free_run(CHAIN)
    }

    /// As [`Buffers::lend`], of a buffer whose bytes go on elsewhere, where the device reads them. Nothing is lent where they do not fit into
    /// one buffer, or the device is to write.
    #[cfg(feature = "net")]
    pub(crate) fn lend_before(&mut self, buffer: u16, bytes: usize, rest: &'static [u8]) {
        let Ok(length) = u32::try_from(rest.len()) else { return };
        if bytes > self.buffer_bytes || self.flags & WRITE != 0 || !self.queue.is_ours(buffer.into(), CHAIN) {
            return;
        }
        let next = buffer + 1;
        let first = Descriptor { flags: NEXT, next, ..self.descriptor(buffer, bytes) };
        let second = Descriptor { address: rest.as_ptr() as u64, length, flags: 0, next: 0 };
        // SAFETY: the driver has both descriptors, as was just seen. The first is of a buffer, of which nobody has a slice, as in `lend`.
        // The second is of bytes that nobody changes as long as the machine runs, and that the device only reads.
        unsafe {
            self.queue.set(buffer.into(), first);
            self.queue.set(next.into(), second);
            self.queue.lend(buffer, CHAIN);
        }
        self.cursor = buffer + CHAIN as u16;
    }

    /// The descriptor of a buffer, or of several from it on.
    #[inline]
    fn descriptor(&self, buffer: u16, bytes: usize) -> Descriptor {
        let address = self.start.wrapping_add(usize::from(buffer) * self.buffer_bytes) as u64;
        Descriptor { address, length: bytes as u32, flags: self.flags, next: 0 }
    }

    /// Publishes the lent buffers; returns whether the device wants a notification.
    pub(crate) fn publish(&mut self) -> bool {
        self.queue.publish()
    }

    /// How many returned buffers are pending, as reported by the device.
    #[inline]
    pub(crate) fn returned(&self) -> u16 {
        self.queue.returned()
    }

    /// Whether the device has returned a buffer.
    #[inline]
    pub(crate) fn has_returned(&self) -> bool {
        self.returned() != 0
    }

    /// Whether the device has a buffer.
    pub(crate) fn has_lent(&self) -> bool {
        self.queue.has_lent()
    }

    /// Takes a buffer back: which, and how many bytes the device has written, at most what there is room for in a buffer.
    #[inline]
    pub(crate) fn take(&mut self) -> Result<Option<(u16, usize)>, Broken> {
        let returned = self.queue.take()?;
        Ok(returned.map(|Returned { head, length }| (head, (length as usize).min(self.buffer_bytes))))
    }

    /// As [`Buffers::take`], from a device of which a length beyond `most_bytes` is not accepted.
    pub(crate) fn take_within(&mut self, most_bytes: usize) -> Result<Option<(u16, usize)>, Broken> {
        match self.queue.take()? {
            Some(Returned { head, length }) if length as usize <= most_bytes => Ok(Some((head, length as usize))),
            Some(_) => Err(Broken),
            None => Ok(None),
        }
    }

    /// Enables or disables interrupts for returned buffers. After enabling them, check the queue again.
    pub(crate) fn set_interrupts(&mut self, wanted: bool) {
        self.queue.set_interrupts(wanted);
    }
}
