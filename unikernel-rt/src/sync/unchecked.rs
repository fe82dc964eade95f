//! A mutable static whose users argue for themselves that nobody else has it. On its way out: of the block driver alone.

use core::cell::UnsafeCell;

/// A static that is written at run time.
///
/// Kernels run on one processor, and interrupts are taken only inside the idle routine: whoever has a pointer from here has
/// it alone until he waits, so long as he does not call back into the code that owns the static. That is what each user of
/// [`Static::get`] argues in its `SAFETY` comment.
#[repr(transparent)]
pub(crate) struct Static<T>(UnsafeCell<T>);

// SAFETY: there is one thread of execution; see the type's description.
unsafe impl<T> Sync for Static<T> {}

impl<T> Static<T> {
    /// Makes a static that begins as `value`; all-zero bytes cost no space in the image.
    pub(crate) const fn new(value: T) -> Self {
        Static(UnsafeCell::new(value))
    }

    /// Where the value is.
    pub(crate) const fn get(&self) -> *mut T {
        self.0.get()
    }
}

impl<T: Copy> Static<T> {
    /// A copy of the value.
    pub(crate) fn read(&self) -> T {
        // SAFETY: nobody writes meanwhile (see the type's description), and no reference is made.
        unsafe { self.get().read() }
    }

    /// Replaces the value. Not for a static of which somebody keeps a reference from [`Static::get`].
    pub(crate) fn set(&self, value: T) {
        // SAFETY: as in `read`.
        unsafe { self.get().write(value) }
    }
}
