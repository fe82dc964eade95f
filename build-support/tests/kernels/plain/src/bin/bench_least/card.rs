//! The card: a virtio device, whose two rings are served here (virtio 1.2).
//!
//! A buffer is with the receiver, here, or with the transmitter: an answer is sent from where the frame came. It takes two descriptors,
//! the second of which is the page, which is sent from the image. Nothing is offered by the card that is taken: no checksums, no segments.

use crate::answer::{FRAME_BYTES, Frame, Page, answer};
use crate::machine::{Pci, Registers, Window, halt, listen};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, Ordering, fence};

/// How many frames there are.
const FRAMES: usize = 128;

/// What the card says of a frame, before it. It is told nothing: zeros.
const HEADER_BYTES: usize = 12;

#[repr(C, align(16))]
struct Buffer {
    header: [u8; HEADER_BYTES],
    frame: Frame,
}

struct Buffers([UnsafeCell<Buffer>; FRAMES]);

// SAFETY: the one card alone uses them.
unsafe impl Sync for Buffers {}

static BUFFERS: Buffers =
    Buffers([const { UnsafeCell::new(Buffer { header: [0; HEADER_BYTES], frame: [0; FRAME_BYTES] }) }; FRAMES]);
static RECEIVE: Rings<FRAMES> = Rings::new();
static TRANSMIT: Rings<{ 2 * FRAMES }> = Rings::new();

/// The memory of a queue. Atomic, as the card reads and writes it as well.
#[repr(C, align(16))]
struct Rings<const SIZE: usize> {
    descriptors: [[AtomicU64; 2]; SIZE],
    available_flags: AtomicU16,
    available_index: AtomicU16,
    available: [AtomicU16; SIZE],
    _available_event: AtomicU32,
    used_flags: AtomicU16,
    used_index: AtomicU16,
    used: [[AtomicU32; 2]; SIZE],
    _used_event: AtomicU16,
}

/// Flags: of a descriptor, and "do not interrupt" and "do not notify" of the rings.
const NEXT: u64 = 1 << 32;
const WRITE: u64 = 1 << 33;
const QUIET: u16 = 1;

impl<const SIZE: usize> Rings<SIZE> {
    const fn new() -> Self {
        Rings {
            descriptors: [const { [const { AtomicU64::new(0) }; 2] }; SIZE],
            available_flags: AtomicU16::new(0),
            available_index: AtomicU16::new(0),
            available: [const { AtomicU16::new(0) }; SIZE],
            _available_event: AtomicU32::new(0),
            used_flags: AtomicU16::new(0),
            used_index: AtomicU16::new(0),
            used: [const { [const { AtomicU32::new(0) }; 2] }; SIZE],
            _used_event: AtomicU16::new(0),
        }
    }

    fn describe(&self, index: usize, address: u64, length_and_flags: u64) {
        self.descriptors[index % SIZE][0].store(address, Ordering::Relaxed);
        self.descriptors[index % SIZE][1].store(length_and_flags, Ordering::Relaxed);
    }
}

/// A queue in use.
struct Queue<const SIZE: usize> {
    rings: &'static Rings<SIZE>,
    number: u16,
    doorbell: Registers,
    lent: u16,
    taken: u16,
}

impl<const SIZE: usize> Queue<SIZE> {
    /// Gives the card a descriptor, and those that follow it; the card learns of it by [`Queue::publish`].
    #[inline]
    fn lend(&mut self, index: usize) {
        self.rings.available[usize::from(self.lent) % SIZE].store(index as u16, Ordering::Relaxed);
        self.lent = self.lent.wrapping_add(1);
    }

    fn publish(&self) {
        if self.rings.available_index.load(Ordering::Relaxed) == self.lent {
            return;
        }
        self.rings.available_index.store(self.lent, Ordering::Release);
        fence(Ordering::SeqCst);
        if self.rings.used_flags.load(Ordering::Relaxed) & QUIET == 0 {
            self.doorbell.write(0, self.number);
        }
    }

    /// What the card has done with.
    #[inline]
    fn take(&mut self) -> Option<usize> {
        if !self.has_returned() {
            return None;
        }
        let index = self.rings.used[usize::from(self.taken) % SIZE][0].load(Ordering::Relaxed);
        self.taken = self.taken.wrapping_add(1);
        Some(index as usize % FRAMES)
    }

    #[inline]
    fn has_returned(&self) -> bool {
        self.rings.used_index.load(Ordering::Acquire) != self.taken
    }

    fn has_lent(&self) -> bool {
        self.lent != self.taken
    }

    fn interrupt(&self, is_wanted: bool) {
        self.rings.available_flags.store(if is_wanted { 0 } else { QUIET }, Ordering::Relaxed);
    }
}

/// Registers of the common structure (section 4.1.4.3).
mod common {
    pub(super) const DRIVER_FEATURE_SELECT: u64 = 8;
    pub(super) const DRIVER_FEATURE: u64 = 12;
    pub(super) const STATUS: u64 = 20;
    pub(super) const QUEUE_SELECT: u64 = 22;
    pub(super) const QUEUE_SIZE: u64 = 24;
    pub(super) const QUEUE_MESSAGE: u64 = 26;
    pub(super) const QUEUE_ENABLE: u64 = 28;
    pub(super) const QUEUE_NOTIFY_OFFSET: u64 = 30;
    pub(super) const QUEUE_AREAS: u64 = 32;
}

/// The features that are taken: the address of the card, and version 1.
const FEATURES: [u32; 2] = [1 << 5, 1];

/// Steps of the status.
const FOUND: u8 = 1 | 2;
const FEATURES_OK: u8 = 8;
const DRIVER_OK: u8 = 4;

/// The card in use.
pub(crate) struct Card {
    mac: [u8; 6],
    receive: Queue<FRAMES>,
    transmit: Queue<{ 2 * FRAMES }>,
}

impl Card {
    /// Finds and starts it; called once.
    pub(crate) fn start() -> Result<Self, &'static str> {
        let is_card = |vendor, device| vendor == 0x1af4 && (device == 0x1000 || device == 0x1041);
        let device = Pci::find(is_card).ok_or("there is no virtio network card on the first bus")?;
        // SAFETY: nobody else uses the card. It has no queue yet, and gets those of this file.
        unsafe {
            const MEMORY_AND_MASTER: u32 = 1 << 1 | 1 << 2;
            device.write(4, device.read(4) & 0xffff | MEMORY_AND_MASTER);
        }
        let (mut common, mut doorbells, mut configuration, mut messages) = (None, None, None, None);
        for (at, word) in device.capabilities() {
            let place = |window| {
                let place = device.place(device.read(at + 4) & 0xff, device.read(at + 8));
                // SAFETY: the registers are the card's.
                unsafe { Registers::show(window, place) }
            };
            match (word & 0xff, word >> 24) {
                (0x09, 1) => common = Some(place(Window::Common)),
                (0x09, 2) => doorbells = Some((place(Window::Doorbells), device.read(at + 16))),
                (0x09, 4) => configuration = Some(place(Window::Configuration)),
                (0x11, _) => {
                    let table = device.read(at + 4);
                    // SAFETY: as above. What the message is sent to is the local APIC.
                    let table = unsafe { Registers::show(Window::Messages, device.place(table & 7, table & !7)) };
                    for (place, value) in (0..).step_by(4).zip(listen()) {
                        table.write(place, value);
                    }
                    // SAFETY: it turns messages on.
                    unsafe { device.write(at, word | 1 << 31) };
                    messages = Some(());
                }
                _ => {}
            }
        }
        let found = common.zip(doorbells).zip(configuration).zip(messages);
        let (((common, doorbells), configuration), ()) = found.ok_or("the card is no modern one with MSI-X")?;

        common.write(common::STATUS, 0_u8);
        while common.read::<u8>(common::STATUS) != 0 {}
        common.write(common::STATUS, FOUND);
        for (half, features) in (0_u32..).zip(FEATURES) {
            common.write(common::DRIVER_FEATURE_SELECT, half);
            common.write(common::DRIVER_FEATURE, features);
        }
        common.write(common::STATUS, FOUND | FEATURES_OK);
        if common.read::<u8>(common::STATUS) & FEATURES_OK == 0 {
            return Err("the card does not take version 1 of virtio");
        }
        let mut receive = queue(0, &RECEIVE, common, doorbells);
        let transmit = queue(1, &TRANSMIT, common, doorbells);
        common.write(common::STATUS, FOUND | FEATURES_OK | DRIVER_OK);
        for (index, buffer) in BUFFERS.0.iter().enumerate() {
            RECEIVE.describe(index, buffer.get() as u64, (HEADER_BYTES + FRAME_BYTES) as u64 | WRITE);
            receive.lend(index);
        }
        receive.publish();
        Ok(Card { mac: configuration.read(0), receive, transmit })
    }

    /// Answers what comes, for ever.
    pub(crate) fn run(mut self) -> ! {
        self.transmit.interrupt(false);
        loop {
            self.receive.interrupt(false);
            while let Some(index) = self.transmit.take() {
                self.receive.lend(index);
            }
            while let Some(index) = self.receive.take() {
                self.answer(index);
            }
            self.transmit.publish();
            self.receive.publish();
            // Where all buffers are being sent, what is waited for is that one has been.
            let is_full = !self.receive.has_lent();
            self.receive.interrupt(true);
            self.transmit.interrupt(is_full);
            fence(Ordering::SeqCst);
            let has_work = if is_full { self.transmit.has_returned() } else { self.receive.has_returned() };
            if !has_work {
                halt();
            }
        }
    }

    #[inline]
    fn answer(&mut self, index: usize) {
        let buffer = &BUFFERS.0[index];
        // SAFETY: the card has returned it, and it is lent again below.
        let Buffer { header, frame } = unsafe { &mut *buffer.get() };
        let Some(answer) = answer(frame, self.mac) else { return self.receive.lend(index) };
        *header = [0; HEADER_BYTES];
        let length = (HEADER_BYTES + answer.bytes) as u64;
        let mut flags = 0;
        if let Some(Page { bytes, .. }) = answer.page {
            let second = FRAMES + index;
            TRANSMIT.describe(second, bytes.as_ptr() as u64, bytes.len() as u64);
            flags = NEXT | (second as u64) << 48;
        }
        TRANSMIT.describe(index, buffer.get() as u64, length | flags);
        self.transmit.lend(index);
    }
}

/// Sets a queue up.
fn queue<const SIZE: usize>(
    number: u16,
    rings: &'static Rings<SIZE>,
    common: Registers,
    (doorbells, multiplier): (Registers, u32),
) -> Queue<SIZE> {
    common.write(common::QUEUE_SELECT, number);
    common.write(common::QUEUE_SIZE, SIZE as u16);
    common.write(common::QUEUE_MESSAGE, 0_u16);
    let areas = [
        (&raw const rings.descriptors) as u64,
        (&raw const rings.available_flags) as u64,
        (&raw const rings.used_flags) as u64,
    ];
    for (place, area) in (common::QUEUE_AREAS..).step_by(8).zip(areas) {
        common.write(place, area as u32);
        common.write(place + 4, (area >> 32) as u32);
    }
    let doorbell = u64::from(common.read::<u16>(common::QUEUE_NOTIFY_OFFSET)) * u64::from(multiplier);
    common.write(common::QUEUE_ENABLE, 1_u16);
    Queue { rings, number, doorbell: doorbells.from(doorbell), lent: 0, taken: 0 }
}
