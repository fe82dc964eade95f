//! `malloc` and its family: two-level segregated fit, over free memory that is taken as it is needed.
//!
//! C frees a block without saying how large or how aligned it is, so that each block has 16 bytes before it that say so.

mod cache;

use super::errno::{EINVAL, ENOMEM, Errno};
use crate::memory::{self, PAGE_BYTES, Use};
use crate::sync::lock;
use cache::{Cache, Size};
use core::alloc::Layout;
use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};
use rlsf::Tlsf;

/// Size classes as those of `heap`: 32 powers of two with 32 steps each.
type Classes = Tlsf<'static, u32, u32, 32, 32>;

/// All free memory.
struct Heap {
    classes: Classes,
    cache: Cache,
}

lock! {
    static HEAP: Heap = Heap { classes: Classes::new(), cache: Cache::EMPTY };
}

/// What every block is aligned to.
const ALIGN: usize = 16;

/// Least memory that is taken at once: little, because the smallest machines have little.
const GROWTH_BYTES: u64 = 64 << 10;

/// What precedes a block.
#[repr(C, align(16))]
struct Header {
    /// Where the allocation begins that the block is in.
    start: *mut u8,
    /// How many bytes were asked for.
    size_bytes: usize,
}

const HEADER_BYTES: usize = size_of::<Header>();

/// How many bytes a block for so many gets.
const fn room(size_bytes: usize) -> usize {
    match Size::of(size_bytes) {
        Some(size) => size.bytes(),
        None => size_bytes,
    }
}

/// Allocates.
pub(super) fn allocate(size_bytes: usize, align: usize) -> Result<NonNull<u8>, Errno> {
    if align <= ALIGN
        && let Some(size) = Size::of(size_bytes)
        && let Some(start) = HEAP.with(|heap| heap.cache.take(size))
    {
        let start = ptr::with_exposed_provenance_mut::<u8>(start);
        // SAFETY: a block of that size begins there, which nobody has.
        return unsafe {
            start.cast::<Header>().write(Header { start, size_bytes });
            Ok(NonNull::new_unchecked(start.add(HEADER_BYTES)))
        };
    }
    allocate_anew(size_bytes, align.max(ALIGN))
}

#[inline(never)]
fn allocate_anew(size_bytes: usize, align: usize) -> Result<NonNull<u8>, Errno> {
    // What is aligned to more has its header in the gap.
    let total = room(size_bytes).checked_add(HEADER_BYTES + align - ALIGN).ok_or(ENOMEM)?;
    let layout = Layout::from_size_align(total, ALIGN).map_err(|_| ENOMEM)?;
    let start = loop {
        if let Some(start) = HEAP.with(|heap| heap.classes.allocate(layout)) {
            break start.as_ptr();
        }
        if let Err(error) = grow(total)
            && !HEAP.with(Heap::empty_cache)
        {
            return Err(error);
        }
    };
    let gap = (start.addr() + HEADER_BYTES).next_multiple_of(align) - start.addr();
    // SAFETY: the allocation has `total` bytes, which is the gap, of at least a header, and the block.
    unsafe {
        let block = start.add(gap);
        block.cast::<Header>().sub(1).write(Header { start, size_bytes });
        Ok(NonNull::new_unchecked(block))
    }
}

impl Heap {
    /// Gives back what was kept; whether there was anything.
    fn empty_cache(&mut self) -> bool {
        let mut has_given = false;
        while let Some(start) = self.cache.take_any() {
            let start = ptr::with_exposed_provenance_mut::<u8>(start);
            // SAFETY: what is kept is an allocation of `classes` with this alignment, which nobody has.
            unsafe { self.classes.deallocate(NonNull::new_unchecked(start), ALIGN) };
            has_given = true;
        }
        has_given
    }
}

/// Takes free memory for at least `size_bytes`.
#[cold]
fn grow(size_bytes: usize) -> Result<(), Errno> {
    // The allocator rounds up to the next class, and has a header of its own at either end.
    let least = size_bytes as u64 + size_bytes as u64 / 16 + 256;
    let take = |bytes: u64| {
        let bytes = bytes.next_multiple_of(PAGE_BYTES);
        memory::take_frames(bytes / PAGE_BYTES).map(|start| (start, bytes))
    };
    let (start, bytes) = take(least.max(GROWTH_BYTES)).or_else(|_| take(least)).map_err(|_| ENOMEM)?;
    memory::map(start..start + bytes, Use::Memory).map_err(|_| ENOMEM)?;
    let memory = ptr::with_exposed_provenance_mut::<u8>(start as usize);
    let block = NonNull::new(ptr::slice_from_raw_parts_mut(memory, bytes as usize)).ok_or(ENOMEM)?;
    // SAFETY: the frames have just been taken and mapped, and are given up for ever.
    HEAP.with(|heap| unsafe { heap.classes.insert_free_block_ptr(block) });
    Ok(())
}

/// The header of a block.
///
/// # Safety
/// `block` came from this heap and was not freed.
unsafe fn header(block: *mut c_void) -> *mut Header {
    // SAFETY: the caller's promise.
    unsafe { block.cast::<Header>().sub(1) }
}

fn or_null(block: Result<NonNull<u8>, Errno>) -> *mut c_void {
    match block {
        Ok(block) => block.as_ptr().cast(),
        Err(error) => {
            super::errno::fail(error);
            ptr::null_mut()
        }
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn malloc(size_bytes: usize) -> *mut c_void {
    or_null(allocate(size_bytes, ALIGN))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn calloc(count: usize, size_bytes: usize) -> *mut c_void {
    let Some(total) = count.checked_mul(size_bytes) else { return or_null(Err(ENOMEM)) };
    // Not by `malloc`, which the compiler would make a call of this function of.
    let block = allocate(total, ALIGN);
    if let Ok(block) = block {
        // SAFETY: it has that many bytes.
        unsafe { block.as_ptr().write_bytes(0, total) };
    }
    or_null(block)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: the caller's promise: it came from here.
    let Header { start, size_bytes } = unsafe { header(block).read() };
    HEAP.with(|heap| {
        if let Some(size) = Size::of(size_bytes)
            && heap.cache.keep(size, start.expose_provenance())
        {
            return;
        }
        // SAFETY: as above; all is allocated with this alignment.
        unsafe { heap.classes.deallocate(NonNull::new_unchecked(start), ALIGN) };
    });
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn realloc(block: *mut c_void, size_bytes: usize) -> *mut c_void {
    if block.is_null() {
        return or_null(allocate(size_bytes, ALIGN));
    }
    // SAFETY: the caller's promise: it came from here.
    let Header { start, size_bytes: old_bytes } = unsafe { header(block).read() };
    if start.addr() + HEADER_BYTES == block.addr()
        && let Some(Ok(layout)) =
            room(size_bytes).checked_add(HEADER_BYTES).map(|total| Layout::from_size_align(total, ALIGN))
    {
        if room(size_bytes) == room(old_bytes) {
            // SAFETY: as above.
            unsafe { (*header(block)).size_bytes = size_bytes };
            return block;
        }
        // SAFETY: it was allocated with this alignment.
        let moved = HEAP.with(|heap| unsafe { heap.classes.reallocate(NonNull::new_unchecked(start), layout) });
        if let Some(start) = moved {
            let start = start.as_ptr();
            // SAFETY: the allocation has room for both.
            unsafe {
                start.cast::<Header>().write(Header { start, size_bytes });
                return start.add(HEADER_BYTES).cast();
            }
        }
    }
    let new = allocate(size_bytes, ALIGN);
    if let Ok(new) = new {
        // SAFETY: both have that many bytes, and the old one is given up.
        unsafe {
            new.as_ptr().copy_from_nonoverlapping(block.cast(), old_bytes.min(size_bytes));
            free(block);
        }
    }
    or_null(new)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn posix_memalign(to: *mut *mut c_void, align: usize, size_bytes: usize) -> c_int {
    if !align.is_power_of_two() || !align.is_multiple_of(size_of::<usize>()) {
        return EINVAL.0;
    }
    match allocate(size_bytes, align) {
        Ok(block) => {
            // SAFETY: the caller's promise.
            unsafe { to.write(block.as_ptr().cast()) };
            0
        }
        Err(error) => error.0,
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn aligned_alloc(align: usize, size_bytes: usize) -> *mut c_void {
    or_null(if align.is_power_of_two() { allocate(size_bytes, align) } else { Err(EINVAL) })
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> usize {
    // SAFETY: the caller's promise: it came from here.
    if block.is_null() { 0 } else { unsafe { (*header(block)).size_bytes } }
}
