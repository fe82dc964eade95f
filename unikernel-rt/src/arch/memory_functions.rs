//! `memcpy` and its family, which the prebuilt `core` refers to and only a kernel may define.
//!
//! Written in assembly: loops would be compiled into calls of the very functions that they define. 16 bytes at a time, since most
//! copies are of some ten to some thousand bytes, for which string instructions take long to begin, and long under emulation.

use core::arch::asm;

/// Copies `count` bytes upward.
///
/// # Safety
/// As C's `memcpy`; the ranges may overlap where `to` is below `from`.
#[inline(always)]
pub unsafe fn copy(to: *mut u8, from: *const u8, count: usize) {
    // SAFETY: the caller's promise; the direction flag is clear by the ABI.
    unsafe {
        asm!(
            "sub rcx, 16",
            "jb 4f",
            // The last 16 bytes come last, but are read first: the others may overwrite them.
            "movups xmm0, [rsi + rcx]",
            "xor eax, eax",
            "sub rcx, 64",
            "jb 3f",
            "2:",
            "movups xmm1, [rsi + rax]",
            "movups xmm2, [rsi + rax + 16]",
            "movups xmm3, [rsi + rax + 32]",
            "movups xmm4, [rsi + rax + 48]",
            "movups [rdi + rax], xmm1",
            "movups [rdi + rax + 16], xmm2",
            "movups [rdi + rax + 32], xmm3",
            "movups [rdi + rax + 48], xmm4",
            "add rax, 64",
            "cmp rax, rcx",
            "jbe 2b",
            "3:",
            "add rcx, 64",
            "5:",
            "cmp rax, rcx",
            "jae 6f",
            "movups xmm1, [rsi + rax]",
            "movups [rdi + rax], xmm1",
            "add rax, 16",
            "jmp 5b",
            "6:",
            "movups [rdi + rcx], xmm0",
            "jmp 7f",
            "4:",
            "add rcx, 16",
            "rep movsb",
            "7:",
            inout("rcx") count => _, inout("rdi") to => _, inout("rsi") from => _, out("rax") _,
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _, out("xmm4") _,
            options(nostack)
        );
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
        asm!(
            "sub rcx, 16",
            "jb 4f",
            "movzx eax, al",
            "movd xmm0, eax",
            "punpcklbw xmm0, xmm0",
            "pshuflw xmm0, xmm0, 0",
            "punpcklqdq xmm0, xmm0",
            "movups [rdi + rcx], xmm0",
            "add rcx, rdi",
            "2:",
            "cmp rdi, rcx",
            "jae 7f",
            "movups [rdi], xmm0",
            "add rdi, 16",
            "jmp 2b",
            "4:",
            "add rcx, 16",
            "rep stosb",
            "7:",
            inout("rcx") count => _, inout("rdi") to => _, inout("eax") u32::from(value) => _, out("xmm0") _,
            options(nostack)
        );
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

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{copy, copy_overlapping, set};
    use std::vec::Vec;

    const LENGTHS: usize = 200;

    fn pattern() -> Vec<u8> {
        (0..LENGTHS + 100).map(|index| (index * 7 % 251) as u8).collect()
    }

    #[test]
    fn every_length_is_copied_and_nothing_beside_it() {
        let from = pattern();
        for count in 0..LENGTHS {
            for shift in [0, 1, 9, 16] {
                let mut to = std::vec![0xee; from.len()];
                // SAFETY: both have 100 bytes more than are copied.
                unsafe { copy(to.as_mut_ptr().add(shift), from.as_ptr().add(3), count) };
                assert_eq!(to[shift..shift + count], from[3..3 + count], "{count}");
                let beside = to[..shift].iter().chain(&to[shift + count..]);
                assert!(beside.copied().all(|byte| byte == 0xee), "{count}");
            }
        }
    }

    #[test]
    fn ranges_may_overlap_both_ways() {
        for count in 0..LENGTHS {
            for (from, to) in [(1, 0), (8, 0), (17, 0), (70, 0), (0, 1), (0, 15), (0, 40), (5, 5)] {
                let (mut bytes, mut expected) = (pattern(), pattern());
                expected.copy_within(from..from + count, to);
                let start = bytes.as_mut_ptr();
                // SAFETY: it has 100 bytes more than are copied.
                unsafe { copy_overlapping(start.add(to), start.add(from), count) };
                assert_eq!(bytes, expected, "{count} from {from} to {to}");
            }
        }
    }

    #[test]
    fn every_length_is_set_and_nothing_beside_it() {
        for count in 0..LENGTHS {
            let (mut bytes, mut expected) = (pattern(), pattern());
            expected[5..5 + count].fill(0xa5);
            // SAFETY: it has 100 bytes more than are set.
            unsafe { set(bytes.as_mut_ptr().add(5), 0xa5, count) };
            assert_eq!(bytes, expected, "{count}");
        }
    }
}
