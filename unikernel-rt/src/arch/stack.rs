//! Stack scan for crash reports: finds possible return addresses without faulting.
//!
//! The compiler keeps no frame pointers, so a kernel cannot tell a return address from a stale one. It shows whatever may be
//! one, with its place, and the host finds the calls among them by the unwind tables of the ELF, which are not loaded.

#[cfg(all(feature = "std", any(unikernel, test)))]
pub(crate) mod running;

use core::arch::asm;
use unikernel_vocabulary::contract::fnv1a;

const WORD_BYTES: u64 = size_of::<u64>() as u64;

unsafe extern "C" {
    static __image_start: u8;
    static __code_end: u8;
    static __entry_start: u8;
    static __text_end: u8;
    static __rodata_start: u8;
    static __rodata_end: u8;
    static __stack_bottom: u8;
    static __stack_top: u8;
    static __fault_stack_bottom: u8;
    static __fault_stack_top: u8;
}

/// The address of a symbol of the linker script, without a word in a table of addresses for it.
macro_rules! address {
    ($symbol:ident) => {{
        let address: u64;
        // SAFETY: it only computes an address.
        unsafe {
            asm!("lea {}, [rip + {}]", out(reg) address, sym $symbol, options(pure, nomem, nostack, preserves_flags));
        }
        address
    }};
}

/// Where a walk over a stack begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) instruction: u64,
    pub(crate) stack: u64,
    pub(crate) frame: u64,
}

impl Place {
    /// The place of the caller, into which this is inlined.
    #[inline(always)]
    pub(crate) fn here() -> Self {
        let (instruction, stack, frame);
        // SAFETY: three registers are read.
        unsafe {
            asm!("lea {}, [rip]", "mov {}, rsp", "mov {}, rbp", out(reg) instruction, out(reg) stack, out(reg) frame,
                options(nomem, nostack, preserves_flags));
        }
        Place { instruction, stack, frame }
    }
}

/// Whether an address is in the page below the stack, which an overflow writes to.
pub(crate) fn is_guard_page(address: u64) -> bool {
    const PAGE_BYTES: u64 = 4096;
    let bottom = address!(__stack_bottom);
    (bottom - PAGE_BYTES..bottom).contains(&address)
}

/// Calls `found` with the address and the value of each word, from `stack` up to the top of the stack that it lies in, which
/// may be a return address, or a frame pointer, which parts of the prebuilt `core` keep. Of an overflown stack it reads what there
/// is; of what is no stack, nothing. It ends early where `found` says so, by `false`.
pub(crate) fn calls(stack: u64, mut found: impl FnMut(u64, u64) -> bool) {
    let (mut bottom, mut top) = (address!(__stack_bottom), address!(__stack_top));
    if stack > top {
        (bottom, top) = (address!(__fault_stack_bottom), address!(__fault_stack_top));
    }
    #[cfg(all(feature = "std", any(unikernel, test)))]
    if let Some(thread) = running::thread().filter(|thread| thread.has(stack)) {
        (bottom, top) = (thread.bottom, thread.top);
    }
    let mut at = stack.max(bottom) & !(WORD_BYTES - 1);
    while at < top {
        let value = read(at);
        // A frame pointer points up the stack, to another one with the return address above it.
        let is_frame = || value > at && value < top - 2 * WORD_BYTES && is_code(read(value + WORD_BYTES));
        if (is_code(value) || is_frame()) && !found(at, value) {
            break;
        }
        at += WORD_BYTES;
    }
}

/// Reads a word of a stack, whose address need not be a multiple of a word.
fn read(address: u64) -> u64 {
    let value;
    // SAFETY: `calls` asks for what lies between bottom and top of a stack, all of which is mapped. An instruction of our own,
    // because the words are other functions' variables, initialised or not, of which the compiler would have its own idea.
    unsafe {
        asm!("mov {}, [{}]", out(reg) value, in(reg) address, options(readonly, nostack, preserves_flags));
    }
    value
}

fn is_code(value: u64) -> bool {
    // The last of it is a call: it returns to the end.
    (address!(__image_start)..=address!(__text_end)).contains(&value)
}

/// The 32-bit FNV-1a hash of code and constants, which tells one build from another: see the contract.
pub(crate) fn image_hash() -> u32 {
    let code = hash(fnv1a::OFFSET_BASIS, address!(__image_start), address!(__code_end));
    let entry = hash(code, address!(__entry_start), address!(__text_end));
    hash(entry, address!(__rodata_start), address!(__rodata_end))
}

/// Hashes on, over code or constants.
#[inline(never)]
fn hash(basis: u32, begin: u64, end: u64) -> u32 {
    let (mut hash, mut at) = (basis, begin);
    while at < end {
        // SAFETY: both are mapped completely and never written.
        hash = fnv1a::add(hash, unsafe { (at as *const u8).read() });
        at += 1;
    }
    hash
}
