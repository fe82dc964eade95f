//! The heap: the global allocator of an application, over all free memory or over an arena of a declared size.
//!
//! Two-level segregated fit (Masmano et al., "TLSF: a new dynamic memory allocator for real-time systems"): both operations
//! take constant time, whatever the size of the memory. Running out of memory is a panic, as `alloc` defines it.

use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::memory::{self, heap_use};
use crate::sync::{Lock, Name, TakeOnce, conflict};
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{self, NonNull};
use rlsf::Tlsf;
use unikernel_vocabulary::value;

/// Memory that the heap leaves free for the page tables of drivers that attach after it.
const SPARE_BYTES: u64 = 64 * 1024;

/// Size classes: 32 powers of two, for ranges of up to 128 GiB, with 32 steps each, so that at most 1/32 of the largest free
/// block cannot be allocated. The table takes 8 KiB, which boot zeroes.
type Classes = Tlsf<'static, u32, u32, 32, 32>;

/// The allocator behind `heap`.
pub struct Heap(Lock<Classes, HeapName>);

/// The name of the lock.
enum HeapName {}

impl Name for HeapName {
    const NAME: &'static str = "heap";
}

impl Heap {
    /// A heap without memory.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Heap(Lock::new(Classes::new()))
    }

    /// Adds memory.
    ///
    /// # Safety
    /// The bytes are mapped, writable, and from now on not used by anything else.
    unsafe fn add(&self, start: *mut u8, count: usize) {
        let Some(block) = NonNull::new(ptr::slice_from_raw_parts_mut(start, count)) else { return };
        // SAFETY: the caller gives up the memory for ever.
        self.0.with(|classes| unsafe { classes.insert_free_block_ptr(block) });
        heap_use::enlarge(count);
    }
}

// SAFETY: `Tlsf` guarantees what the trait requires. It calls nothing back and does not panic, and an exception inside it is
// reported without allocating. So the lock is always free on a single thread.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block = self.0.with(|classes| classes.allocate(layout));
        heap_use::lend(block, layout.size()).map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller promises that the block came from here, with this layout.
        self.0.with(|classes| unsafe { classes.deallocate(NonNull::new_unchecked(block), layout.align()) });
        heap_use::give_back(layout.size());
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size_bytes: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`; the caller promises that the new size makes a layout.
        let block = self.0.with(|classes| unsafe {
            let layout = Layout::from_size_align_unchecked(size_bytes, layout.align());
            classes.reallocate(NonNull::new_unchecked(block), layout)
        });
        if block.is_some() {
            heap_use::give_back(layout.size());
        }
        heap_use::lend(block, size_bytes).map_or(ptr::null_mut(), NonNull::as_ptr)
    }
}

/// The memory of a heap with a declared size; the attribute puts it where boot need not zero it.
pub struct Arena<const BYTES: usize>(TakeOnce<[u8; BYTES]>);

impl<const BYTES: usize> Arena<BYTES> {
    /// Uninitialised memory.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Arena(TakeOnce::new())
    }
}

/// Parses `size`, as written in `heap(size = "1MiB")`, into bytes.
///
/// # Panics
/// Panics at compile time if it is not a size; the attribute has checked it.
pub const fn arena_bytes(size: &str) -> usize {
    match value::size(size) {
        Ok(bytes) => bytes as usize,
        Err(_) => panic!("not a size"),
    }
}

/// Gives all free memory to `heap`; stops the boot if there is none.
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
    let memory = arena.0.take().unwrap_or_else(|| conflict("heap"));
    // SAFETY: it is borrowed for ever and not used otherwise.
    unsafe { heap.add(memory.as_mut_ptr().cast(), BYTES) };
}

#[cfg(test)]
mod tests;
