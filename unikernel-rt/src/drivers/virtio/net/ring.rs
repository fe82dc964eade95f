//! A split virtqueue whose descriptor `n` belongs to buffer `n` for good (virtio 1.2, section 2.7).
//!
//! A network card's buffers are all alike and never move, so descriptors are written once, and an exchange with the device is
//! one entry in the available ring and one in the used ring. `virtio_drivers::queue::VirtQueue` keeps a free list, a shadow of
//! every descriptor and slices of every buffer instead, and has its size in its type, which would then be in the type of `Net`.
//!
//! The device is not believed: what it returns is looked up among the buffers that it has.

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

/// The memory of a ring and its buffers, each of `FRAME` bytes with the header. It need not be initialised.
#[repr(C, align(16))]
pub(crate) struct Memory<const BUFFERS: usize, const FRAME: usize> {
    descriptors: [Descriptor; BUFFERS],
    available: Available<BUFFERS>,
    used: Used<BUFFERS>,
    frames: [[u8; FRAME]; BUFFERS],
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
    /// A power of two.
    buffers: u16,
    next_available: u16,
    published: u16,
    next_used: u16,
    /// A bit for each buffer: whether the device has it.
    lent: [u64; MOST_BUFFERS / 64],
    writer: Writer,
}

/// Places in the available and the used ring, in units of 16 bits.
const FLAGS: usize = 0;
const INDEX: usize = 1;
const RING: usize = 2;

/// "Do not interrupt", by the driver, and "do not notify", by the device.
const QUIET: u16 = 1;

impl Ring {
    /// Lays a ring out in `memory`, with all buffers the driver's.
    ///
    /// # Safety
    /// `memory` is valid for ever, and nobody else uses it; it may be uninitialised.
    pub(crate) unsafe fn new<const BUFFERS: usize, const FRAME: usize>(
        memory: *mut Memory<BUFFERS, FRAME>,
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
            let frames = (&raw mut (*memory).frames).cast::<u8>();
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
                buffers: BUFFERS as u16,
                next_available: 0,
                published: 0,
                next_used: 0,
                lent: [0; MOST_BUFFERS / 64],
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

    /// Bytes of a frame that a buffer has room for, without the header.
    pub(crate) fn capacity(&self) -> usize {
        self.frame_bytes - HEADER_BYTES
    }

    /// A buffer that the device has not; `None` if it has all.
    pub(crate) fn free(&self) -> Option<u16> {
        let words = usize::from(self.buffers).div_ceil(64);
        for (word, lent) in self.lent.iter().take(words).enumerate() {
            let bit = lent.trailing_ones() as u16;
            let buffer = word as u16 * 64 + bit;
            if bit < 64 && buffer < self.buffers {
                return Some(buffer);
            }
        }
        None
    }

    fn is_lent(&self, buffer: u16) -> bool {
        self.lent.get(usize::from(buffer / 64)).is_some_and(|word| word >> (buffer % 64) & 1 != 0)
    }

    fn mark(&mut self, buffer: u16, lent: bool) {
        if let Some(word) = self.lent.get_mut(usize::from(buffer / 64)) {
            *word = *word & !(1 << (buffer % 64)) | u64::from(lent) << (buffer % 64);
        }
    }

    /// A buffer's header and frame; empty while the device has the buffer, and for one that is not there.
    #[inline]
    pub(crate) fn buffer(&mut self, buffer: u16) -> &mut [u8] {
        if buffer >= self.buffers || self.is_lent(buffer) {
            return &mut [];
        }
        // SAFETY: inside the memory, whose owner this is, and not lent to the device. Bytes that nobody has written yet are
        // whatever the machine's memory holds: plain bytes, as the memory was made known to the device by its address.
        unsafe {
            core::slice::from_raw_parts_mut(self.frames.add(usize::from(buffer) * self.frame_bytes), self.frame_bytes)
        }
    }

    /// Puts a buffer of the driver's, of which `length` bytes count, into the available ring; the device sees it once
    /// [`Ring::publish`] is called.
    #[inline]
    pub(crate) fn lend(&mut self, buffer: u16, length: usize) {
        if buffer >= self.buffers || self.is_lent(buffer) {
            return;
        }
        self.mark(buffer, true);
        let place = RING + usize::from(self.next_available & (self.buffers - 1));
        // SAFETY: both places are within the ring's memory, and the device does not read them before the index says so.
        unsafe {
            if self.writer == Writer::Driver {
                let length = length.min(self.frame_bytes) as u32;
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

    /// Whether the device has returned a buffer.
    #[inline]
    pub(crate) fn has_returned(&self) -> bool {
        self.shared(self.used, INDEX).load(Ordering::Acquire) != self.next_used
    }

    /// Takes a buffer back: which, and how many bytes the device has written.
    #[inline]
    pub(crate) fn take(&mut self) -> Result<Option<(u16, usize)>, Broken> {
        let returned = self.shared(self.used, INDEX).load(Ordering::Acquire).wrapping_sub(self.next_used);
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
        let buffer = u16::try_from(buffer).ok().filter(|&buffer| buffer < self.buffers && self.is_lent(buffer));
        let buffer = buffer.ok_or(Broken)?;
        self.mark(buffer, false);
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
