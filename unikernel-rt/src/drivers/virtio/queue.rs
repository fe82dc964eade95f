//! A split virtqueue (virtio 1.2, section 2.7): the one that every device is driven through.
//!
//! Each descriptor belongs permanently to one buffer or one request. So an exchange with the device is one entry in the available
//! ring and one in the used ring, and there is no free list. Entries are published in batches, and a batch costs one
//! notification at most. [`buffers`] builds rings of equal buffers on it (frames, console lines, a seed), and [`requests`]
//! chains of a header, data and a status (disks). `virtio_drivers::queue::VirtQueue` was rejected: it keeps a free list, a
//! shadow of every descriptor and slices of every buffer, has its size in its type, and ignores the wrapping of ring indices
//! when it compares them.
//!
//! Notifications and interrupts are suppressed by flags (sections 2.7.7 and 2.7.10), not by event indices (VIRTIO_F_EVENT_IDX).
//! With those a network echo takes 2 % more instructions and a page request 1 %, at the same number of notifications and
//! interrupts, because interrupts are disabled while there is work. Only one connection per request saves one notification of
//! four.
//!
//! The device is not trusted. The index and the descriptors that it returns are checked here, before anything else sees them.

pub(crate) mod buffers;
pub(crate) mod requests;

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU16, Ordering, fence};

/// The largest queue, which is also the default of most devices.
pub(crate) const MOST_DESCRIPTORS: usize = 256;

/// Flags of a descriptor (section 2.7.5).
const NEXT: u16 = 1;
const WRITE: u16 = 2;

#[repr(C)]
struct Descriptor {
    address: u64,
    length: u32,
    flags: u16,
    next: u16,
}

#[repr(C, align(2))]
struct Available<const SIZE: usize> {
    flags: AtomicU16,
    index: AtomicU16,
    ring: [u16; SIZE],
    used_event: u16,
}

#[repr(C, align(4))]
struct Used<const SIZE: usize> {
    flags: AtomicU16,
    index: AtomicU16,
    ring: [[u32; 2]; SIZE],
    available_event: u16,
}

/// The memory of a queue. It need not be initialised.
#[repr(C, align(16))]
pub(crate) struct Rings<const SIZE: usize> {
    descriptors: [Descriptor; SIZE],
    available: Available<SIZE>,
    used: Used<SIZE>,
}

/// The physical addresses of a queue's three areas, which are their virtual ones, as everywhere in a kernel.
///
/// Only a queue makes them, and only once for each device, so that no device gets other addresses, and no two devices share a queue.
#[derive(Debug)]
pub(crate) struct Areas {
    size: u16,
    descriptors: u64,
    driver: u64,
    device: u64,
}

impl Areas {
    /// The number of descriptors.
    pub(super) fn size(&self) -> u16 {
        self.size
    }

    /// Descriptor area, driver area, device area.
    pub(super) fn addresses(&self) -> [u64; 3] {
        [self.descriptors, self.driver, self.device]
    }
}

/// The device violated the virtio protocol: its queues must not be read any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Broken;

/// A used ring entry.
struct Returned {
    /// The first descriptor of the chain, which was lent to the device.
    head: u16,
    /// How many bytes the device reports as written.
    length: u32,
}

/// A queue in use.
struct Queue {
    descriptors: *mut Descriptor,
    available: *mut AtomicU16,
    used: *mut AtomicU16,
    /// A power of two.
    size: u16,
    next_available: u16,
    published: u16,
    next_used: u16,
    /// For each descriptor: [`OURS`], how many the device has from this one on, or [`FOLLOWS`].
    runs: [u8; MOST_DESCRIPTORS],
}

// SAFETY: the memory is the queue's alone, and it is used through `&mut`.
unsafe impl Send for Queue {}

/// The device does not have this descriptor.
const OURS: u8 = 0;
/// The device has this descriptor together with one before it.
const FOLLOWS: u8 = u8::MAX;
/// The most descriptors that are lent as one.
const LONGEST_RUN: u16 = FOLLOWS as u16 - 1;

/// Places in the available and the used ring, in units of 16 bits.
const FLAGS: usize = 0;
const INDEX: usize = 1;
const RING: usize = 2;

/// "Do not interrupt", by the driver, and "do not notify", by the device.
const QUIET: u16 = 1;

impl Queue {
    /// Makes an empty queue. Its descriptors are to be described before they are lent.
    fn new<const SIZE: usize>(rings: &'static mut MaybeUninit<Rings<SIZE>>) -> (Self, Areas) {
        const {
            assert!(SIZE.is_power_of_two() && SIZE >= 2 && SIZE <= MOST_DESCRIPTORS, "2 to 256 descriptors");
        }
        let rings = rings.as_mut_ptr();
        // SAFETY: the places are those of fields of the memory, which is this queue's from now on.
        let queue = unsafe {
            (&raw mut (*rings).available).write_bytes(0, 1);
            (&raw mut (*rings).used).write_bytes(0, 1);
            Queue {
                descriptors: (&raw mut (*rings).descriptors).cast(),
                available: (&raw mut (*rings).available).cast(),
                used: (&raw mut (*rings).used).cast(),
                size: SIZE as u16,
                next_available: 0,
                published: 0,
                next_used: 0,
                runs: [OURS; MOST_DESCRIPTORS],
            }
        };
        let areas = queue.areas();
        (queue, areas)
    }

    /// Makes the queue empty again, for another device; the descriptors stay as they are described.
    ///
    /// # Safety
    /// The device that has had its addresses has been reset: it no longer accesses memory.
    unsafe fn restart(&mut self) -> Areas {
        let size = usize::from(self.size);
        // SAFETY: both areas have this many 16-bit words: flags, index, ring, and the other side's event index.
        unsafe {
            self.available.cast::<u16>().write_bytes(0, RING + size + 1);
            self.used.cast::<u16>().write_bytes(0, RING + 4 * size + 1);
        }
        (self.next_available, self.published, self.next_used) = (0, 0, 0);
        self.runs = [OURS; MOST_DESCRIPTORS];
        self.areas()
    }

    /// The addresses for the one device of this queue.
    fn areas(&self) -> Areas {
        Areas {
            size: self.size,
            descriptors: self.descriptors as u64,
            driver: self.available as u64,
            device: self.used as u64,
        }
    }

    /// Writes a descriptor that the device does not have; one that is not there is left out.
    fn describe(&mut self, index: usize, descriptor: Descriptor) {
        if index < usize::from(self.size) {
            // SAFETY: it is there.
            unsafe { self.set(index, descriptor) };
        }
    }

    /// As [`Queue::describe`], of a descriptor that is known to be there.
    ///
    /// # Safety
    /// It is.
    #[inline]
    unsafe fn set(&mut self, index: usize, descriptor: Descriptor) {
        let Descriptor { address, length, flags, next } = descriptor;
        let second = u64::from(length) | u64::from(flags) << 32 | u64::from(next) << 48;
        // SAFETY: within the table, whose entries are of two words. A descriptor gives no access to its memory before it is lent.
        unsafe {
            let words = self.descriptors.add(index).cast::<u64>();
            words.write_volatile(address);
            words.add(1).write_volatile(second);
        }
    }

    /// Whether descriptors exist and none of them is lent.
    #[inline]
    fn is_ours(&self, first: usize, run: usize) -> bool {
        // Fast path: nearly always one.
        if run == 1 {
            return first < usize::from(self.size) && self.runs.get(first) == Some(&OURS);
        }
        self.are_ours(first, run)
    }

    #[inline(never)]
    fn are_ours(&self, first: usize, run: usize) -> bool {
        let runs = self.runs.get(first..first + run).filter(|_| first + run <= usize::from(self.size));
        match runs {
            None => false,
            Some([first, second]) => *first == OURS && *second == OURS,
            // Eight at a time: the longest frame has many, and it is asked for each time that something may be sent.
            Some(runs) => {
                let (eights, others) = runs.as_chunks();
                eights.iter().all(|eight| *eight == [OURS; 8]) && others.iter().all(|&run| run == OURS)
            }
        }
    }

    /// Records the owner of descriptors.
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
        match self.runs.get_mut(first + 1..first + run) {
            Some([second]) => *second = others,
            Some(runs) => runs.fill(others),
            None => {}
        }
    }

    /// Whether the device has a descriptor, alone or as the first of several.
    #[inline]
    fn is_first(&self, index: u16) -> bool {
        self.runs.get(usize::from(index)).is_some_and(|&run| run != OURS && run != FOLLOWS)
    }

    /// Puts `run` descriptors, the first of which is the head of a chain, into the available ring; the device sees them once
    /// [`Queue::publish`] is called.
    ///
    /// # Safety
    /// - The driver has them ([`Queue::is_ours`]), and they are [`LONGEST_RUN`] at most.
    /// - They describe memory that the device may use as they say, until [`Queue::take`] returns the first of them.
    #[inline]
    unsafe fn lend(&mut self, first: u16, run: usize) {
        self.mark(first.into(), run, run as u8, FOLLOWS);
        let place = RING + usize::from(self.next_available & (self.size - 1));
        // SAFETY: within the ring, and the device does not read this entry before the index covers it.
        unsafe { self.available.cast::<u16>().add(place).write_volatile(first) };
        self.next_available = self.next_available.wrapping_add(1);
    }

    /// Publishes the lent descriptors; returns whether the device wants a notification.
    fn publish(&mut self) -> bool {
        if self.next_available == self.published {
            return false;
        }
        self.published = self.next_available;
        self.shared(self.available, INDEX).store(self.next_available, Ordering::Release);
        // The index must be visible before the flag is read, or both sides wait for each other.
        fence(Ordering::SeqCst);
        self.shared(self.used, FLAGS).load(Ordering::Relaxed) & QUIET == 0
    }

    /// How many used entries are pending, as reported by the device.
    #[inline]
    fn returned(&self) -> u16 {
        self.shared(self.used, INDEX).load(Ordering::Acquire).wrapping_sub(self.next_used)
    }

    /// Whether any descriptor is lent.
    fn has_lent(&self) -> bool {
        self.next_available != self.next_used
    }

    /// Takes the next entry of the used ring.
    #[inline]
    fn take(&mut self) -> Result<Option<Returned>, Broken> {
        let returned = self.returned();
        if returned == 0 {
            return Ok(None);
        }
        if returned > self.size {
            return Err(Broken);
        }
        let place = RING / 2 + usize::from(self.next_used & (self.size - 1)) * 2;
        // SAFETY: within the ring; a concurrent write by the device only changes the value that is read.
        let [head, length] = unsafe {
            let entry = self.used.cast::<u32>().add(place);
            [entry.read_volatile(), entry.add(1).read_volatile()]
        };
        let head = u16::try_from(head).ok().filter(|&head| self.is_first(head));
        let head = head.ok_or(Broken)?;
        let (first, run) = (usize::from(head), usize::from(self.runs[usize::from(head)]));
        self.mark(first, run, OURS, OURS);
        self.next_used = self.next_used.wrapping_add(1);
        Ok(Some(Returned { head, length }))
    }

    /// Enables or disables interrupts for used entries. After enabling them, check the used ring again.
    fn set_interrupts(&mut self, wanted: bool) {
        self.shared(self.available, FLAGS).store(if wanted { 0 } else { QUIET }, Ordering::Relaxed);
        if wanted {
            fence(Ordering::SeqCst);
        }
    }

    #[inline]
    fn shared(&self, area: *mut AtomicU16, place: usize) -> &AtomicU16 {
        // SAFETY: callers name the flags and the index, which are within the memory, valid for ever, and aligned.
        unsafe { &*area.add(place) }
    }
}
