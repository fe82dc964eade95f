//! Reports of exceptions: name, address, registers, and the words of the stack that may be return addresses.

use super::Kernel;
use super::report::Report;
use super::status::Status;
use crate::arch::exceptions::{Exception, Handler};
use crate::arch::stack;
use core::marker::PhantomData;
use unikernel_vocabulary::contract::report::{REGISTER_BYTES, REGISTERS};
use x86_64::registers::control::Cr2;

/// Names by vector, each preceded by a length byte: a table of string slices would be four times as large. What a kernel cannot
/// raise, such as an alignment check outside of ring 3 or a masked error of SSE, has no name of its own.
static NAMES: [u8; MARKED_NAMES.len()] = with_lengths(*MARKED_NAMES);
const MARKED_NAMES: &[u8; 201] =
    b"|divide error|debug exception|NMI|breakpoint|overflow|bound range|invalid opcode|exception|\
    double fault|exception|invalid TSS|segment not present|stack-segment fault|general protection fault|page fault";

const PAGE_FAULT: usize = 14;

/// The handler of a kernel's exceptions.
pub(crate) struct Fault<K>(PhantomData<K>);

impl<K: Kernel> Handler for Fault<K> {
    fn handle(exception: &Exception<'_>) -> ! {
        let Exception { vector, error_code, rip, rsp, rflags, registers } = *exception;
        let mut report = Report::<K>::crash(Status::FAULT, rip).bytes(name(vector));
        if vector == PAGE_FAULT {
            let (access, page) = access(error_code.unwrap_or(0));
            report = report.text(": ").text(access).text(page).text(" address ").hexadecimal(Cr2::read_raw(), 1);
        }
        if let Some(error_code) = error_code {
            report = report.text(", error code ").hexadecimal(error_code, 1);
        }
        if vector == PAGE_FAULT && stack::is_guard_page(Cr2::read_raw()) {
            report = report.text(": a stack overflow; declare `stack(size = \"256KiB\")`");
        }
        #[cfg(all(feature = "std", any(unikernel, test)))]
        if let Some(thread) = stack::running::thread().filter(|thread| thread.has_overflown_to(Cr2::read_raw()))
            && vector == PAGE_FAULT
        {
            // In whole pages, as it was asked for: the rest is what was left of the last one.
            let kib = (thread.top - thread.bottom) as u32 / 4096 * 4;
            report = report.text(": thread `").bytes(thread.name()).text("` overflowed its stack of ").decimal(kib);
            report = report.text(" KiB");
        }
        let values = [rip, rsp, rflags];
        let values = values.iter().chain(registers);
        for (name, value) in REGISTERS.chunks_exact(REGISTER_BYTES).zip(values) {
            report = report.bytes(name).hexadecimal(*value, 16);
        }
        report.calls(rsp).stop(Status::FAULT)
    }
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

/// What a page fault's error code says of the access and of the page (Intel SDM volume 3, figure 4-12).
fn access(error_code: u64) -> (&'static str, &'static str) {
    const PRESENT: u64 = 1 << 0;
    const WRITE: u64 = 1 << 1;
    const FETCH: u64 = 1 << 4;
    let (access, protection) = if error_code & FETCH != 0 {
        ("executing at ", "no-execute")
    } else if error_code & WRITE != 0 {
        ("writing to ", "read-only")
    } else {
        ("reading from ", "protected")
    };
    (access, if error_code & PRESENT != 0 { protection } else { "unmapped" })
}
