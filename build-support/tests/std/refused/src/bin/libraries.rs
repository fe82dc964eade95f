//! Loads a library.

use std::ffi::{c_char, c_int, c_void};

use unikernel_rt::unikernel;

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
}

#[unikernel(std, console)]
fn main() {
    // SAFETY: it is a C string.
    println!("{}", unsafe { dlopen(c"libm.so.6".as_ptr(), 1) }.is_null());
}
