//! The heap: the global allocator of an application, over all free memory or over an arena of a declared size.
//!
//! Two-level segregated fit (Masmano et al., "TLSF: a new dynamic memory allocator for real-time systems"): both operations
//! take constant time, whatever the size of the memory. What is exhausted is a panic, by the rule of `alloc`.

use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::memory;
use crate::sync::Static;
use core::alloc::{GlobalAlloc, Layout};
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};
use rlsf::Tlsf;
use unikernel_vocabulary::value;

/// What the heap leaves free for the page tables of drivers that attach after it.
const SPARE_BYTES: u64 = 64 * 1024;

/// Size classes: 32 powers of two, so that a range may have 128 GiB, in 32 steps each, so that of the largest free block at most
/// a 32nd cannot be asked for. The table of them has 8 KiB, which boot zeroes.
type Classes = Tlsf<'static, u32, u32, 32, 32>;

/// The allocator behind `heap`.
pub struct Heap(Static<Classes>);

impl Heap {
    /// A heap without memory.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Heap(Static::new(Classes::new()))
    }

    /// Adds memory.
    ///
    /// # Safety
    /// The bytes are mapped, writable, and from now on nobody else's.
    unsafe fn add(&self, start: *mut u8, count: usize) {
        // SAFETY: boot calls this, one range after the other, and the caller gives the memory away for good.
        unsafe {
            let Some(block) = NonNull::new(ptr::slice_from_raw_parts_mut(start, count)) else { return };
            (*self.0.get()).insert_free_block_ptr(block);
        }
    }
}

// SAFETY: what `Tlsf` promises is what the trait demands. Each method has the classes alone while it runs, without a lock:
// - there is one processor, and interrupts are taken in the idle routine only, where nobody allocates;
// - `Tlsf` calls nothing back, and does not panic;
// - an exception in its midst is reported without allocating, and does not return.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see above.
        let block = unsafe { (*self.0.get()).allocate(layout) };
        block.map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: see above; the caller promises that the block came from here, with this layout.
        unsafe { (*self.0.get()).deallocate(NonNull::new_unchecked(block), layout.align()) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size_bytes: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`; the caller promises that the new size makes a layout.
        let block = unsafe {
            let layout = Layout::from_size_align_unchecked(size_bytes, layout.align());
            (*self.0.get()).reallocate(NonNull::new_unchecked(block), layout)
        };
        block.map_or(ptr::null_mut(), NonNull::as_ptr)
    }
}

/// The memory of a heap with a declared size; the attribute puts it where boot need not zero it.
pub struct Arena<const BYTES: usize>(Static<MaybeUninit<[u8; BYTES]>>);

impl<const BYTES: usize> Arena<BYTES> {
    /// Memory with anything in it.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Arena(Static::new(MaybeUninit::uninit()))
    }
}

/// The bytes that `size` stands for, as written in `heap(size = "1MiB")`.
///
/// # Panics
/// Panics at compile time where it is no size; the attribute has checked it.
pub const fn arena_bytes(size: &str) -> usize {
    match value::size(size) {
        Ok(bytes) => bytes as usize,
        Err(_) => panic!("not a size"),
    }
}

/// Gives all free memory to `heap`; stops the boot where there is none.
pub fn attach<K: Kernel>(_boot: &Boot<K>, heap: &'static Heap) {
    let taken = memory::take_all(SPARE_BYTES, |range| {
        // SAFETY: it has just been taken, and mapped one to one.
        unsafe { heap.add(range.start as usize as *mut u8, (range.end - range.start) as usize) };
    });
    if taken.is_err() {
        Report::<K>::begin().text("device `heap`: there is no free memory").stop(Status::DEVICE_MISSING);
    }
}

/// Gives the arena to `heap`.
pub fn attach_arena<const BYTES: usize>(heap: &'static Heap, arena: &'static Arena<BYTES>) {
    // SAFETY: the arena is part of the image and writable; boot comes here once, and only here is its address taken.
    unsafe { heap.add(arena.0.get().cast(), BYTES) };
}

#[cfg(test)]
mod tests;
