//! Bytes, beyond what every kernel has.

use core::ffi::{c_char, c_int, c_void};

#[cfg_attr(unikernel, unsafe(no_mangle))]
pub(super) unsafe extern "C" fn strnlen(text: *const c_char, most: usize) -> usize {
    let mut length = 0;
    // SAFETY: the caller's promise. Volatile, lest the loop is recognised as a call of `strnlen`.
    while length < most && unsafe { text.add(length).read_volatile() } != 0 {
        length += 1;
    }
    length
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn memchr(bytes: *const c_void, byte: c_int, count: usize) -> *mut c_void {
    let mut at = bytes.cast::<u8>();
    for _ in 0..count {
        // SAFETY: the caller's promise. Volatile, as above.
        unsafe {
            if at.read_volatile() == byte as u8 {
                return at.cast_mut().cast();
            }
            at = at.add(1);
        }
    }
    core::ptr::null_mut()
}

/// The C string at `text` as bytes, without its end.
///
/// # Safety
/// It ends with a zero byte, and outlives what is made of it, unchanged.
pub(super) unsafe fn text<'a>(text: *const c_char) -> &'a [u8] {
    let mut length = 0;
    // SAFETY: the caller's promise. Volatile, lest it becomes a call of `strlen` for a text of a few bytes.
    while unsafe { text.add(length).read_volatile() } != 0 {
        length += 1;
    }
    // SAFETY: all of these have just been read.
    unsafe { core::slice::from_raw_parts(text.cast(), length) }
}
