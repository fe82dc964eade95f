//! Exceptions: one stub for every vector, which saves the registers and calls the kernel's handler.
//!
//! Intel SDM volume 3, section 6.15 (exception reference). Handlers run on the fault stack; nothing returns from them.

use super::descriptors;

/// One `call` for each vector; its return address tells which.
const STUB_BYTES: usize = 5;

/// A kernel's exception handler.
pub(crate) trait Handler: 'static {
    /// Ends the machine.
    fn handle(exception: &Exception) -> !;
}

/// An exception, with the state of the code that raised it.
pub(crate) struct Exception<'a> {
    /// 0 to 31.
    pub(crate) vector: usize,
    /// Of the vectors that have one.
    pub(crate) error_code: Option<u64>,
    pub(crate) rip: u64,
    pub(crate) rsp: u64,
    pub(crate) rflags: u64,
    /// rax, rbx, rcx, rdx, rsi, rdi, rbp, r8 to r15.
    pub(crate) registers: &'a [u64; 15],
}

/// Loads the tables that send every exception to `H`.
///
/// # Safety
/// As [`descriptors::load`].
pub(crate) unsafe fn catch<H: Handler>() {
    // SAFETY: the caller's promise, and the stubs are these.
    unsafe { descriptors::load(stubs::<H> as *const () as usize, STUB_BYTES) };
}

/// The stubs, then what they all call.
///
/// The processor aligns the fault stack to 16 bytes before it pushes five words, or six with an error code: so the alignment
/// tells which, and where there is none the stub's return address is pushed twice to stand for it. The unwind table says where
/// the registers of the interrupted code are, so that a debugger goes on there.
#[unsafe(naked)]
unsafe extern "C" fn stubs<H: Handler>() {
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
        "call {handle}",
        "int3", // never executed: the return address is to lie in this function
        ".cfi_endproc",
        exceptions = const descriptors::EXCEPTIONS,
        to_rip = const core::mem::offset_of!(Frame, rip),
        stubs = sym stubs::<H>,
        handle = sym handle::<H>,
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

unsafe extern "C" fn handle<H: Handler>(frame: &Frame, first_stub: usize) -> ! {
    let Frame { ref registers, stub_return, error_code, rip, rflags, rsp, .. } = *frame;
    let has_error_code = error_code != stub_return as u64;
    H::handle(&Exception {
        vector: (stub_return - first_stub) / STUB_BYTES - 1,
        error_code: has_error_code.then_some(error_code),
        rip,
        rsp,
        rflags,
        registers,
    })
}
