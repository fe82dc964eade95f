//! Functions of C as a compiler calls them that checks the room there is (`_FORTIFY_SOURCE`, which some systems have by default).

use super::start;
use core::ffi::{c_int, c_void};
use core::ptr;

/// Ends the machine where more bytes are written than there is room for.
pub(super) fn check(count: usize, room: usize) {
    if count > room {
        start::abort();
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn __memcpy_chk(to: *mut c_void, from: *const c_void, count: usize, room: usize) -> *mut c_void {
    check(count, room);
    // SAFETY: the caller's promise.
    unsafe { ptr::copy_nonoverlapping(from.cast::<u8>(), to.cast(), count) };
    to
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn __memmove_chk(to: *mut c_void, from: *const c_void, count: usize, room: usize) -> *mut c_void {
    check(count, room);
    // SAFETY: the caller's promise.
    unsafe { ptr::copy(from.cast::<u8>(), to.cast(), count) };
    to
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn __memset_chk(to: *mut c_void, byte: c_int, count: usize, room: usize) -> *mut c_void {
    check(count, room);
    // SAFETY: the caller's promise.
    unsafe { ptr::write_bytes(to.cast::<u8>(), byte as u8, count) };
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_done_and_gives_the_place() {
        let mut bytes = *b"abcdef";
        let to = bytes.as_mut_ptr().cast();
        // SAFETY: all of it is in `bytes`, or of four bytes elsewhere.
        unsafe {
            assert_eq!(__memcpy_chk(to, b"wxyz".as_ptr().cast(), 4, 6), to);
            assert_eq!(__memmove_chk(to.byte_add(1), to, 5, 5), to.byte_add(1));
            assert_eq!(__memset_chk(to, c_int::from(b'-'), 1, 6), to);
        }
        assert_eq!(&bytes, b"-wxyze");
    }
}
