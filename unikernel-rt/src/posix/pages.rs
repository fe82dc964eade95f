//! `mmap` and its family: memory without a name alone, which is all that `std` maps.

use super::errno::{EINVAL, ENOMEM, ENOSYS, Errno, fail, status};
use super::heap;
use crate::memory::PAGE_BYTES;
use core::ffi::{c_int, c_void};
use core::ptr;

const PROT_EXEC: c_int = 4;
const MAP_FIXED: c_int = 0x10;
const MAP_ANONYMOUS: c_int = 0x20;

/// What a mapping cannot have been made of.
const FAILED: *mut c_void = ptr::without_provenance_mut(usize::MAX);

unsafe extern "C" {
    // Of this crate, by its name in C: `munmap` frees what `mmap64` has allocated.
    fn free(block: *mut c_void);
}

fn map(size_bytes: usize, protection: c_int, flags: c_int) -> Result<*mut c_void, Errno> {
    if size_bytes == 0 {
        return Err(EINVAL);
    }
    // Code is what the linker has placed, nothing else; and a file is read, not mapped.
    if flags & MAP_ANONYMOUS == 0 || flags & MAP_FIXED != 0 || protection & PROT_EXEC != 0 {
        return Err(ENOSYS);
    }
    let bytes = size_bytes.checked_next_multiple_of(PAGE_BYTES as usize).ok_or(ENOMEM)?;
    let block = heap::allocate(bytes, PAGE_BYTES as usize)?;
    // SAFETY: it has that many bytes.
    unsafe { block.as_ptr().write_bytes(0, bytes) };
    Ok(block.as_ptr().cast())
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn mmap64(
    _place: *mut c_void,
    size_bytes: usize,
    protection: c_int,
    flags: c_int,
    _file: c_int,
    _offset: i64,
) -> *mut c_void {
    map(size_bytes, protection, flags).unwrap_or_else(|error| {
        fail(error);
        FAILED
    })
}

/// The same, as libraries in C call it.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn mmap(
    place: *mut c_void,
    size_bytes: usize,
    protection: c_int,
    flags: c_int,
    file: c_int,
    offset: i64,
) -> *mut c_void {
    mmap64(place, size_bytes, protection, flags, file, offset)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn munmap(start: *mut c_void, _size_bytes: usize) -> c_int {
    // SAFETY: the caller's promise: it is a whole mapping.
    unsafe { free(start) };
    0
}

/// A mapping keeps its size: who wants more maps anew. C has it with a place after the flags, which is not looked at.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn mremap(_start: *mut c_void, _old_bytes: usize, _new_bytes: usize, _flags: c_int) -> *mut c_void {
    fail(ENOSYS);
    FAILED
}

/// All memory stays readable and writable.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn mprotect(_start: *mut c_void, _size_bytes: usize, protection: c_int) -> c_int {
    status(if protection & PROT_EXEC != 0 { Err(ENOSYS) } else { Ok(()) })
}

/// Advice need not be taken, but has to be known: aws-lc asks whether pages are wiped in a child that is forked, of which there are none,
/// and believes it where unknown advice is an error.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn madvise(_start: *mut c_void, _size_bytes: usize, advice: c_int) -> c_int {
    status(if matches!(advice, 0..=4 | 8..=25) { Ok(()) } else { Err(EINVAL) })
}
