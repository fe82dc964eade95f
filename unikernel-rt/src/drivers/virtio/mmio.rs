//! virtio over memory-mapped registers (virtio 1.2, section 4.2): microvm, Firecracker.
//!
//! Version 2 only; version 1, which QEMU has by default, is refused with the option that changes it.

use super::queue::Areas;
use super::registers::Registers;
use super::{QUEUES, Refusal};

/// Offsets of the registers (section 4.2.2).
const MAGIC: u32 = 0x00;
const VERSION: u32 = 0x04;
const KIND: u32 = 0x08;
const DEVICE_FEATURES: u32 = 0x10;
const DEVICE_FEATURES_SELECT: u32 = 0x14;
const DRIVER_FEATURES: u32 = 0x20;
const DRIVER_FEATURES_SELECT: u32 = 0x24;
const QUEUE_SELECT: u32 = 0x30;
const QUEUE_SIZE_MOST: u32 = 0x34;
const QUEUE_SIZE: u32 = 0x38;
const QUEUE_READY: u32 = 0x44;
const QUEUE_NOTIFY: u32 = 0x50;
const INTERRUPT_STATUS: u32 = 0x60;
const INTERRUPT_ACKNOWLEDGE: u32 = 0x64;
const STATUS: u32 = 0x70;
const QUEUE_DESCRIPTORS: u32 = 0x80;
const QUEUE_DRIVER: u32 = 0x90;
const QUEUE_DEVICE: u32 = 0xa0;
const CONFIG_GENERATION: u32 = 0xfc;
const CONFIG: u32 = 0x100;

/// Where a device is said to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) address: u64,
    pub(crate) size_bytes: u32,
    /// The global system interrupt that it raises.
    pub(crate) interrupt: u32,
}

impl Place {
    /// Parses the value of the boot argument `virtio_mmio.device`, as Linux has it: `SIZE@ADDRESS:INTERRUPT[:ID]`.
    pub(super) fn parse(text: &[u8]) -> Option<Place> {
        let (size, rest) = number(text)?;
        let (shift, rest) = match rest {
            [b'K' | b'k', rest @ ..] => (10, rest),
            [b'M' | b'm', rest @ ..] => (20, rest),
            rest => (0, rest),
        };
        let [b'@', rest @ ..] = rest else { return None };
        let (address, rest) = number(rest)?;
        let [b':', rest @ ..] = rest else { return None };
        let (interrupt, rest) = number(rest)?;
        if !matches!(rest, [] | [b':', ..]) {
            return None;
        }
        const MOST_BYTES: u64 = 1 << 20;
        let size = size.checked_mul(1 << shift).filter(|size| (u64::from(CONFIG)..=MOST_BYTES).contains(size))?;
        let address = Some(address).filter(|address| address.is_multiple_of(4))?;
        Some(Place { address, size_bytes: size as u32, interrupt: u32::try_from(interrupt).ok()? })
    }

    /// QEMU's `microvm` has this many slots, and says so in AML alone: `hw/i386/microvm.c`.
    pub(super) const MICROVM_SLOTS: u32 = 24;

    /// One of those slots, given the interrupt of the first.
    pub(super) fn microvm_slot(index: u32, first_interrupt: u32) -> Place {
        const FIRST: u64 = 0xfeb0_0000;
        const SIZE_BYTES: u32 = 512;
        let address = FIRST + u64::from(index) * u64::from(SIZE_BYTES);
        Place { address, size_bytes: SIZE_BYTES, interrupt: first_interrupt + index }
    }

    /// The kind of device there; `None` if there is none.
    pub(super) fn kind(self) -> Option<u8> {
        const VIRT: u32 = u32::from_le_bytes(*b"virt");
        let registers = Registers::map(self.address, self.size_bytes)?;
        let kind: u32 = if registers.read::<u32>(MAGIC) == VIRT { registers.read(KIND) } else { 0 };
        u8::try_from(kind).ok().filter(|kind| *kind != 0)
    }
}

/// Reads a decimal or, after `0x`, hexadecimal number; gives it and what follows.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let (base, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        text => (10, text),
    };
    let mut rest = digits;
    let mut value: u64 = 0;
    while let [byte, after @ ..] = rest
        && let Some(digit) = (*byte as char).to_digit(base)
    {
        value = value.checked_mul(u64::from(base))?.checked_add(u64::from(digit))?;
        rest = after;
    }
    (rest.len() < digits.len()).then_some((value, rest))
}

/// A device's registers, mapped.
#[derive(Debug)]
pub(super) struct Device {
    registers: Registers,
    config: Registers,
    pub(crate) interrupt: u32,
}

impl Device {
    /// Maps a device's registers. The device itself is not touched.
    pub(super) fn open(place: Place) -> Result<Self, Refusal> {
        const MODERN: u32 = 2;
        let registers = Registers::map(place.address, place.size_bytes).ok_or(Refusal::Registers)?;
        if registers.read::<u32>(VERSION) != MODERN {
            return Err(Refusal::Legacy);
        }
        let config = registers.part(CONFIG, place.size_bytes.saturating_sub(CONFIG)).unwrap_or(Registers::NONE);
        Ok(Device { registers, config, interrupt: place.interrupt })
    }

    /// The device's configuration.
    pub(super) fn config(&self) -> Registers {
        self.config
    }

    /// Reads the interrupt status and takes the line back.
    pub(super) fn take_interrupt_status(&self) -> u8 {
        let status: u32 = self.registers.read(INTERRUPT_STATUS);
        self.write(INTERRUPT_ACKNOWLEDGE, status);
        status as u8
    }

    pub(super) fn features(&self) -> u64 {
        let half = |index: u32| {
            self.write(DEVICE_FEATURES_SELECT, index);
            u64::from(self.registers.read::<u32>(DEVICE_FEATURES))
        };
        half(0) | half(1) << 32
    }

    pub(super) fn accept(&mut self, features: u64) {
        for (index, half) in [(0, features as u32), (1, (features >> 32) as u32)] {
            self.write(DRIVER_FEATURES_SELECT, index);
            self.write(DRIVER_FEATURES, half);
        }
    }

    pub(super) fn status(&self) -> u8 {
        self.registers.read::<u32>(STATUS) as u8
    }

    pub(super) fn set_status(&mut self, status: u8) {
        self.write(STATUS, u32::from(status));
    }

    pub(super) fn config_generation(&self) -> u32 {
        self.registers.read(CONFIG_GENERATION)
    }

    pub(super) fn queue_size(&self, queue: u16) -> u32 {
        self.write(QUEUE_SELECT, u32::from(queue));
        self.registers.read(QUEUE_SIZE_MOST)
    }

    /// Sets a queue up; whether it can be notified.
    pub(super) fn set_queue(&mut self, queue: u16, areas: Areas) -> bool {
        if usize::from(queue) >= QUEUES {
            return false;
        }
        self.write(QUEUE_SELECT, u32::from(queue));
        self.write(QUEUE_SIZE, u32::from(areas.size()));
        for (place, area) in [QUEUE_DESCRIPTORS, QUEUE_DRIVER, QUEUE_DEVICE].into_iter().zip(areas.addresses()) {
            self.write(place, area as u32);
            self.write(place + 4, (area >> 32) as u32);
        }
        self.write(QUEUE_READY, 1_u32);
        true
    }

    /// Writes a register.
    #[inline]
    fn write(&self, offset: u32, value: u32) {
        // SAFETY: the only addresses that this file tells a device are those of a queue that made them.
        unsafe { self.registers.write(offset, value) };
    }

    #[inline]
    pub(super) fn notify(&self, queue: u16) {
        self.write(QUEUE_NOTIFY, u32::from(queue));
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::Place;

    #[test]
    fn places_are_parsed_as_linux_does() {
        let place = |address, size_bytes, interrupt| Some(Place { address, size_bytes, interrupt });
        for (text, expected) in [
            ("512@0xfeb00e00:12", place(0xfeb0_0e00, 512, 12)), // microvm
            ("4K@0xd0000000:5", place(0xd000_0000, 4096, 5)),   // Firecracker
            ("0x1000@3489660928:0x6:3", place(0xd000_0000, 4096, 6)),
            ("1M@0X0000000900000000:7", place(0x9_0000_0000, 1 << 20, 7)),
        ] {
            assert_eq!(Place::parse(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_none() {
        for text in [
            "",
            "512",
            "@",
            "512@",
            "512@0xfeb00000",
            "512@0xfeb00000:",
            "512@:5",
            "@0xfeb00000:5",
            "K@0xfeb00000:5",
            "512@0xfeb00000:5x",
            "512@0x:5",
            "512@0xfeb00002:5",
            "255@0xfeb00000:5",
            "2M@0xfeb00000:5",
            "0xfffffffffffffff0K@0xfeb00000:5",
            "0x40000000000001K@0xfeb00000:5", // 1 KiB, if 64 bits were all that counts
            "512@0x1ffffffffffffffff:5",
            "512@0xfeb00000:4294967296",
            "512G@0:5",
        ] {
            assert_eq!(Place::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn random_places_never_panic() {
        const LETTERS: &[u8] = b"0123456789abcdefxKMG@:@:@: ";
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for _ in 0..crate::test_cases::cases() {
            let mut text = [0; 24];
            for byte in &mut text {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                *byte = LETTERS[(state % LETTERS.len() as u64) as usize];
            }
            if let Some(place) = Place::parse(&text[..(state >> 32) as usize % 24]) {
                assert!(place.size_bytes >= 256 && place.address % 4 == 0);
            }
        }
    }

    #[test]
    fn slots_of_microvm_follow_each_other() {
        assert_eq!(Place::microvm_slot(23, 24), Place { address: 0xfeb0_2e00, size_bytes: 512, interrupt: 47 });
    }
}
