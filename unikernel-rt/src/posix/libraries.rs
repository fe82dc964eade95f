//! Libraries that a program would load: there are none.

use super::errno::{EINVAL, fail};
use super::random;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};

/// Whether a library was asked for since `dlerror` was.
static HAS_FAILED: AtomicBool = AtomicBool::new(false);

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn dlopen(_path: *const c_char, _flags: c_int) -> *mut c_void {
    HAS_FAILED.store(true, Ordering::Relaxed);
    ptr::null_mut()
}

/// Nobody has one.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn dlclose(_library: *mut c_void) -> c_int {
    HAS_FAILED.store(true, Ordering::Relaxed);
    -1
}

/// Why the last one was refused, once.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn dlerror() -> *const c_char {
    if HAS_FAILED.swap(false, Ordering::Relaxed) {
        c"a unikernel has what is linked into it: no library can be loaded".as_ptr()
    } else {
        ptr::null()
    }
}

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
