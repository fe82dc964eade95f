//! A split virtqueue whose descriptor `n` belongs to buffer `n` for good (virtio 1.2, section 2.7).
//!
//! A network card's buffers are all alike and never move, so descriptors are written once, and an exchange with the device is
//! one entry in the available ring and one in the used ring. `virtio_drivers::queue::VirtQueue` keeps a free list, a shadow of
//! every descriptor and slices of every buffer instead, and has its size in its type, which would then be in the type of `Net`.
//!
//! The device is not believed: what it returns is looked up among the buffers that it has.

#[cfg(feature = "tcp")]
mod merged;

#[cfg(feature = "tcp")]
pub(super) use merged::{MERGING, Merging};

use core::sync::atomic::{AtomicU16, Ordering, fence};

/// Bytes before each frame: `struct virtio_net_hdr` of a device of version 1 (section 5.1.6).
pub(crate) const HEADER_BYTES: usize = 12;

/// The most buffers a ring can have; what a device offers by default, too.
pub(crate) const MOST_BUFFERS: usize = 256;

#[repr(C)]
struct Descriptor {
    address: u64,
    length: u32,
    flags: u16,
    next: u16,
}

#[repr(C, align(2))]
struct Available<const BUFFERS: usize> {
    flags: AtomicU16,
    index: AtomicU16,
    ring: [u16; BUFFERS],
    used_event: u16,
}

#[repr(C, align(4))]
struct Used<const BUFFERS: usize> {
    flags: AtomicU16,
    index: AtomicU16,
    ring: [[u32; 2]; BUFFERS],
    available_event: u16,
}

/// The memory of a ring and its buffers, each of `FRAME` bytes with the header, and of `SPILL` bytes for frames that reach beyond
/// the last of them. It need not be initialised.
#[repr(C, align(16))]
pub(crate) struct Memory<const BUFFERS: usize, const FRAME: usize, const SPILL: usize = 0> {
    descriptors: [Descriptor; BUFFERS],
    available: Available<BUFFERS>,
    used: Used<BUFFERS>,
    frames: [[u8; FRAME]; BUFFERS],
    spill: [u8; SPILL],
}

/// Who writes into the buffers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Writer {
    Device,
    Driver,
}

/// The three areas' physical addresses, which are their addresses, as everywhere in a kernel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Areas {
    pub(crate) descriptors: u64,
    pub(crate) driver: u64,
    pub(crate) device: u64,
}

/// The device has said something that cannot be: its memory is not to be read any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Broken;

/// A ring in use.
pub(crate) struct Ring {
    descriptors: *mut Descriptor,
    available: *mut AtomicU16,
    used: *mut AtomicU16,
    frames: *mut u8,
    frame_bytes: usize,
    /// How many bytes there are behind the last buffer.
    #[cfg(feature = "tcp")]
    spill_bytes: usize,
    /// A power of two.
    buffers: u16,
    next_available: u16,
    published: u16,
    next_used: u16,
    /// For each buffer: [`OURS`], how many the device has from here on, or [`FOLLOWS`].
    runs: [u8; MOST_BUFFERS],
    /// The buffer behind the one that was lent last.
    cursor: u16,
    writer: Writer,
}

/// The device has not this buffer.
const OURS: u8 = 0;
/// The device has this buffer with one before it.
const FOLLOWS: u8 = u8::MAX;
/// The most buffers that a frame lies in.
pub(crate) const LONGEST_RUN: u16 = FOLLOWS as u16 - 1;

/// Places in the available and the used ring, in units of 16 bits.
const FLAGS: usize = 0;
const INDEX: usize = 1;
const RING: usize = 2;

/// "Do not interrupt", by the driver, and "do not notify", by the device.
const QUIET: u16 = 1;

// SAFETY: the pointers are to memory that this ring has for ever, and that only its methods and its device use.
unsafe impl Send for Ring {}

impl Ring {
    /// Lays a ring out in `memory`, with all buffers the driver's.
    ///
    /// # Safety
    /// `memory` is valid for ever, and nobody else uses it; it may be uninitialised.
    pub(crate) unsafe fn new<const BUFFERS: usize, const FRAME: usize, const SPILL: usize>(
        memory: *mut Memory<BUFFERS, FRAME, SPILL>,
        writer: Writer,
    ) -> Self {
        const {
            assert!(BUFFERS.is_power_of_two() && BUFFERS >= 2 && BUFFERS <= MOST_BUFFERS, "2 to 256 buffers");
            assert!(FRAME > HEADER_BYTES && FRAME <= u16::MAX as usize, "a frame has a header and 16 bits of length");
        }
        const WRITABLE: u16 = 2;
        let flags = if writer == Writer::Device { WRITABLE } else { 0 };
        // SAFETY: the places are those of fields of the memory, which is the caller's to give. Headers begin as zeros.
        unsafe {
            // Of the whole memory: the room behind the last buffer belongs to it.
            let frames = memory.cast::<u8>().add(core::mem::offset_of!(Memory<BUFFERS, FRAME, SPILL>, frames));
            for buffer in 0..BUFFERS {
                let frame = frames.add(buffer * FRAME);
                frame.write_bytes(0, HEADER_BYTES);
                let descriptor = Descriptor { address: frame as u64, length: FRAME as u32, flags, next: 0 };
                (&raw mut (*memory).descriptors).cast::<Descriptor>().add(buffer).write(descriptor);
            }
            (&raw mut (*memory).available).write_bytes(0, 1);
            (&raw mut (*memory).used).write_bytes(0, 1);
            Ring {
                descriptors: (&raw mut (*memory).descriptors).cast(),
                available: (&raw mut (*memory).available).cast(),
                used: (&raw mut (*memory).used).cast(),
                frames,
                frame_bytes: FRAME,
                #[cfg(feature = "tcp")]
                spill_bytes: SPILL,
                buffers: BUFFERS as u16,
                next_available: 0,
                published: 0,
                next_used: 0,
                runs: [OURS; MOST_BUFFERS],
                cursor: 0,
                writer,
            }
        }
    }

    /// Where the device finds it.
    pub(crate) fn areas(&self) -> Areas {
        Areas { descriptors: self.descriptors as u64, driver: self.available as u64, device: self.used as u64 }
    }

    /// How many buffers there are.
    pub(crate) fn buffers(&self) -> u16 {
        self.buffers
    }

    /// Bytes of a frame that one buffer has room for, without the header.
    pub(crate) fn capacity(&self) -> usize {
        self.frame_bytes - HEADER_BYTES
    }

    /// How many buffers a frame of so many bytes, with its header, lies in.
    #[inline]
    fn run(&self, bytes: usize) -> usize {
        if bytes <= self.frame_bytes { 1 } else { self.long_run(bytes) }
    }

    #[inline(never)]
    fn long_run(&self, bytes: usize) -> usize {
        bytes.div_ceil(self.frame_bytes)
    }

    /// The first of buffers for a frame of so many bytes, with its header; none while the device has one of them. They are given
    /// out in turn: what was lent first comes back first, and with it room for the next.
    #[inline]
    pub(crate) fn free(&self, bytes: usize) -> Option<u16> {
        let run = self.run(bytes);
        let first =
            if usize::from(self.cursor) + run > usize::from(self.buffers) { 0 } else { usize::from(self.cursor) };
        self.is_ours(first, run).then_some(first as u16)
    }

    /// Whether buffers are there, and the device has none of them.
    #[inline]
    fn is_ours(&self, first: usize, run: usize) -> bool {
        // Nearly always one: that is worth a way of its own.
        if run == 1 {
            return first < usize::from(self.buffers) && self.runs.get(first) == Some(&OURS);
        }
        self.are_ours(first, run)
    }

    #[inline(never)]
    fn are_ours(&self, first: usize, run: usize) -> bool {
        let runs = self.runs.get(first..first + run).filter(|_| first + run <= usize::from(self.buffers));
        runs.is_some_and(|runs| runs.iter().all(|&run| run == OURS))
    }

    /// Notes who has buffers.
    #[inline]
    fn mark(&mut self, first: usize, run: usize, head: u8, others: u8) {
        if run > 1 {
            self.mark_others(first, run, others);
        }
        if let Some(run) = self.runs.get_mut(first) {
            *run = head;
        }
    }

    #[inline(never)]
    fn mark_others(&mut self, first: usize, run: usize, others: u8) {
        if let Some(runs) = self.runs.get_mut(first + 1..first + run) {
            runs.fill(others);
        }
    }

    /// Whether the device has a buffer, alone or as the first of several.
    #[inline]
    fn is_first(&self, buffer: u16) -> bool {
        self.runs.get(usize::from(buffer)).is_some_and(|&run| run != OURS && run != FOLLOWS)
    }

    /// Header and frame of `bytes` bytes in all, from a buffer on; empty while the device has any of it, and where it is not there.
    #[inline]
    pub(crate) fn buffer(&mut self, buffer: u16, bytes: usize) -> &mut [u8] {
        let (first, run) = (usize::from(buffer), self.run(bytes));
        if !self.is_ours(first, run) {
            return &mut [];
        }
        // SAFETY: inside the memory, whose owner this is, and not lent to the device. Bytes that nobody has written yet are
        // whatever the machine's memory holds: plain bytes, as the memory was made known to the device by its address.
        unsafe { core::slice::from_raw_parts_mut(self.frames.add(first * self.frame_bytes), bytes) }
    }

    /// Puts a buffer of the driver's, with those behind it that `length` bytes reach into, into the available ring; the device
    /// sees it once [`Ring::publish`] is called.
    #[inline]
    pub(crate) fn lend(&mut self, buffer: u16, length: usize) {
        let run = self.run(length);
        let first = usize::from(buffer);
        if run > usize::from(LONGEST_RUN) || !self.is_ours(first, run) {
            return;
        }
        self.mark(first, run, run as u8, FOLLOWS);
        self.cursor = (first + run) as u16;
        let place = RING + usize::from(self.next_available & (self.buffers - 1));
        // SAFETY: both places are within the ring's memory, and the device does not read them before the index says so.
        unsafe {
            if self.writer == Writer::Driver {
                let length = length as u32;
                (&raw mut (*self.descriptors.add(usize::from(buffer))).length).write_volatile(length);
            }
            self.available.cast::<u16>().add(place).write_volatile(buffer);
        }
        self.next_available = self.next_available.wrapping_add(1);
    }

    /// Shows the device what was lent since the last time; whether it wants to be notified of it.
    pub(crate) fn publish(&mut self) -> bool {
        if self.next_available == self.published {
            return false;
        }
        self.published = self.next_available;
        self.shared(self.available, INDEX).store(self.next_available, Ordering::Release);
        // The index must be out before the flag is read, or both sides wait for each other.
        fence(Ordering::SeqCst);
        self.shared(self.used, FLAGS).load(Ordering::Relaxed) & QUIET == 0
    }

    /// How many buffers the device says that it has returned, and nobody has taken.
    #[inline]
    pub(crate) fn returned(&self) -> u16 {
        self.shared(self.used, INDEX).load(Ordering::Acquire).wrapping_sub(self.next_used)
    }

    /// Whether the device has returned a buffer.
    #[inline]
    pub(crate) fn has_returned(&self) -> bool {
        self.returned() != 0
    }

    /// Takes a buffer back: which, and how many bytes the device has written.
    #[inline]
    pub(crate) fn take(&mut self) -> Result<Option<(u16, usize)>, Broken> {
        let returned = self.returned();
        if returned == 0 {
            return Ok(None);
        }
        if returned > self.buffers {
            return Err(Broken);
        }
        let place = RING / 2 + usize::from(self.next_used & (self.buffers - 1)) * 2;
        // SAFETY: within the ring's memory; a device that writes there at the same time changes what is read, no more.
        let [buffer, length] = unsafe {
            let entry = self.used.cast::<u32>().add(place);
            [entry.read_volatile(), entry.add(1).read_volatile()]
        };
        let buffer = u16::try_from(buffer).ok().filter(|&buffer| self.is_first(buffer));
        let buffer = buffer.ok_or(Broken)?;
        let (first, run) = (usize::from(buffer), usize::from(self.runs[usize::from(buffer)]));
        self.mark(first, run, OURS, OURS);
        self.next_used = self.next_used.wrapping_add(1);
        Ok(Some((buffer, (length as usize).min(self.frame_bytes))))
    }

    /// Asks the device to interrupt when it returns buffers, or not to. After asking for it, look once more.
    pub(crate) fn set_interrupts(&mut self, wanted: bool) {
        self.shared(self.available, FLAGS).store(if wanted { 0 } else { QUIET }, Ordering::Relaxed);
        if wanted {
            fence(Ordering::SeqCst);
        }
    }

    #[inline]
    fn shared(&self, area: *mut AtomicU16, place: usize) -> &AtomicU16 {
        // SAFETY: within the ring's memory, which is valid for ever, and aligned.
        unsafe { &*area.add(place) }
    }
}
