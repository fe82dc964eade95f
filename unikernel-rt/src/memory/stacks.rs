//! The addresses of threads' stacks: each above a guard page, and mapped page by page as it is touched.
//!
//! Addresses are never given back: who has done with a stack keeps it for the next thread. Page tables are made with the stack;
//! frames are taken by [`crate::arch::demand`], from the end of the largest free range.

use super::{PAGE_BYTES, PRESENT, Unavailable, WRITABLE, descend, entry_address, set_entry};
use crate::arch::{cpu, demand, image};
use core::ops::Range;

/// The bytes that one level-1 table maps.
const TABLE_BYTES: u64 = 512 * PAGE_BYTES;

/// Begins: from now on memory is taken from both of its ends.
pub(crate) fn begin() -> Result<(), Unavailable> {
    let frames = super::free_ranges().max_by_key(|range| range.end - range.start).ok_or(Unavailable)?;
    let tables = image::page_tables();
    set_entry(entry_address(tables, demand::OWN_ENTRY), tables | PRESENT | WRITABLE | cpu::no_execute());
    // SAFETY: threads begin once, these frames are free, and the entry is set.
    #[expect(unsafe_code, reason = "the handler of page faults")]
    unsafe {
        demand::begin(frames);
    }
    Ok(())
}

/// Reserves the addresses of a stack of at least `count` bytes, and of a guard page below it.
pub(crate) fn reserve(count: u64) -> Result<Range<u64>, Unavailable> {
    let guard = demand::end();
    let bottom = guard + PAGE_BYTES;
    let count = count.checked_next_multiple_of(PAGE_BYTES).filter(|count| *count < demand::START).ok_or(Unavailable)?;
    let top = bottom + count;
    let mut table = guard & !(TABLE_BYTES - 1);
    while table < top {
        descend(descend(descend(image::page_tables(), table >> 39)?, table >> 30)?, table >> 21)?;
        table += TABLE_BYTES;
    }
    // SAFETY: the tables have just been made, and all of these addresses are new.
    #[expect(unsafe_code, reason = "the handler of page faults")]
    unsafe {
        demand::extend(top);
        demand::guard(guard);
    }
    Ok(bottom..top)
}

/// A range of free frames without those for stacks.
#[cfg(unikernel)]
pub(super) fn without_their_frames(range: Range<u64>) -> Range<u64> {
    let Range { start, end } = demand::frames();
    if start < range.end && range.start < end { range.start..range.end.min(demand::top()) } else { range }
}

/// Lets others have the frames below `address`, unless a stack has taken one of them: it may have since they were looked for.
#[cfg(unikernel)]
pub(super) fn keep_frames_above(address: u64) -> Result<(), Unavailable> {
    let frames = demand::frames();
    if frames.start < address && address <= frames.end {
        demand::keep_above(address);
        // From here on no stack takes one of them.
        if demand::top() < address {
            return Err(Unavailable);
        }
    }
    Ok(())
}
