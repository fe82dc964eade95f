//! Functions that are looked for by their names, in libraries of which there are none.

use super::errno::{EINVAL, fail};
use super::random;
use core::ffi::{c_char, c_void};
use core::ptr;

/// Finds a function by its name: those that programs look for because older systems lack them.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn dlsym(_library: *mut c_void, name: *const c_char) -> *const c_void {
    if name.is_null() {
        fail(EINVAL);
        return ptr::null();
    }
    // SAFETY: the caller's promise: it is a C string.
    match unsafe { super::bytes::text(name) } {
        b"getrandom" => random::function(),
        _ => ptr::null(),
    }
}
