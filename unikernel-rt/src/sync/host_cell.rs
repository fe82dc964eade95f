//! Memory of the kernel that the hypervisor writes to.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr;
use zerocopy::FromBytes;

/// A structure that the kernel reads and something outside of the program writes, at any time.
#[repr(transparent)]
pub(crate) struct HostCell<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: the program only reads it, byte patterns of which any is a value.
unsafe impl<T: FromBytes + Send> Sync for HostCell<T> {}

impl<T: FromBytes + Copy> HostCell<T> {
    /// All zeroes.
    pub(crate) const fn zeroed() -> Self {
        HostCell(UnsafeCell::new(MaybeUninit::zeroed()))
    }

    /// Where it is, for whoever writes it: a static of the image lies at its own physical address.
    pub(crate) fn address(&'static self) -> u64 {
        ptr::from_ref(self).addr() as u64
    }

    /// What is there now. A structure that is written meanwhile may be half of the one and half of the other.
    pub(crate) fn read(&self) -> T {
        // SAFETY: the memory is initialised, any bit pattern is a `T`, and nothing in the program writes it.
        unsafe { self.0.get().cast::<T>().read_volatile() }
    }
}
