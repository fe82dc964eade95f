//! The unwinder: there is none, since kernels abort on a panic, and the stack is walked by the host.
//!
//! `std` refers to it all the same, for its backtraces. That the compiler sees these bodies is what keeps the symbolizer out of an
//! image: a walk that never finds a frame has nothing to name.

use core::ffi::{c_int, c_void};

/// `_URC_END_OF_STACK`.
const END_OF_STACK: c_int = 5;

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _Unwind_Backtrace(_frame: *const c_void, _argument: *mut c_void) -> c_int {
    END_OF_STACK
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _Unwind_GetIP(_context: *mut c_void) -> usize {
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _Unwind_GetIPInfo(_context: *mut c_void, _before: *mut c_int) -> usize {
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _Unwind_GetCFA(_context: *mut c_void) -> usize {
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _Unwind_GetLanguageSpecificData(_context: *mut c_void) -> *mut c_void {
    core::ptr::null_mut()
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _Unwind_GetRegionStart(_context: *mut c_void) -> usize {
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _Unwind_GetTextRelBase(_context: *mut c_void) -> usize {
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _Unwind_GetDataRelBase(_context: *mut c_void) -> usize {
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _Unwind_SetGR(_context: *mut c_void, _register: c_int, _value: usize) {}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _Unwind_SetIP(_context: *mut c_void, _value: usize) {}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _Unwind_FindEnclosingFunction(_address: *mut c_void) -> *mut c_void {
    core::ptr::null_mut()
}

/// The end of a landing pad, which nobody enters.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _Unwind_Resume(_exception: *mut c_void) -> ! {
    crate::arch::memory_functions::unreachable_code()
}

/// No shared object is loaded.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn dl_iterate_phdr(_found: *const c_void, _argument: *mut c_void) -> c_int {
    0
}
