//! Exceptions: every one is reported by name, with address and registers, and ends the machine.
//!
//! Intel SDM volume 3, section 6.15 (exception reference). Handlers run on the fault stack; nothing returns from them.

use super::descriptors;
use crate::kernel::Kernel;
use crate::report::Report;
use crate::status::Status;
use core::sync::atomic::{AtomicBool, Ordering};
use x86_64::registers::control::Cr2;

/// Names by vector, separated by `|`: a table of string slices would be four times the size.
const NAMES: &str = "divide error|debug exception|non-maskable interrupt|breakpoint|overflow|bound range exceeded|\
    invalid opcode|device not available|double fault|coprocessor segment overrun|invalid TSS|segment not present|\
    stack-segment fault|general protection fault|page fault|reserved exception|x87 floating-point error|alignment check|\
    machine check|SIMD floating-point error|virtualization exception|control protection exception";

/// Vectors with which the processor pushes an error code.
const WITH_ERROR_CODE: u32 = 1 << 8 | 0x1f << 10 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30;
const PAGE_FAULT: usize = 14;

/// One `call` for each vector; its return address tells which.
const STUB_BYTES: usize = 5;

/// What stands before each register of a report: texts of one length, in the order of the report.
const REGISTERS: &[u8] =
    b"\n  rip=   rsp=   flg=\n  rax=   rbx=   rcx=\n  rdx=   rsi=   rdi=\n  rbp=   r8 =   r9 =\n  r10=   r11=   r12=\
    \n  r13=   r14=   r15=";
const REGISTER_BYTES: usize = 7;

/// Puts the tables in force that send every exception here.
pub(crate) fn catch<K: Kernel>() {
    descriptors::load(stubs::<K> as *const () as usize, STUB_BYTES);
}

/// The stubs, then what they all call.
#[unsafe(naked)]
unsafe extern "C" fn stubs<K: Kernel>() {
    core::arch::naked_asm!(
        ".rept {exceptions}",
        "call 2f",
        ".endr",
        "2:",
        "push r15; push r14; push r13; push r12; push r11; push r10; push r9; push r8",
        "push rbp; push rdi; push rsi; push rdx; push rcx; push rbx; push rax",
        "mov rdi, rsp",
        "lea rsi, [rip + {stubs}]",
        "and rsp, -16",
        "cld",
        "call {fault}",
        exceptions = const descriptors::EXCEPTIONS,
        stubs = sym stubs::<K>,
        fault = sym fault::<K>,
    )
}

/// What the processor and the stub have pushed, from the stub's registers upward.
#[repr(C)]
struct Frame {
    registers: [u64; 15],
    stub_return: usize,
    /// Error code where the vector has one, then rip, cs, rflags, rsp, ss.
    pushed: [u64; 6],
}

unsafe extern "C" fn fault<K: Kernel>(frame: &Frame, first_stub: usize) -> ! {
    static REPORTING: AtomicBool = AtomicBool::new(false);
    // Load and store, not swap: nothing runs in between.
    if REPORTING.load(Ordering::Relaxed) {
        Report::<K>::begin().text("another fault while reporting").stop(Status::FAULT);
    }
    REPORTING.store(true, Ordering::Relaxed);
    let vector = (frame.stub_return - first_stub) / STUB_BYTES - 1;
    let [error_code, ..] = frame.pushed;
    let has_error_code = WITH_ERROR_CODE >> (vector & 31) & 1 != 0;
    let (rip, rflags, rsp) = match frame.pushed {
        [_, rip, _cs, rflags, rsp, _ss] if has_error_code => (rip, rflags, rsp),
        [rip, _cs, rflags, rsp, ..] => (rip, rflags, rsp),
    };
    let mut report = Report::<K>::begin().bytes(name(vector));
    if vector == PAGE_FAULT {
        report = report.text(": ").text(access(error_code)).hexadecimal(Cr2::read_raw(), 1);
    }
    if has_error_code {
        report = report.text(", error code ").hexadecimal(error_code, 1);
    }
    let values = [rip, rsp, rflags].into_iter().chain(frame.registers);
    for (name, value) in REGISTERS.chunks_exact(REGISTER_BYTES).zip(values) {
        report = report.bytes(name).hexadecimal(value, 16);
    }
    report.stop(Status::FAULT)
}

/// The name of a vector.
fn name(vector: usize) -> &'static [u8] {
    NAMES.as_bytes().split(|byte| *byte == b'|').nth(vector).unwrap_or(b"exception")
}

/// What a page fault's error code says was tried (Intel SDM volume 3, figure 4-12).
fn access(error_code: u64) -> &'static str {
    const PRESENT: u64 = 1 << 0;
    const WRITE: u64 = 1 << 1;
    const FETCH: u64 = 1 << 4;
    match (error_code & FETCH != 0, error_code & WRITE != 0, error_code & PRESENT != 0) {
        (true, _, false) => "executing at unmapped address ",
        (true, _, true) => "executing at no-execute address ",
        (_, true, false) => "writing to unmapped address ",
        (_, true, true) => "writing to read-only address ",
        (_, false, false) => "reading from unmapped address ",
        (_, false, true) => "reading from protected address ",
    }
}
