//! `getrandom` and what else the crate of that name, versions 0.2 to 0.4, links to on a host of this target.
//!
//! They ask for `getrandom` by name or by system call, which is what they get here; their ways around a system without it, by files,
//! all fail, and are never gone. A kernel that does not use the crate has none of this.

use crate::entropy;
use core::slice;

/// The system call of that name on this target.
const GETRANDOM: i64 = 318;

/// Fills `count` bytes at `to` with random ones; how many that were, which is all.
///
/// # Safety
/// `to` is valid for writes of `count` bytes.
pub unsafe fn get(to: *mut u8, count: usize) -> isize {
    if count != 0 {
        // SAFETY: the caller's promise; it is zeroed before it is called a slice of bytes.
        entropy::fill(unsafe {
            to.write_bytes(0, count);
            slice::from_raw_parts_mut(to, count)
        });
    }
    count as isize
}

/// The one system call that there is.
///
/// # Safety
/// As [`get`] where the call is that.
pub unsafe fn call(number: i64, to: *mut u8, count: usize) -> Option<isize> {
    // SAFETY: the caller's promise.
    (number == GETRANDOM).then(|| unsafe { get(to, count) })
}

/// Whether a name is that of the function which there is.
///
/// # Safety
/// `name` ends with a zero byte.
pub unsafe fn is_known(name: *const u8) -> bool {
    // SAFETY: the caller's promise: of two texts that are the same up to here, one that ends does so for both.
    c"getrandom".to_bytes_with_nul().iter().enumerate().all(|(index, byte)| unsafe { name.add(index).read() } == *byte)
}

/// Emitted where `entropy` is declared: the names that the crate links to.
#[doc(hidden)]
#[macro_export]
macro_rules! __entropy {
    () => {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn getrandom(to: *mut u8, count: usize, _flags: u32) -> isize {
            // SAFETY: the caller's promise.
            unsafe { $crate::__private::random_functions::get(to, count) }
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn dlsym(_library: *mut u8, name: *const u8) -> *const () {
            // SAFETY: the caller's promise.
            if unsafe { $crate::__private::random_functions::is_known(name) } {
                getrandom as unsafe extern "C" fn(*mut u8, usize, u32) -> isize as *const ()
            } else {
                ::core::ptr::null()
            }
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn syscall(number: i64, to: *mut u8, count: usize, _flags: u32) -> i64 {
            // SAFETY: the caller's promise.
            unsafe { $crate::__private::random_functions::call(number, to, count) }.map_or(-1, |count| count as i64)
        }

        /// "Not implemented": nothing else ever fails here.
        #[unsafe(no_mangle)]
        extern "C" fn __errno_location() -> *const i32 {
            static ERRNO: i32 = 38;
            &raw const ERRNO
        }

        #[unsafe(no_mangle)]
        extern "C" fn open(_path: *const u8, _flags: i32) -> i32 {
            -1
        }

        #[unsafe(no_mangle)]
        extern "C" fn read(_file: i32, _to: *mut u8, _count: usize) -> isize {
            -1
        }

        #[unsafe(no_mangle)]
        extern "C" fn poll(_files: *mut u8, _count: u64, _timeout: i32) -> i32 {
            -1
        }

        #[unsafe(no_mangle)]
        extern "C" fn close(_file: i32) -> i32 {
            -1
        }

        #[unsafe(no_mangle)]
        extern "C" fn pthread_mutex_lock(_mutex: *mut u8) -> i32 {
            0
        }

        #[unsafe(no_mangle)]
        extern "C" fn pthread_mutex_unlock(_mutex: *mut u8) -> i32 {
            0
        }
    };
}

#[cfg(test)]
mod tests {
    use super::is_known;

    #[test]
    fn one_name_is_known() {
        for (name, known) in
            [(c"getrandom", true), (c"", false), (c"getrando", false), (c"getrandoms", false), (c"Getrandom", false)]
        {
            // SAFETY: it is a C string.
            assert_eq!(unsafe { is_known(name.as_ptr().cast()) }, known, "{name:?}");
        }
    }
}
