//! Random numbers. Who asks by name links to what the declaration of `entropy` defines; without it, its name is the error.

use super::descriptors::buffer;
use super::errno::{ENOSYS, Errno, result};
use crate::entropy;
use core::ffi::{c_uint, c_void};
use core::ptr;
use spin::Once;

/// How a kernel that declares `entropy` fills a buffer.
pub type Fill = fn(&mut [u8]);

/// The one way.
pub static FILL: Fill = entropy::fill;

static DECLARED: Once<&'static Fill> = Once::new();

unsafe extern "Rust" {
    // Defined where `entropy` is declared. Its name is the link error where it is not.
    safe fn __unikernel_declare_entropy_to_use_std_random_numbers() -> &'static Fill;
}

/// Defines what `std` links to for random numbers.
#[doc(hidden)]
#[macro_export]
macro_rules! __std_entropy {
    () => {
        #[unsafe(no_mangle)]
        fn __unikernel_declare_entropy_to_use_std_random_numbers() -> &'static $crate::__private::std::Fill {
            &$crate::__private::std::FILL
        }
    };
}

/// Lets random numbers be asked for by other ways than the function of C.
pub fn attach(fill: &'static Fill) {
    DECLARED.call_once(|| fill);
}

/// How it fills a buffer, where it does.
pub(super) fn declared() -> Option<&'static Fill> {
    DECLARED.get().copied()
}

/// The system call.
///
/// # Safety
/// `to` is valid for writes of `count` bytes.
pub(super) unsafe fn get(to: *mut c_void, count: usize) -> Result<usize, Errno> {
    let fill = declared().ok_or(ENOSYS)?;
    // SAFETY: the caller's promise; it is zeroed before it is called a slice of bytes.
    let bytes = unsafe {
        if !to.is_null() {
            to.write_bytes(0, count);
        }
        buffer(to, count)?
    };
    fill(bytes);
    Ok(count)
}

/// The function of that name, where `entropy` is declared.
pub(super) fn function() -> *const c_void {
    match declared() {
        Some(_) => by_hook as unsafe extern "C" fn(*mut c_void, usize, c_uint) -> isize as *const c_void,
        None => ptr::null(),
    }
}

/// As `getrandom`, for who has found it by name: it is no link error where `entropy` is missing.
unsafe extern "C" fn by_hook(to: *mut c_void, count: usize, _flags: c_uint) -> isize {
    // SAFETY: the caller's promise.
    result(unsafe { get(to, count) })
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn getrandom(to: *mut c_void, count: usize, flags: c_uint) -> isize {
    let _fill = __unikernel_declare_entropy_to_use_std_random_numbers();
    // SAFETY: the caller's promise.
    unsafe { by_hook(to, count, flags) }
}
