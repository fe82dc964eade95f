//! Exceptions: every one is reported by name, with address and registers, and ends the machine.
//!
//! Intel SDM volume 3, section 6.15 (exception reference). Handlers run on the fault stack; nothing returns from them.

use super::descriptors;
use crate::kernel::Kernel;
use crate::report::Report;
use crate::status::Status;
use x86_64::registers::control::Cr2;

/// Names by vector, a byte with the length before each: a table of string slices would be four times the size.
static NAMES: [u8; MARKED_NAMES.len()] = with_lengths(*MARKED_NAMES);
const MARKED_NAMES: &[u8; 412] = b"|divide error|debug exception|non-maskable interrupt|breakpoint|overflow|bound range exceeded|\
    invalid opcode|device not available|double fault|coprocessor segment overrun|invalid TSS|segment not present|\
    stack-segment fault|general protection fault|page fault|reserved exception|x87 floating-point error|alignment check|\
    machine check|SIMD floating-point error|virtualization exception|control protection exception";

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
///
/// The processor aligns the fault stack to 16 bytes before it pushes five words, or six with an error code: so the alignment
/// tells which, and where there is none the stub's return address is pushed twice to stand for it. The unwind table says where
/// the registers of the interrupted code are, so that a debugger goes on there.
#[unsafe(naked)]
unsafe extern "C" fn stubs<K: Kernel>() {
    core::arch::naked_asm!(
        ".rept {exceptions}",
        "call 2f",
        ".endr",
        ".cfi_startproc simple",
        ".cfi_signal_frame",
        "2:",
        "test spl, 8",
        "jnz 3f",
        "push qword ptr [rsp]",
        "3:",
        "push r15; push r14; push r13; push r12; push r11; push r10; push r9; push r8",
        "push rbp; push rdi; push rsi; push rdx; push rcx; push rbx; push rax",
        ".cfi_def_cfa rsp, {to_rip}",
        ".cfi_offset rip, 0; .cfi_offset rsp, 24",
        ".cfi_offset rax, -136; .cfi_offset rbx, -128; .cfi_offset rcx, -120; .cfi_offset rdx, -112; .cfi_offset rsi, -104",
        ".cfi_offset rdi, -96; .cfi_offset rbp, -88; .cfi_offset r8, -80; .cfi_offset r9, -72; .cfi_offset r10, -64",
        ".cfi_offset r11, -56; .cfi_offset r12, -48; .cfi_offset r13, -40; .cfi_offset r14, -32; .cfi_offset r15, -24",
        "mov rdi, rsp",
        "lea rsi, [rip + {stubs}]",
        "cld",
        "call {fault}",
        "int3", // never executed: the return address is to lie in this function
        ".cfi_endproc",
        exceptions = const descriptors::EXCEPTIONS,
        to_rip = const core::mem::offset_of!(Frame, rip),
        stubs = sym stubs::<K>,
        fault = sym fault::<K>,
    )
}

/// What the processor and the stub have pushed, from the stub's registers upward.
#[repr(C)]
struct Frame {
    registers: [u64; 15],
    stub_return: usize,
    /// Where the vector has none, `stub_return` once more.
    error_code: u64,
    rip: u64,
    _cs: u64,
    rflags: u64,
    rsp: u64,
    _ss: u64,
}

unsafe extern "C" fn fault<K: Kernel>(frame: &Frame, first_stub: usize) -> ! {
    let vector = (frame.stub_return - first_stub) / STUB_BYTES - 1;
    let Frame { error_code, rip, rflags, rsp, .. } = *frame;
    let has_error_code = error_code != frame.stub_return as u64;
    let mut report = Report::<K>::crash(Status::FAULT, rip).bytes(name(vector));
    if vector == PAGE_FAULT {
        report = report.text(": ").text(access(error_code)).hexadecimal(Cr2::read_raw(), 1);
    }
    if has_error_code {
        report = report.text(", error code ").hexadecimal(error_code, 1);
    }
    let values = [rip, rsp, rflags];
    let values = values.iter().chain(&frame.registers);
    for (name, value) in REGISTERS.chunks_exact(REGISTER_BYTES).zip(values) {
        report = report.bytes(name).hexadecimal(*value, 16);
    }
    report.calls(rsp).stop(Status::FAULT)
}

/// The name of a vector.
fn name(vector: usize) -> &'static [u8] {
    let mut names = NAMES.as_slice();
    for _ in 0..vector {
        let length = names.first().map_or(0, |length| usize::from(*length));
        names = names.get(1 + length..).unwrap_or_default();
    }
    let Some((length, names)) = names.split_first() else { return b"exception" };
    names.get(..usize::from(*length)).unwrap_or_default()
}

/// Replaces each `|` by the length of the name behind it.
const fn with_lengths<const BYTES: usize>(mut names: [u8; BYTES]) -> [u8; BYTES] {
    let (mut at, mut length) = (BYTES, 0);
    while at > 0 {
        at -= 1;
        if names[at] == b'|' {
            (names[at], length) = (length, 0);
        } else {
            length += 1;
        }
    }
    names
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
