//! A card that tests play: the device's side of both rings.

extern crate std;

use super::ring::Areas;
use super::{Bus, Memory, Refusal, frame_bytes};
use std::boxed::Box;
use std::cell::RefCell;
use std::rc::Rc;
use std::vec::Vec;

pub(super) const MAC: [u8; 6] = [0x52, 0x54, 0, 1, 2, 3];
pub(super) const FRAME: usize = frame_bytes(1500);

/// What the driver has done to the device.
#[derive(Default)]
pub(super) struct State {
    pub(super) offered: u64,
    pub(super) accepted: u64,
    pub(super) config: Vec<u8>,
    pub(super) most: u16,
    pub(super) queues: Vec<Queue>,
    is_agreed: bool,
    pub(super) is_started: bool,
    pub(super) is_stopped: bool,
    pub(super) acknowledged: u32,
    pub(super) notified: [u32; 2],
}

/// One queue as the device sees it.
#[derive(Clone, Copy)]
pub(super) struct Queue {
    size: u16,
    areas: Areas,
    pub(super) next_available: u16,
    pub(super) next_used: u16,
}

/// The bus to it.
#[derive(Clone)]
pub(super) struct Fake(pub(super) Rc<RefCell<State>>);

impl Fake {
    pub(super) fn new() -> Self {
        let mut config = MAC.to_vec();
        config.extend([0; 4]);
        config.extend(9000_u16.to_le_bytes());
        let offered = super::feature::MAC;
        Fake(Rc::new(RefCell::new(State { offered, config, most: 256, ..State::default() })))
    }

    pub(super) fn queue(&self, queue: usize, act: impl FnOnce(&mut Queue)) {
        act(&mut self.0.borrow_mut().queues[queue]);
    }
}

impl Bus for Fake {
    fn negotiate(&mut self, wanted: u64) -> Result<u64, Refusal> {
        let mut state = self.0.borrow_mut();
        assert!(!state.is_agreed, "only a reset ends what was agreed on");
        state.accepted = wanted & state.offered;
        (state.is_agreed, state.is_stopped) = (true, false);
        Ok(state.accepted)
    }

    fn read_config_8(&self, offset: usize) -> Option<u8> {
        self.0.borrow().config.get(offset).copied()
    }

    fn read_config_16(&self, offset: usize) -> Option<u16> {
        Some(u16::from_le_bytes([self.read_config_8(offset)?, self.read_config_8(offset + 1)?]))
    }

    fn set_queue(&mut self, queue: u16, size: u16, areas: Areas) -> Result<(), Refusal> {
        let mut state = self.0.borrow_mut();
        assert_eq!(usize::from(queue), state.queues.len());
        if size > state.most {
            return Err(Refusal::Queue);
        }
        state.queues.push(Queue { size, areas, next_available: 0, next_used: 0 });
        Ok(())
    }

    fn start(&mut self) {
        self.0.borrow_mut().is_started = true;
    }

    fn stop(&mut self) {
        let mut state = self.0.borrow_mut();
        (state.is_agreed, state.is_stopped) = (false, true);
    }

    fn acknowledge(&mut self) {
        self.0.borrow_mut().acknowledged += 1;
    }

    fn notify(&self, queue: u16) {
        self.0.borrow_mut().notified[usize::from(queue)] += 1;
    }
}

impl Queue {
    fn read_16(address: u64, place: usize) -> u16 {
        // SAFETY: the areas that a test's driver has named, which live as long as the process.
        unsafe { (address as *const u16).add(place).read_volatile() }
    }

    /// Takes the next buffer that the driver has published.
    pub(super) fn take(&mut self) -> Option<u16> {
        if Self::read_16(self.areas.driver, 1) == self.next_available {
            return None;
        }
        let buffer = Self::read_16(self.areas.driver, 2 + usize::from(self.next_available % self.size));
        self.next_available = self.next_available.wrapping_add(1);
        Some(buffer)
    }

    /// The bytes of a buffer, as its descriptor says.
    pub(super) fn bytes(&self, buffer: u16) -> &'static mut [u8] {
        // SAFETY: as above; the driver does not touch the buffer while the device has it.
        unsafe {
            let descriptor = (self.areas.descriptors as *const u8).add(usize::from(buffer) * 16);
            let (address, length) = (descriptor.cast::<u64>().read(), descriptor.add(8).cast::<u32>().read());
            std::slice::from_raw_parts_mut(address as *mut u8, length as usize)
        }
    }

    /// Returns a buffer, or whatever a liar would say.
    pub(super) fn give(&mut self, buffer: u32, length: u32) {
        let place = 1 + usize::from(self.next_used % self.size) * 2;
        // SAFETY: as above.
        unsafe {
            let entry = (self.areas.device as *mut u32).add(place);
            entry.write_volatile(buffer);
            entry.add(1).write_volatile(length);
        }
        self.next_used = self.next_used.wrapping_add(1);
        self.set_index(self.next_used);
    }

    pub(super) fn set_index(&self, index: u16) {
        // SAFETY: as above.
        unsafe { (self.areas.device as *mut u16).add(1).write_volatile(index) }
    }

    /// Whether the driver wants interrupts.
    pub(super) fn wants_interrupts(&self) -> bool {
        Self::read_16(self.areas.driver, 0) == 0
    }

    /// Writes a frame behind an empty header into the next buffer and returns it.
    pub(super) fn deliver(&mut self, frame: &[u8]) {
        let buffer = self.take().expect("the driver has lent no buffer");
        let bytes = self.bytes(buffer);
        bytes[..12].fill(0);
        bytes[12..12 + frame.len()].copy_from_slice(frame);
        self.give(buffer.into(), 12 + frame.len() as u32);
    }

    /// Writes a frame behind a header into buffers, as much as is said of each, and does not return them yet.
    pub(super) fn spread(&mut self, frame: &[u8], flags: u8, pieces: impl Iterator<Item = usize>) -> Vec<(u16, u32)> {
        let mut header = [0; 12];
        header[0] = flags;
        let mut rest = &[&header, frame].concat()[..];
        let mut buffers = Vec::new();
        for piece in pieces {
            let buffer = self.take().expect("the driver has lent no buffer");
            let (written, others) = rest.split_at(piece.min(rest.len()));
            self.bytes(buffer)[..written.len()].copy_from_slice(written);
            buffers.push((buffer, written.len() as u32));
            rest = others;
            if rest.is_empty() {
                break;
            }
        }
        assert!(rest.is_empty());
        self.bytes(buffers[0].0)[10..12].copy_from_slice(&(buffers.len() as u16).to_le_bytes());
        buffers
    }

    /// Asks not to be notified, or to be.
    pub(super) fn set_quiet(&self, quiet: bool) {
        // SAFETY: as above.
        unsafe { (self.areas.device as *mut u16).write_volatile(quiet.into()) }
    }
}

/// Memory for a ring that lives for ever, dirty as a machine's.
pub(super) fn memory<const BUFFERS: usize, const SPILL: usize>() -> *mut Memory<BUFFERS, FRAME, SPILL> {
    let memory = Box::leak(Box::<Memory<BUFFERS, FRAME, SPILL>>::new_uninit());
    // SAFETY: it is as large as it is.
    unsafe { memory.as_mut_ptr().cast::<u8>().write_bytes(0xa5, size_of::<Memory<BUFFERS, FRAME, SPILL>>()) };
    memory.as_mut_ptr()
}
