//! Symbols that the prebuilt `core` and `alloc` need from a kernel: `memcpy` and its family, and the unwinder's symbols.
//!
//! `build-support/tests/suite/toolchain.rs` reads the undefined symbols of the prebuilt libraries and checks that each is here.
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
            "cmp rcx, 16",
            "jb 4f",
            // The last 16 bytes come last, but are read first: the others may overwrite them.
            "movups xmm0, [rsi + rcx - 16]",
            "lea rax, [rdi + rcx - 16]",
            // From here on relative to the ends: what is added to the index tells when it is there.
            "add rsi, rcx",
            "add rdi, rcx",
            "neg rcx",
            "add rcx, 64",
            "jg 3f",
            "2:",
            "movups xmm1, [rsi + rcx - 64]",
            "movups xmm2, [rsi + rcx - 48]",
            "movups xmm3, [rsi + rcx - 32]",
            "movups xmm4, [rsi + rcx - 16]",
            "movups [rdi + rcx - 64], xmm1",
            "movups [rdi + rcx - 48], xmm2",
            "movups [rdi + rcx - 32], xmm3",
            "movups [rdi + rcx - 16], xmm4",
            "add rcx, 64",
            "jle 2b",
            "3:",
            "sub rcx, 48",
            "jge 6f",
            "5:",
            "movups xmm1, [rsi + rcx - 16]",
            "movups [rdi + rcx - 16], xmm1",
            "add rcx, 16",
            "jl 5b",
            "6:",
            "movups [rax], xmm0",
            "jmp 9f",
            // The first and the last eight bytes overlap where there are fewer.
            "4:",
            "cmp ecx, 8",
            "jb 7f",
            "mov rax, [rsi]",
            "mov rsi, [rsi + rcx - 8]",
            "mov [rdi], rax",
            "mov [rdi + rcx - 8], rsi",
            "jmp 9f",
            "7:",
            "rep movsb",
            "9:",
            inout("rcx") count => _, inout("rdi") to => _, inout("rsi") from => _, out("rax") _,
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _, out("xmm4") _,
            options(nostack)
        );
    }
}

/// Whether ranges of `count` bytes overlap such that [`copy`] would overwrite what it has not read.
#[inline(always)]
pub fn is_in_the_way(to: *mut u8, from: *const u8, count: usize) -> bool {
    (to as usize).wrapping_sub(from as usize) < count
}

/// Copies `count` bytes downward.
///
/// # Safety
/// As C's `memmove`; the ranges may overlap where `to` is above `from`.
#[inline(always)]
pub unsafe fn copy_downward(to: *mut u8, from: *const u8, count: usize) {
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
            "cmp rcx, 16",
            "jb 4f",
            "movzx eax, al",
            "movd xmm0, eax",
            "punpcklbw xmm0, xmm0",
            "pshuflw xmm0, xmm0, 0",
            "punpcklqdq xmm0, xmm0",
            "movups [rdi + rcx - 16], xmm0",
            "add rdi, rcx",
            "neg rcx",
            "add rcx, 64",
            "jg 3f",
            "2:",
            "movups [rdi + rcx - 64], xmm0",
            "movups [rdi + rcx - 48], xmm0",
            "movups [rdi + rcx - 32], xmm0",
            "movups [rdi + rcx - 16], xmm0",
            "add rcx, 64",
            "jle 2b",
            "3:",
            "sub rcx, 48",
            "jge 7f",
            "5:",
            "movups [rdi + rcx - 16], xmm0",
            "add rcx, 16",
            "jl 5b",
            "jmp 7f",
            "4:",
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
    let Some(last) = count.checked_sub(4) else {
        for place in 0..count {
            // SAFETY: the caller's promise.
            let (left, right) = unsafe { (left.add(place).read(), right.add(place).read()) };
            if left != right {
                return i32::from(left) - i32::from(right);
            }
        }
        return 0;
    };
    // Four at a time; the last four may overlap those before, which are equal then.
    let mut place = 0;
    loop {
        // SAFETY: the caller's promise: there are four.
        let four = |bytes: *const u8| u32::from_be(unsafe { bytes.add(place).cast::<u32>().read_unaligned() });
        let (left, right) = (four(left), four(right));
        if left != right {
            return if left < right { -1 } else { 1 };
        }
        if place == last {
            return 0;
        }
        place = last.min(place + 4);
    }
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

/// Stops with the report of an invalid opcode.
#[inline(always)]
pub fn unreachable_code() -> ! {
    // SAFETY: it does not return, and touches nothing.
    unsafe { asm!("ud2", options(noreturn, nomem, nostack)) }
}

/// Defines the functions under the names that compiled code calls.
#[doc(hidden)]
#[macro_export]
macro_rules! __memory_functions {
    () => {
        $crate::__bytes_functions!();

        /// The prebuilt `core` and `alloc` name it in their unwind tables; only an unwinder would call it.
        #[unsafe(no_mangle)]
        extern "C" fn rust_eh_personality() {}

        /// Where a landing pad of the prebuilt `alloc` ends. Only an unwinder enters one, and with `panic = "abort"` there is none.
        #[unsafe(no_mangle)]
        extern "C" fn _Unwind_Resume() -> ! {
            $crate::__private::memory_functions::unreachable_code()
        }
    };
}

/// Those on bytes, which beside `std` are all.
#[doc(hidden)]
#[macro_export]
macro_rules! __bytes_functions {
    () => {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
            // SAFETY: the caller's promise.
            unsafe { $crate::__private::memory_functions::copy(to, from, count) };
            to
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
            if !$crate::__private::memory_functions::is_in_the_way(to, from, count) {
                // SAFETY: the caller's promise; going upward reads before it overwrites.
                return unsafe { memcpy(to, from, count) };
            }
            // SAFETY: the caller's promise; the destination begins inside the source.
            unsafe { $crate::__private::memory_functions::copy_downward(to, from, count) };
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
            unsafe { memcmp(left, right, count) }
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn strlen(text: *const u8) -> usize {
            // SAFETY: the caller's promise.
            unsafe { $crate::__private::memory_functions::length(text) }
        }
    };
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{compare, copy, copy_downward, is_in_the_way, set};
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
                unsafe {
                    let (to, from) = (start.add(to), start.add(from));
                    if is_in_the_way(to, from, count) {
                        copy_downward(to, from, count);
                    } else {
                        copy(to, from, count);
                    }
                }
                assert_eq!(bytes, expected, "{count} from {from} to {to}");
            }
        }
    }

    #[test]
    fn the_first_difference_decides() {
        let left = pattern();
        for count in 0..40 {
            // SAFETY: both are longer.
            assert_eq!(unsafe { compare(left.as_ptr(), left.as_ptr(), count) }, 0);
            for place in 0..40 {
                let mut right = left.clone();
                right[place] ^= 0x80;
                right[place + 1] ^= 0x7f;
                let expected = left[..count].cmp(&right[..count]) as i32;
                // SAFETY: both are longer.
                let difference = unsafe { compare(left.as_ptr(), right.as_ptr(), count) };
                assert_eq!(difference.signum(), expected, "{count}, {place}");
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
