//! Does what a kernel must not, as its argument says: each way ends in a report and status 102.
#![no_std]
#![no_main]

use core::arch::asm;
use core::hint::black_box;
use unikernel_rt::prelude::*;

static CONSTANT: [u8; 4] = *b"text";
static mut DATA: [u8; 16] = [0xc3; 16]; // `ret`

#[unikernel(console, args(how))]
fn main(how: &'static str) {
    println!("about to: {how}");
    // SAFETY: none of this is sound. It is what the page tables must stop.
    unsafe {
        match how {
            "null" => black_box(core::ptr::without_provenance_mut::<u64>(8)).write_volatile(1),
            "unmapped" => black_box(0x7000_0000 as *mut u64).write_volatile(1),
            "read" => _ = black_box(0x7000_0000 as *const u64).read_volatile(),
            "code" => black_box(main as *const () as *mut u8).write_volatile(0),
            "constant" => black_box(CONSTANT.as_ptr().cast_mut()).write_volatile(0),
            "data" => core::mem::transmute::<*const u8, extern "C" fn()>(black_box((&raw const DATA).cast()))(),
            "stack" => {
                let code = black_box([0xc3_u8; 16]);
                core::mem::transmute::<*const u8, extern "C" fn()>(code.as_ptr())();
            }
            "overflow" => println!("{}", overflow(1)),
            "opcode" => asm!("ud2"),
            "division" => asm!("xor edx, edx", "xor ecx, ecx", "div ecx", out("eax") _, out("ecx") _, out("edx") _),
            "interrupt" => asm!("int 0x70"),
            _ => println!("unknown"),
        }
    }
    println!("not stopped");
}

/// Needs more stack than there is.
#[allow(unconditional_recursion)]
fn overflow(depth: u64) -> u64 {
    let local = black_box([depth; 64]);
    overflow(depth + 1) + local[0]
}
