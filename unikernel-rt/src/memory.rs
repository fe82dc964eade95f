//! Physical memory that is free, and the page tables that make it and devices reachable.
//!
//! At boot only the image and the start info are mapped. What else is needed is mapped one to one, by whoever needs it, for
//! good. Free memory is what the loader's memory map calls usable above the image; below 1 MiB firmware and loaders have
//! their data, and nothing is taken there.

#[cfg(any(feature = "heap", feature = "metrics"))]
pub(crate) mod heap_use;
#[cfg(all(feature = "std", any(unikernel, test)))]
pub(crate) mod stacks;
#[cfg(test)]
mod tests;

use crate::arch::{cpu, image, window};
use crate::firmware::start_info::{MemoryMapEntry, StartInfo, USABLE};
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a page and of a frame.
pub(crate) const PAGE_BYTES: u64 = 4096;
const LARGE_PAGE_BYTES: u64 = 2 << 20;
/// The lower half of the addresses, where what is mapped one to one can be (Intel SDM volume 1, section 3.3.7.1).
const MAPPABLE_END: u64 = 1 << 47;

/// Bits of a page table entry (Intel SDM volume 3, section 5.5.4).
const PRESENT: u64 = 1 << 0;
const WRITABLE: u64 = 1 << 1;
const WRITE_THROUGH: u64 = 1 << 3;
const CACHE_DISABLE: u64 = 1 << 4;
const LARGE: u64 = 1 << 7;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// What a mapping is for; neither is ever executable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    /// Cached.
    #[cfg_attr(not(feature = "heap"), allow(dead_code))] // the heap alone maps free memory
    Memory,
    /// Not cached: registers of a device.
    Device,
}

/// Memory cannot be had or mapped: none is free, or the addresses are not for mapping one to one (page 0, the image and its guard
/// pages, the windows, what no processor has).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unavailable;

/// Up to where free memory has been handed out.
static TAKEN_UP_TO: AtomicU64 = AtomicU64::new(0);

/// Where free memory begins now.
fn taken_up_to() -> u64 {
    TAKEN_UP_TO.load(Ordering::Relaxed).max(image::end())
}

/// The ranges of whole free pages, lowest first as the memory map has them.
///
/// Never those whose addresses the window has: they cannot be mapped one to one.
pub(crate) fn free_ranges() -> impl Iterator<Item = Range<u64>> {
    let pages = StartInfo::get().memory_map().flat_map(|entry| free_pages(entry, taken_up_to()));
    #[cfg(all(feature = "std", unikernel))]
    let pages = pages.map(stacks::without_their_frames);
    pages.filter(|range| range.start < range.end)
}

/// The whole pages of an entry from `start` on, below and above the window; either may be empty, or end before it begins.
fn free_pages(entry: MemoryMapEntry, start: u64) -> [Range<u64>; 2] {
    let start = entry.address.max(start).min(MAPPABLE_END).next_multiple_of(PAGE_BYTES);
    let end = match entry.kind {
        USABLE => entry.address.saturating_add(entry.size_bytes).min(MAPPABLE_END) & !(PAGE_BYTES - 1),
        _ => 0,
    };
    [start..end.min(window::ADDRESSES.start), start.max(window::ADDRESSES.end)..end]
}

/// Takes and maps all free memory but `spare_bytes` at the end of it, for the page tables of drivers that attach later; hands
/// each range to `take`.
#[cfg(feature = "heap")]
pub(crate) fn take_all(spare_bytes: u64, mut take: impl FnMut(Range<u64>)) -> Result<(), Unavailable> {
    let lowest = || free_ranges().min_by_key(|range| range.start);
    let with_room = free_ranges().filter(|range| range.end - range.start > spare_bytes);
    let limit = with_room.map(|range| range.end).max().ok_or(Unavailable)? - spare_bytes;
    while let Some(Range { start, end }) = lowest().filter(|range| range.start < limit) {
        let end = end.min(limit);
        map(start..end, Use::Memory)?;
        // The page tables came from the beginning of the range, at worst all of it.
        let start = taken_up_to().max(start);
        if start < end {
            TAKEN_UP_TO.store(end, Ordering::Relaxed);
            take(start..end);
        }
    }
    Ok(())
}

/// Takes `count` frames that follow each other, from the lowest free range that has them; gives the address of the first.
///
/// What lies below in smaller ranges is lost, so that large takers come last.
pub(crate) fn take_frames(count: u64) -> Result<u64, Unavailable> {
    let is_enough = |range: &Range<u64>| (range.end - range.start) / PAGE_BYTES >= count;
    let range = free_ranges().find(is_enough).ok_or(Unavailable)?;
    #[cfg(all(feature = "std", unikernel))]
    stacks::keep_frames_above(range.start + count * PAGE_BYTES)?;
    TAKEN_UP_TO.store(range.start + count * PAGE_BYTES, Ordering::Relaxed);
    Ok(range.start)
}

/// Maps the pages of `range` one to one, in large pages where it spans them; what is mapped already stays as it is.
pub(crate) fn map(range: Range<u64>, purpose: Use) -> Result<(), Unavailable> {
    if !is_mappable(&range, &(image::start()..image::end())) {
        return Err(Unavailable);
    }
    let attributes = PRESENT
        | WRITABLE
        | cpu::no_execute()
        | match purpose {
            Use::Memory => 0,
            Use::Device => WRITE_THROUGH | CACHE_DISABLE,
        };
    let mut page = range.start & !(PAGE_BYTES - 1);
    while page < range.end {
        let large = page.is_multiple_of(LARGE_PAGE_BYTES) && range.end - page >= LARGE_PAGE_BYTES;
        let level2 = descend(descend(image::page_tables(), page >> 39)?, page >> 30)?;
        let entry = entry_address(level2, page >> 21);
        if large && window::read::<u64>(entry) == 0 {
            set_entry(entry, page | attributes | LARGE);
            page += LARGE_PAGE_BYTES;
            continue;
        }
        if window::read::<u64>(entry) & LARGE == 0 {
            let entry = entry_address(descend(level2, page >> 21)?, page >> 12);
            if window::read::<u64>(entry) & PRESENT == 0 {
                set_entry(entry, page | attributes);
            }
        }
        page += PAGE_BYTES;
    }
    Ok(())
}

/// Whether the pages of a range are apart from page 0, from the image and from the windows.
fn is_mappable(range: &Range<u64>, image: &Range<u64>) -> bool {
    let is_apart = |taken: &Range<u64>| range.end <= taken.start || taken.end <= range.start & !(PAGE_BYTES - 1);
    range.start >= PAGE_BYTES && range.end <= MAPPABLE_END && is_apart(image) && is_apart(&window::ADDRESSES)
}

/// The table that entry `index` of `table` points to, made where there is none.
fn descend(table: u64, index: u64) -> Result<u64, Unavailable> {
    let address = entry_address(table, index);
    let entry = window::read::<u64>(address);
    if entry & PRESENT != 0 {
        return Ok(entry & ADDRESS);
    }
    let table = take_frames(1)?;
    // SAFETY: the frame has just been taken: nobody else has it.
    #[expect(unsafe_code, reason = "page tables")]
    unsafe {
        window::zero_page(table);
    }
    set_entry(address, table | PRESENT | WRITABLE);
    Ok(table)
}

fn entry_address(table: u64, index: u64) -> u64 {
    table + index % 512 * 8
}

/// Sets an entry of a page table of which nothing is mapped yet: of one that is in force, by an address that is free, or of one that
/// has just been taken.
fn set_entry(address: u64, entry: u64) {
    // SAFETY: page tables are the entry code's, or frames that `descend` has taken; no Rust object is in either. The callers in
    // this file set an entry that is not present: to a page that `map` has found to be apart from what else is mapped, or to a
    // table.
    #[expect(unsafe_code, reason = "page tables")]
    unsafe {
        window::write(address, entry);
    }
}
