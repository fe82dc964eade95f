//! Physical memory of a test's own, seen through the window.

extern crate std;

use std::cell::RefCell;
use std::vec::Vec;

/// More than anybody reads at once.
const VIEW_BYTES: usize = 32;

struct Memory {
    start: u64,
    bytes: Vec<u8>,
    /// What the window shows of it.
    view: [u8; VIEW_BYTES],
    looks: usize,
}

std::thread_local! {
    static MEMORY: RefCell<Memory> =
        const { RefCell::new(Memory { start: 0, bytes: Vec::new(), view: [0; VIEW_BYTES], looks: 0 }) };
}

/// Puts `bytes` at a physical address; above is nothing, which reads as all ones. What is written is lost.
pub(crate) fn set(start: u64, bytes: &[u8]) {
    MEMORY.with_borrow_mut(|memory| {
        memory.start = start;
        memory.bytes.clear();
        memory.bytes.extend_from_slice(bytes);
        memory.looks = 0;
    });
}

/// How many reads and writes there were since the memory was set.
pub(crate) fn looks() -> usize {
    MEMORY.with_borrow(|memory| memory.looks)
}

/// Shows what is at an address and behind it; below the memory is nothing, even where the memory begins soon after.
pub(super) fn show(address: u64) -> *mut u8 {
    MEMORY.with_borrow_mut(|memory| {
        memory.looks += 1;
        memory.view.fill(0xff);
        let offset = usize::try_from(address.wrapping_sub(memory.start)).ok();
        if let Some(rest) = offset.and_then(|offset| memory.bytes.get(offset..)) {
            let bytes = rest.len().min(VIEW_BYTES);
            memory.view[..bytes].copy_from_slice(&rest[..bytes]);
        }
        memory.view.as_mut_ptr()
    })
}
