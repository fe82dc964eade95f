//! The stack, where its size is declared: memory in the section that the linker script makes the stack of.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use unikernel_vocabulary::value;

/// Memory for a stack; nothing but the processor uses it.
#[repr(align(4096))]
pub struct Stack<const BYTES: usize>(UnsafeCell<MaybeUninit<[u8; BYTES]>>);

// SAFETY: nothing can reach the memory through the value.
#[expect(unsafe_code, reason = "a static that only takes room")]
unsafe impl<const BYTES: usize> Sync for Stack<BYTES> {}

impl<const BYTES: usize> Stack<BYTES> {
    /// Uninitialised memory.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Stack(UnsafeCell::new(MaybeUninit::uninit()))
    }
}

/// Parses `size`, as written in `stack(size = "256KiB")`, into bytes.
///
/// # Panics
/// Panics at compile time if it is not a size; the attribute has checked it.
pub const fn stack_bytes(size: &str) -> usize {
    match value::size(size) {
        Ok(bytes) => bytes as usize,
        Err(_) => panic!("not a size"),
    }
}
