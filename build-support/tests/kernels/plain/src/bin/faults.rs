//! Crashes in the way that its argument selects: each ends with a report and status 101 or 102.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "it causes faults")]

use core::arch::asm;
use core::fmt;
use core::hint::black_box;
use unikernel_rt::prelude::*;

static CONSTANT: [u8; 4] = *b"text";
static mut DATA: [u8; 16] = [0xc3; 16]; // `ret`

unsafe extern "C" {
    static __fault_stack_bottom: u8;
}

#[unikernel(console, args(how, bytes = 0))]
fn main(how: &'static str, bytes: u16) {
    println!("about to: {how}");
    // SAFETY: none of this is sound. It is what the page tables must stop.
    unsafe {
        match how {
            "null" => write_to(8),
            "unmapped" => write_to(0x7000_0000),
            "read" => _ = black_box(0x7000_0000 as *const u64).read_volatile(),
            "code" => black_box(main as *const () as *mut u8).write_volatile(0),
            "constant" => black_box(CONSTANT.as_ptr().cast_mut()).write_volatile(0),
            "data" => call((&raw const DATA).cast()),
            "stack" => {
                let code = black_box([0xc3_u8; 16]);
                call(code.as_ptr());
            }
            "call" => call(black_box(core::ptr::null())),
            "overflow" => println!("{}", overflow(1)),
            "opcode" => asm!("ud2"),
            "division" => asm!("xor edx, edx", "xor ecx, ecx", "div ecx", out("eax") _, out("ecx") _, out("edx") _),
            "interrupt" => asm!("int 0x70"),
            "noncanonical" => _ = black_box(0x8000_0000_0000_0000_usize as *const u64).read_volatile(),
            "jump" => call(0x8000_0000_0000_0000_usize as *const u8),
            "pointer" => asm!("mov rsp, {}", "push rax", in(reg) 0x1234_5678_9abc_def1_u64, options(noreturn)),
            "double" => double_fault(),
            "handler" => overflow_in_handler(bytes),
            "panicking" => panic!("{}", Panics),
            "panicking-fault" => panic!("{}", Faults),
            "unwrap" => look(black_box(None)),
            "hang" => hang(),
            _ => println!("unknown"),
        }
    }
    println!("not stopped");
}

#[inline(never)]
fn write_to(address: usize) {
    // SAFETY: as in `main`.
    unsafe { black_box(address as *mut u64).write_volatile(1) };
    black_box(address); // so that this is no jump to elsewhere
}

#[inline(never)]
unsafe fn call(code: *const u8) {
    // SAFETY: as in `main`.
    unsafe { core::mem::transmute::<*const u8, extern "C" fn()>(black_box(code))() };
    black_box(code);
}

/// Needs more stack than there is.
#[allow(unconditional_recursion)]
fn overflow(depth: u64) -> u64 {
    let local = black_box([depth; 64]);
    overflow(depth + 1) + local[0]
}

/// Loops for ever.
#[inline(never)]
fn hang() -> ! {
    println!("hanging");
    loop {
        core::hint::spin_loop();
    }
}

/// Panics in the library, where it was called from.
#[inline(never)]
fn look(found: Option<&str>) {
    println!("{}", found.unwrap());
}

struct Panics;

impl fmt::Display for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("in the message of a panic");
    }
}

struct Faults;

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("begun")?;
        write_to(16);
        Ok(())
    }
}

/// The gates of the processor's exceptions, of two words each.
fn gates() -> *mut [u64; 2] {
    #[repr(C, packed)]
    struct Pointer {
        limit: u16,
        base: u64,
    }
    let mut pointer = Pointer { limit: 0, base: 0 };
    // SAFETY: it stores ten bytes.
    unsafe { asm!("sidt [{}]", in(reg) &raw mut pointer) };
    pointer.base as *mut [u64; 2]
}

const PAGE_FAULT: usize = 14;

/// Takes the gate of page faults away: delivering one is a fault then, and both together a double fault.
#[inline(never)]
unsafe fn double_fault() {
    const PRESENT: u64 = 1 << 47;
    // SAFETY: as in `main`.
    let gate = unsafe { &mut (*gates().add(PAGE_FAULT))[0] };
    *gate &= !PRESENT;
    write_to(8);
    black_box(gate); // so that the call is no jump
}

/// Enters the handler of page faults as the processor does, but with few bytes of stack left for it.
unsafe fn overflow_in_handler(bytes: u16) -> ! {
    // SAFETY: as in `main`.
    unsafe {
        let [low, high] = *gates().add(PAGE_FAULT);
        let handler = low & 0xffff | low >> 32 & 0xffff_0000 | high << 32;
        let stack = &raw const __fault_stack_bottom as u64 + u64::from(bytes);
        asm!(
            "mov rsp, {stack}",
            "push 0; push 0; push 2; push 8; push 0; push 2", // ss, rsp, flags, cs, rip, error code
            "jmp {handler}",
            stack = in(reg) stack,
            handler = in(reg) handler,
            options(noreturn),
        )
    }
}
