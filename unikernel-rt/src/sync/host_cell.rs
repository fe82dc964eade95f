//! Memory of the kernel that the hypervisor writes to.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr;
use zerocopy::FromBytes;

/// A structure that the kernel reads and the hypervisor may write at any time.
#[repr(transparent)]
pub(crate) struct HostCell<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: the program only reads it, and every byte pattern is a valid value.
unsafe impl<T: FromBytes + Send> Sync for HostCell<T> {}

impl<T: FromBytes + Copy> HostCell<T> {
    /// All zeroes.
    pub(crate) const fn zeroed() -> Self {
        HostCell(UnsafeCell::new(MaybeUninit::zeroed()))
    }

    /// Its physical address, for the writer: statics are mapped one to one.
    pub(crate) fn address(&'static self) -> u64 {
        ptr::from_ref(self).addr() as u64
    }

    /// Reads the value. It may be torn if it is written at the same time.
    pub(crate) fn read(&self) -> T {
        // SAFETY: the memory is initialised, any bit pattern is a `T`, and nothing in the program writes it.
        unsafe { self.0.get().cast::<T>().read_volatile() }
    }
}
