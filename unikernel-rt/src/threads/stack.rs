//! Stacks with their thread-local storage and control block on top, kept for the next thread when one has ended.

use super::thread::{State, Thread};
use crate::memory::{self, stacks};
use crate::sync::lock;
use core::ops::Range;
use core::ptr;

/// There is no memory for a stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unavailable;

impl From<memory::Unavailable> for Unavailable {
    fn from(_: memory::Unavailable) -> Self {
        Unavailable
    }
}

lock! {
    /// The threads that are free, the last one first.
    static FREE: Option<&'static Thread> = None;
}

// The linker script: what thread-local variables begin with, and how much memory they take, a multiple of 128 bytes.
unsafe extern "C" {
    static __thread_data_start: u8;
    static __thread_data_end: u8;
    static __thread_storage_end: u8;
}

/// Bytes of thread-local storage, of a kernel.
fn storage_bytes() -> u64 {
    (&raw const __thread_storage_end).addr() as u64 - (&raw const __thread_data_start).addr() as u64
}

/// A free thread with a stack of at least `bytes`, its thread-local variables as they begin.
pub(super) fn take(bytes: u64) -> Result<&'static Thread, Unavailable> {
    let thread = match reuse(bytes) {
        Some(thread) => thread,
        None => make(bytes)?,
    };
    let storage = thread.stack().end;
    let (from, count) = (&raw const __thread_data_start, (&raw const __thread_data_end).addr());
    let count = count - from.addr();
    let to = ptr::with_exposed_provenance_mut::<u8>(storage as usize);
    // SAFETY: the storage lies between the stack and the control block, and nobody runs on this stack.
    unsafe {
        to.copy_from_nonoverlapping(from, count);
        to.add(count).write_bytes(0, storage_bytes() as usize - count);
    }
    Ok(thread)
}

/// Keeps the stack of a thread for the next one. It may still run on it, until it gives up the processor for the last time.
pub(super) fn keep(thread: &'static Thread) {
    thread.state.set(State::Free);
    FREE.with(|free| thread.next.set(free.replace(thread)));
}

/// The last free thread whose stack has this size.
fn reuse(bytes: u64) -> Option<&'static Thread> {
    let wanted = stack_bytes(bytes);
    FREE.with(|free| {
        let mut before: Option<&'static Thread> = None;
        let mut next = *free;
        while let Some(thread) = next {
            let Range { start, end } = thread.stack();
            if end - start == wanted {
                let after = thread.next.take();
                match before {
                    Some(before) => before.next.set(after),
                    None => *free = after,
                }
                return Some(thread);
            }
            before = next;
            next = thread.next.get();
        }
        None
    })
}

/// The bytes of the stack alone where at least `bytes` are asked for: all that whole pages have room for.
fn stack_bytes(bytes: u64) -> u64 {
    let above = storage_bytes() + size_of::<Thread>() as u64;
    bytes.saturating_add(above).checked_next_multiple_of(memory::PAGE_BYTES).unwrap_or(u64::MAX) - above
}

fn make(bytes: u64) -> Result<&'static Thread, Unavailable> {
    let above = storage_bytes() + size_of::<Thread>() as u64;
    let Range { start, end } = stacks::reserve(stack_bytes(bytes).checked_add(above).ok_or(Unavailable)?)?;
    let place = ptr::with_exposed_provenance_mut::<Thread>((end - size_of::<Thread>() as u64) as usize);
    // SAFETY: these addresses are new, and mapped at the first touch; the end is that of a page, and the size of a control block a
    // multiple of its alignment. It lasts for ever.
    Ok(unsafe {
        place.write(Thread::new(place, start..end - above));
        &*place
    })
}
