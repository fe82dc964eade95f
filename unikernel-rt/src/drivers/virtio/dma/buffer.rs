//! Buffers that a transfer can own while a device uses them.

use super::{Memory, Owner, PoolBuffer};
use core::mem::ManuallyDrop;
use core::ptr::NonNull;

#[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
use alloc::{boxed::Box, vec::Vec};

/// A buffer that a transfer can own: `&'static [u8]` and `&'static mut [u8]`, arrays of both kinds, a [`PoolBuffer`], and with the
/// feature `alloc` a `Box<[u8]>` or a `Vec<u8>`, of which the initialised bytes are used.
#[diagnostic::on_unimplemented(
    message = "a transfer cannot own a `{Self}`",
    label = "no buffer that a device may use after a `mem::forget`",
    note = "help: use a buffer of a `block::Pool`, a `&'static [u8]`, or with the feature `alloc` a `Vec<u8>`"
)]
pub trait Buffer: sealed::Buffer {}

/// A [`Buffer`] that a device may write to.
#[diagnostic::on_unimplemented(
    message = "a read cannot own a `{Self}`",
    label = "no buffer that a device may write to after a `mem::forget`",
    note = "help: use a buffer of a `block::Pool`, a `&'static mut [u8]`, or with the feature `alloc` a `Vec<u8>`"
)]
pub trait BufferMut: Buffer {}

pub(crate) mod sealed {
    //! Seals [`Buffer`](super::Buffer): no other crate can implement it.
    use super::Memory;

    pub trait Buffer: Sized + 'static {
        /// Converts the buffer into memory.
        fn into_memory(self) -> Memory;

        /// Converts memory back; `None` if it was not made of such a buffer.
        fn from_memory(memory: Memory) -> Option<Self>;
    }
}

impl Memory {
    fn new(memory: NonNull<[u8]>, is_writable: bool, owner: Owner) -> Self {
        Memory { start: memory.cast(), length: memory.len(), is_writable, owner }
    }

    /// The whole of it.
    fn slice(&self) -> NonNull<[u8]> {
        NonNull::slice_from_raw_parts(self.start, self.length)
    }
}

impl sealed::Buffer for &'static [u8] {
    fn into_memory(self) -> Memory {
        Memory::new(NonNull::from_ref(self), false, Owner::Static)
    }

    fn from_memory(memory: Memory) -> Option<Self> {
        // SAFETY: it was made of such a slice, or of one that was this memory's alone.
        matches!(memory.owner, Owner::Static).then(|| unsafe { memory.slice().as_ref() })
    }
}
impl Buffer for &'static [u8] {}

impl sealed::Buffer for &'static mut [u8] {
    fn into_memory(self) -> Memory {
        Memory::new(NonNull::from_mut(self), true, Owner::Static)
    }

    fn from_memory(memory: Memory) -> Option<Self> {
        let is_such = matches!(memory.owner, Owner::Static) && memory.is_writable;
        // SAFETY: it was made of such a slice, which this memory has alone and gives up.
        is_such.then(|| unsafe { memory.slice().as_mut() })
    }
}
impl Buffer for &'static mut [u8] {}
impl BufferMut for &'static mut [u8] {}

impl<const BYTES: usize> sealed::Buffer for &'static [u8; BYTES] {
    fn into_memory(self) -> Memory {
        self.as_slice().into_memory()
    }

    fn from_memory(memory: Memory) -> Option<Self> {
        <&'static [u8]>::from_memory(memory)?.as_array()
    }
}
impl<const BYTES: usize> Buffer for &'static [u8; BYTES] {}

impl<const BYTES: usize> sealed::Buffer for &'static mut [u8; BYTES] {
    fn into_memory(self) -> Memory {
        self.as_mut_slice().into_memory()
    }

    fn from_memory(memory: Memory) -> Option<Self> {
        <&'static mut [u8]>::from_memory(memory)?.as_mut_array()
    }
}
impl<const BYTES: usize> Buffer for &'static mut [u8; BYTES] {}
impl<const BYTES: usize> BufferMut for &'static mut [u8; BYTES] {}

impl sealed::Buffer for PoolBuffer {
    fn into_memory(self) -> Memory {
        let buffer = ManuallyDrop::new(self);
        Memory { start: buffer.start, length: buffer.length, is_writable: true, owner: Owner::Pool(buffer.is_taken) }
    }

    fn from_memory(memory: Memory) -> Option<Self> {
        let Owner::Pool(is_taken) = memory.owner else { return None };
        let memory = ManuallyDrop::new(memory);
        Some(PoolBuffer { start: memory.start, length: memory.length, is_taken })
    }
}
impl Buffer for PoolBuffer {}
impl BufferMut for PoolBuffer {}

#[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
impl sealed::Buffer for Box<[u8]> {
    fn into_memory(self) -> Memory {
        Memory::new(NonNull::from_mut(Box::leak(self)), true, Owner::Box)
    }

    fn from_memory(memory: Memory) -> Option<Self> {
        let Owner::Box = memory.owner else { return None };
        let memory = ManuallyDrop::new(memory);
        // SAFETY: it was made of such a box, and is used no more.
        Some(unsafe { boxed(memory.start, memory.length) })
    }
}
#[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
impl Buffer for Box<[u8]> {}
#[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
impl BufferMut for Box<[u8]> {}

/// The box that [`Box::leak`] has made memory of.
///
/// # Safety
/// It was such a box, of this length, and has no other owner.
#[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
pub(super) unsafe fn boxed(start: NonNull<u8>, length: usize) -> Box<[u8]> {
    // SAFETY: the caller's promise.
    unsafe { Box::from_raw(NonNull::slice_from_raw_parts(start, length).as_ptr()) }
}

#[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
impl sealed::Buffer for Vec<u8> {
    fn into_memory(self) -> Memory {
        let capacity = self.capacity();
        Memory::new(NonNull::from_mut(Vec::leak(self)), true, Owner::Vec { capacity })
    }

    fn from_memory(memory: Memory) -> Option<Self> {
        let Owner::Vec { capacity } = memory.owner else { return None };
        let memory = ManuallyDrop::new(memory);
        // SAFETY: it was made of such a vector, and is used no more.
        Some(unsafe { vector(memory.start, memory.length, capacity) })
    }
}
#[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
impl Buffer for Vec<u8> {}
#[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
impl BufferMut for Vec<u8> {}

/// The vector that [`Vec::leak`] has made memory of.
///
/// # Safety
/// It was such a vector, of this length and capacity, and has no other owner.
#[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
pub(super) unsafe fn vector(start: NonNull<u8>, length: usize, capacity: usize) -> Vec<u8> {
    // SAFETY: the caller's promise.
    unsafe { Vec::from_raw_parts(start.as_ptr(), length, capacity) }
}
