//! Direct memory access: memory that devices read and write.
//!
//! Safe code cannot let a device use memory that is in use elsewhere: a [`Memory`] owns its buffer, or it borrows one for the
//! duration of a call that does not return before the `Memory` is back. Forgetting a `Memory` leaks its buffer.

mod buffer;
mod pool;

#[cfg(test)]
pub(crate) use buffer::sealed;
pub use buffer::{Buffer, BufferMut};
pub use pool::{Pool, PoolBuffer};

use core::mem;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering};

/// A buffer that only a device may access while this exists.
pub struct Memory {
    start: NonNull<u8>,
    length: usize,
    /// Whether a device may write to it.
    is_writable: bool,
    owner: Owner,
}

// SAFETY: it owns its buffer, or has it alone, as a `Box` does.
unsafe impl Send for Memory {}

/// The original owner of a buffer.
enum Owner {
    /// The caller of [`lend`] or [`lend_mut`].
    Caller,
    /// None: it lives for ever.
    Static,
    Pool(&'static AtomicBool),
    #[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
    Box,
    #[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
    Vec {
        capacity: usize,
    },
}

impl Memory {
    /// No memory, for a request without data.
    pub(crate) fn none() -> Self {
        Memory { start: NonNull::dangling(), length: 0, is_writable: true, owner: Owner::Static }
    }

    /// The start address.
    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// The length in bytes.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Whether a device may write to it.
    pub(crate) fn is_writable(&self) -> bool {
        self.is_writable
    }
}

/// Frees a buffer whose owner no longer needs it.
impl Drop for Memory {
    fn drop(&mut self) {
        match self.owner {
            Owner::Caller | Owner::Static => {}
            Owner::Pool(is_taken) => is_taken.store(false, Ordering::Release),
            // SAFETY: it was made of such a box, and is used no more.
            #[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
            Owner::Box => drop(unsafe { buffer::boxed(self.start, self.length) }),
            // SAFETY: it was made of such a vector, and is used no more.
            #[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
            Owner::Vec { capacity } => drop(unsafe { buffer::vector(self.start, self.length, capacity) }),
        }
    }
}

/// Lends memory to `act`, which must return it, so that it cannot stay with a device.
///
/// # Panics
/// Panics if other memory is returned. If `act` panics, the process aborts.
pub(crate) fn lend_mut<R>(memory: &mut [u8], act: impl FnOnce(Memory) -> (Memory, R)) -> R {
    lend_raw(NonNull::from_mut(memory), true, act)
}

/// As [`lend_mut`], for memory that a device may only read.
pub(crate) fn lend<R>(memory: &[u8], act: impl FnOnce(Memory) -> (Memory, R)) -> R {
    lend_raw(NonNull::from_ref(memory), false, act)
}

fn lend_raw<R>(memory: NonNull<[u8]>, is_writable: bool, act: impl FnOnce(Memory) -> (Memory, R)) -> R {
    /// Aborts: a device may still use the memory, so its owner must not continue.
    struct Unwinding;
    impl Drop for Unwinding {
        fn drop(&mut self) {
            panic!("a panic while a device has memory that is borrowed");
        }
    }
    let (start, length) = (memory.cast::<u8>(), memory.len());
    let unwinding = Unwinding;
    let (returned, result) = act(Memory { start, length, is_writable, owner: Owner::Caller });
    // This address has only one `Memory`: the borrow prevents others.
    assert!(returned.start == start && returned.length == length, "borrowed memory is left with a device");
    mem::forget(unwinding);
    result
}

#[cfg(test)]
mod tests;
