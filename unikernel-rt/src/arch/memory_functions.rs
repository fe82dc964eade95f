//! `memcpy` and its family, which the prebuilt `core` refers to and only a kernel may define.
//!
//! Written with string instructions: loops would be compiled into calls of the very functions that they define.

use core::arch::asm;

/// Copies `count` bytes upward.
///
/// # Safety
/// As C's `memcpy`; the ranges may overlap where `to` is below `from`.
#[inline(always)]
pub unsafe fn copy(to: *mut u8, from: *const u8, count: usize) {
    // SAFETY: the caller's promise; the direction flag is clear by the ABI.
    unsafe {
        asm!("rep movsb", inout("rcx") count => _, inout("rdi") to => _, inout("rsi") from => _, options(nostack, preserves_flags));
    }
}

/// Copies `count` bytes, overlapping as they like.
///
/// # Safety
/// As C's `memmove`.
#[inline(always)]
pub unsafe fn copy_overlapping(to: *mut u8, from: *const u8, count: usize) {
    if (to as usize).wrapping_sub(from as usize) >= count {
        // SAFETY: the destination does not begin inside the source, so that going upward reads before it overwrites.
        return unsafe { copy(to, from, count) };
    }
    // SAFETY: the caller's promise; the direction flag is restored.
    unsafe {
        asm!(
            "std",
            "rep movsb",
            "cld",
            inout("rcx") count => _,
            inout("rdi") to.wrapping_add(count).wrapping_sub(1) => _,
            inout("rsi") from.wrapping_add(count).wrapping_sub(1) => _,
            options(nostack)
        );
    }
}

/// Sets `count` bytes.
///
/// # Safety
/// As C's `memset`.
#[inline(always)]
pub unsafe fn set(to: *mut u8, value: u8, count: usize) {
    // SAFETY: the caller's promise; the direction flag is clear by the ABI.
    unsafe {
        asm!("rep stosb", inout("rcx") count => _, inout("rdi") to => _, in("al") value, options(nostack, preserves_flags));
    }
}

/// Compares `count` bytes; negative, zero or positive as the first difference.
///
/// # Safety
/// As C's `memcmp`.
#[inline(always)]
pub unsafe fn compare(left: *const u8, right: *const u8, count: usize) -> i32 {
    for index in 0..count {
        // SAFETY: the caller's promise.
        let (left, right) = unsafe { (left.add(index).read(), right.add(index).read()) };
        if left != right {
            return i32::from(left) - i32::from(right);
        }
    }
    0
}

/// The length of a string that ends with a zero byte.
///
/// # Safety
/// As C's `strlen`.
#[inline(always)]
pub unsafe fn length(text: *const u8) -> usize {
    let mut length = 0;
    // SAFETY: the caller's promise. Volatile, lest the loop is recognised as a call of `strlen`.
    while unsafe { text.add(length).read_volatile() } != 0 {
        length += 1;
    }
    length
}

/// Defines the functions under the names that compiled code calls.
#[doc(hidden)]
#[macro_export]
macro_rules! __memory_functions {
    () => {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
            // SAFETY: the caller's promise.
            unsafe { $crate::__private::memory_functions::copy(to, from, count) };
            to
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
            // SAFETY: the caller's promise.
            unsafe { $crate::__private::memory_functions::copy_overlapping(to, from, count) };
            to
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn memset(to: *mut u8, value: i32, count: usize) -> *mut u8 {
            // SAFETY: the caller's promise.
            unsafe { $crate::__private::memory_functions::set(to, value as u8, count) };
            to
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
            // SAFETY: the caller's promise.
            unsafe { $crate::__private::memory_functions::compare(left, right, count) }
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
            // SAFETY: the caller's promise.
            unsafe { $crate::__private::memory_functions::compare(left, right, count) }
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn strlen(text: *const u8) -> usize {
            // SAFETY: the caller's promise.
            unsafe { $crate::__private::memory_functions::length(text) }
        }

        /// The prebuilt `core` names it; with `panic = "abort"` nobody calls it.
        #[unsafe(no_mangle)]
        extern "C" fn rust_eh_personality() {}
    };
}
