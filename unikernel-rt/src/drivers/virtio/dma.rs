//! Memory that devices read and write themselves (direct memory access).
//!
//! Safe code cannot let a device use memory that somebody else uses: a [`Memory`] is made of a buffer that it owns from then on,
//! or of one that is borrowed by a call which does not return before the `Memory` is back. Forgetting one leaks its buffer.

mod buffer;
mod pool;

#[cfg(test)]
pub(crate) use buffer::sealed;
pub use buffer::{Buffer, BufferMut};
pub use pool::{Pool, PoolBuffer};

use core::cell::UnsafeCell;
use core::mem::{self, MaybeUninit};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering};

/// A buffer that nobody uses as long as this exists, but a device.
pub struct Memory {
    start: NonNull<u8>,
    length: usize,
    /// Whether a device may write to it.
    is_writable: bool,
    owner: Owner,
}

// SAFETY: it owns its buffer, or has it alone, as a `Box` does.
unsafe impl Send for Memory {}

/// What a buffer was before, and is afterwards.
enum Owner {
    /// Whoever has called [`lend`] or [`lend_mut`].
    Caller,
    /// Nobody: it lives for ever.
    Static,
    Pool(&'static AtomicBool),
    #[cfg(any(feature = "alloc", test))]
    Box,
    #[cfg(any(feature = "alloc", test))]
    Vec {
        capacity: usize,
    },
}

impl Memory {
    /// No memory: what a request without data has.
    pub(crate) fn none() -> Self {
        Memory { start: NonNull::dangling(), length: 0, is_writable: true, owner: Owner::Static }
    }

    /// Where it begins.
    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// How many bytes there are.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Whether a device may write to it.
    pub(crate) fn is_writable(&self) -> bool {
        self.is_writable
    }
}

/// Gives a buffer back whose owner does not want it any more.
impl Drop for Memory {
    fn drop(&mut self) {
        match self.owner {
            Owner::Caller | Owner::Static => {}
            Owner::Pool(is_taken) => is_taken.store(false, Ordering::Release),
            // SAFETY: it was made of such a box, and is used no more.
            #[cfg(any(feature = "alloc", test))]
            Owner::Box => drop(unsafe { buffer::boxed(self.start, self.length) }),
            // SAFETY: it was made of such a vector, and is used no more.
            #[cfg(any(feature = "alloc", test))]
            Owner::Vec { capacity } => drop(unsafe { buffer::vector(self.start, self.length, capacity) }),
        }
    }
}

/// Lends memory to `act`, which gives it back: it cannot be left with a device.
///
/// # Panics
/// Panics where something else is given back. Where `act` panics, the process ends.
pub(crate) fn lend_mut<R>(memory: &mut [u8], act: impl FnOnce(Memory) -> (Memory, R)) -> R {
    lend_raw(NonNull::from_mut(memory), true, act)
}

/// As [`lend_mut`], of memory that a device may read.
pub(crate) fn lend<R>(memory: &[u8], act: impl FnOnce(Memory) -> (Memory, R)) -> R {
    lend_raw(NonNull::from_ref(memory), false, act)
}

fn lend_raw<R>(memory: NonNull<[u8]>, is_writable: bool, act: impl FnOnce(Memory) -> (Memory, R)) -> R {
    /// A device may still have the memory: its owner must not go on.
    struct Unwinding;
    impl Drop for Unwinding {
        fn drop(&mut self) {
            panic!("a panic while a device has memory that is borrowed");
        }
    }
    let (start, length) = (memory.cast::<u8>(), memory.len());
    let unwinding = Unwinding;
    let (returned, result) = act(Memory { start, length, is_writable, owner: Owner::Caller });
    // There is but one `Memory` of this place: the borrow keeps others from being made.
    assert!(returned.start == start && returned.length == length, "borrowed memory is left with a device");
    mem::forget(unwinding);
    result
}

/// A static that is handed out once, uninitialised: what devices and drivers share.
pub(crate) struct TakeOnce<T> {
    is_taken: AtomicBool,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: whoever takes it has it alone.
unsafe impl<T: Send> Sync for TakeOnce<T> {}

impl<T> TakeOnce<T> {
    /// One that nobody has taken; nothing of it is in the image.
    pub(crate) const fn new() -> Self {
        TakeOnce { is_taken: AtomicBool::new(false), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// The value, the first time.
    #[allow(clippy::mut_from_ref)] // the first caller has it alone
    pub(crate) fn take(&'static self) -> Option<&'static mut MaybeUninit<T>> {
        if self.is_taken.swap(true, Ordering::Relaxed) {
            return None;
        }
        // SAFETY: nobody else comes here.
        Some(unsafe { &mut *self.value.get() })
    }
}

#[cfg(test)]
mod tests;
