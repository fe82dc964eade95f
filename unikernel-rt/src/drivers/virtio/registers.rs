//! Memory-mapped registers of a device: mapped once, then accessed with bounds checks.

use crate::firmware::start_info::{StartInfo, USABLE};
use crate::memory::{self, Use};

/// An integer that a register holds.
pub(crate) trait Register: Copy + Default {}
impl Register for u8 {}
impl Register for u16 {}
impl Register for u32 {}

/// A range of registers. Accesses outside of it read as 0 and write nothing: offsets from the device were checked when it was
/// claimed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registers {
    address: usize,
    size_bytes: u32,
}

impl Registers {
    /// No registers.
    pub(crate) const NONE: Registers = Registers { address: 0, size_bytes: 0 };

    /// Maps `size_bytes` from `address` on. `None` where no device's registers can be: at an odd place, in what the machine
    /// calls memory, beyond what is mapped one to one; or where the memory for page tables has run out.
    pub(crate) fn map(address: u64, size_bytes: u32) -> Option<Self> {
        let usable = StartInfo::get().memory_map().filter(|entry| entry.kind == USABLE);
        let usable = usable.map(|entry| (entry.address, entry.size_bytes));
        if !is_mappable(address, size_bytes, usable) {
            return None;
        }
        memory::map(address..address + u64::from(size_bytes), Use::Device).ok()?;
        Some(Registers { address: address as usize, size_bytes })
    }

    /// Registers that are a buffer, for tests.
    #[cfg(test)]
    pub(super) fn over(buffer: &'static [core::cell::UnsafeCell<u32>]) -> Self {
        Registers { address: buffer.as_ptr() as usize, size_bytes: size_of_val(buffer) as u32 }
    }

    /// Those from `offset` on, `size_bytes` of them; `None` if they are not all there.
    pub(crate) fn part(self, offset: u32, size_bytes: u32) -> Option<Self> {
        let inside = offset.checked_add(size_bytes)? <= self.size_bytes;
        inside.then_some(Registers { address: self.address + offset as usize, size_bytes })
    }

    /// Reads the register at `offset`.
    #[inline]
    pub(crate) fn read<T: Register>(self, offset: u32) -> T {
        match self.place::<T>(offset) {
            // SAFETY: mapped, as uncached memory that no Rust object is in, and aligned.
            Some(place) => unsafe { (place as *const T).read_volatile() },
            None => T::default(),
        }
    }

    /// Writes the register at `offset`.
    ///
    /// # Safety
    /// A register that tells the device an address gets the address of memory that is the device's to use.
    #[inline]
    pub(crate) unsafe fn write<T: Register>(self, offset: u32, value: T) {
        if let Some(place) = self.place::<T>(offset) {
            // SAFETY: as in `read`; what the device does with it is the caller's promise.
            unsafe { (place as *mut T).write_volatile(value) }
        }
    }

    #[inline]
    fn place<T>(self, offset: u32) -> Option<usize> {
        let place = self.address + offset as usize;
        let inside = u64::from(offset) + size_of::<T>() as u64 <= u64::from(self.size_bytes);
        (inside && place.is_multiple_of(size_of::<T>())).then_some(place)
    }
}

/// Whether registers may be at this range, given the ranges (start, length) of memory.
fn is_mappable(address: u64, size_bytes: u32, memory: impl Iterator<Item = (u64, u64)>) -> bool {
    /// Above, addresses of 48 bits are no longer the same as what they are mapped to.
    const END: u64 = 1 << 47;
    let Some(end) = address.checked_add(u64::from(size_bytes)).filter(|end| *end <= END) else { return false };
    let overlaps = |(start, length): (u64, u64)| address < start.saturating_add(length) && start < end;
    address != 0 && !memory.into_iter().any(overlaps)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Registers, is_mappable};
    use core::cell::UnsafeCell;
    use std::boxed::Box;

    const RAM: [(u64, u64); 2] = [(0x10_0000, 0x70_0000), (1 << 32, 1 << 30)];

    fn mappable(address: u64, size_bytes: u32) -> bool {
        is_mappable(address, size_bytes, RAM.into_iter())
    }

    #[test]
    fn registers_are_never_mapped_over_memory() {
        assert!(mappable(0xfebd_0000, 0x1000));
        assert!(mappable(0x80_0000, 0x1000), "right behind memory");
        assert!(mappable(0xf_f000, 0x1000), "right before it");
        assert!(mappable(0x70_0000_0000, 0x1000), "above 256 GiB");
        assert!(!mappable(0x10_0000, 4));
        assert!(!mappable(0x7f_f000, 0x2000), "its end");
        assert!(!mappable(0xf_f000, 0x1001), "its beginning");
        assert!(!mappable(0xf_f000, 0x80_0000), "around it");
        assert!(!mappable(1 << 32, 4));
    }

    #[test]
    fn registers_are_never_mapped_where_addresses_end() {
        assert!(!mappable(0, 4));
        assert!(mappable((1 << 47) - 0x1000, 0x1000));
        assert!(!mappable((1 << 47) - 0x1000, 0x1001));
        assert!(!mappable(u64::MAX, 1));
        assert!(!mappable(u64::MAX - 3, 4));
    }

    #[test]
    fn accesses_stay_within_their_bounds() {
        fn write<T: super::Register>(registers: Registers, offset: u32, value: T) {
            // SAFETY: a buffer, which is no device.
            unsafe { registers.write(offset, value) }
        }
        let buffer: &'static [UnsafeCell<u32>] = Box::leak(Box::new([const { UnsafeCell::new(0x0403_0201) }; 3]));
        let all = Registers::over(buffer);
        let registers = all.part(4, 4).expect("it is there");
        assert_eq!(
            (registers.read::<u8>(3), registers.read::<u16>(2), registers.read::<u32>(0)),
            (4, 0x0403, 0x0403_0201)
        );
        for offset in [1, 2, 4, 8, u32::MAX, u32::MAX - 3] {
            assert_eq!(registers.read::<u32>(offset), 0, "at {offset}");
            write::<u32>(registers, offset, u32::MAX);
        }
        write::<u16>(registers, 3, 0xffff);
        // Inside, but a register of this size is not there.
        for offset in [1, 2, 3, 5] {
            assert_eq!(all.read::<u32>(offset), 0, "at {offset}");
            write::<u32>(all, offset, u32::MAX);
        }
        assert_eq!([0, 4, 8].map(|offset| all.read::<u32>(offset)), [0x0403_0201; 3]);
        write::<u8>(registers, 1, 9);
        assert_eq!(all.read::<u32>(4), 0x0403_0901);
        assert!(all.part(4, 9).is_none() && all.part(u32::MAX, 2).is_none() && all.part(12, 0).is_some());
    }
}
