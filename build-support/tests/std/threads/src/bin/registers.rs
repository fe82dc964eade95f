//! Values in the registers of AVX stay what they are, over the first touch of a stack's page and beside other threads.

use std::arch::asm;
use std::arch::x86_64::{_mm256_add_epi32, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_storeu_si256};
use std::thread;

use unikernel_rt::unikernel;

/// Loads a register, touches a page of the stack that nobody has touched, and stores the register.
///
/// # Safety
/// The processor has AVX, and the stack has 64 KiB left.
unsafe fn over_a_page_fault(pattern: [u64; 4]) -> [u64; 4] {
    let mut stored = [0; 4];
    // SAFETY: what the caller promises; the touched word is below the stack pointer and the red zone, and nobody's.
    unsafe {
        asm!(
            "vmovdqu ymm3, [{pattern}]",
            "mov qword ptr [rsp - 61440], 1",
            "vmovdqu [{stored}], ymm3",
            pattern = in(reg) &pattern, stored = in(reg) &mut stored, out("ymm3") _,
        );
    }
    stored
}

/// A sum that is kept in a register while others run.
#[target_feature(enable = "avx2")]
fn sum(step: i32) -> i32 {
    let mut sum = _mm256_setzero_si256();
    for _ in 0..1_000 {
        sum = _mm256_add_epi32(sum, _mm256_set1_epi32(step));
        thread::yield_now();
    }
    let mut parts = [0_i32; 8];
    // SAFETY: it has room for 256 bits.
    unsafe { _mm256_storeu_si256(parts.as_mut_ptr().cast(), sum) };
    parts.iter().sum()
}

#[unikernel(std, console, clock)]
fn main() {
    if !std::is_x86_feature_detected!("avx2") {
        println!("no AVX2");
        return;
    }
    let pattern = [1, u64::MAX, 0x0123_4567_89ab_cdef, 1 << 63];
    // SAFETY: it has AVX, and a new thread has 2 MiB of stack.
    let stored = thread::spawn(move || unsafe { over_a_page_fault(pattern) }).join().expect("it does not panic");
    println!("kept {}", stored == pattern);
    // SAFETY: it has AVX2.
    let threads: Vec<_> = (1..=4).map(|step| thread::spawn(move || unsafe { sum(step) })).collect();
    let sums: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect();
    println!("{sums:?}");
}
