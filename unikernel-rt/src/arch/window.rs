//! A window of virtual memory onto any physical address, for one-time accesses: ACPI tables, some registers.
//!
//! Two entries of the level-2 page table that the entry code has made, as large pages: no memory for page tables is needed.
//! A third one is kept for the registers that are used all the time in every kernel that waits, the local APIC's.

#[cfg(test)]
pub(crate) mod fake;

use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering};
use x86_64::VirtAddr;
use x86_64::instructions::tlb;
use zerocopy::{FromBytes, Immutable, IntoBytes, Unalign};

const LARGE_PAGE_BYTES: u64 = 2 << 20;
/// The last two large pages of the first GiB. The linker script keeps the image out of them.
const FIRST_ENTRY: usize = 510;
const WINDOW: u64 = FIRST_ENTRY as u64 * LARGE_PAGE_BYTES;
/// The large page below them.
const KEPT_ENTRY: usize = FIRST_ENTRY - 1;
const KEPT: u64 = KEPT_ENTRY as u64 * LARGE_PAGE_BYTES;
/// The addresses that the windows have, so that the physical memory there cannot be mapped one to one.
pub(crate) const ADDRESSES: core::ops::Range<u64> = KEPT..WINDOW + 2 * LARGE_PAGE_BYTES;
const PRESENT_WRITABLE_UNCACHED_LARGE: u64 = 1 << 0 | 1 << 1 | 1 << 4 | 1 << 7;
#[cfg(not(test))]
const PHYSICAL_ADDRESS: u64 = (1 << 52) - 1;
const ACCESSED_DIRTY: u64 = 1 << 5 | 1 << 6;

unsafe extern "C" {
    /// Level 4, level 3 and level 2, as the entry code has made them.
    static mut __page_tables: [u64; 3 * 512];
}

/// Reads the `T` at a physical address: one access for each integer, each time that it is called.
///
/// Any address may be read. The window lies where no Rust object is, so that this is I/O to the compiler: it gives what happens to
/// be there, any of which is a `T`. Where a device is, it may take the read for an event; none writes to memory because of it.
pub(crate) fn read<T: FromBytes>(address: u64) -> T {
    const { assert!(size_of::<T>() as u64 <= LARGE_PAGE_BYTES) };
    // SAFETY: `show` has mapped 2 MiB from `address` on at least. The rest is above.
    unsafe { show(address).cast::<Unalign<T>>().read_volatile() }.into_inner()
}

/// Writes a `T` to a physical address: one access for an integer.
///
/// # Safety
/// The bytes are no Rust object's, and changing them changes nothing that a Rust object is mapped by: registers of a device that is
/// the caller's, an entry of a page table that is not in use, memory that is not in use.
pub(crate) unsafe fn write<T: IntoBytes + Immutable>(address: u64, value: T) {
    const { assert!(size_of::<T>() as u64 <= LARGE_PAGE_BYTES) };
    // SAFETY: as in `read`, and the caller's promise.
    unsafe { show(address).cast::<Unalign<T>>().write_volatile(Unalign::new(value)) }
}

/// Zeroes the page at a physical address, a multiple of its size.
///
/// # Safety
/// As for [`write`]. There is no such page for tests, whose memory is a fake.
pub(crate) unsafe fn zero_page(address: u64) {
    const WORDS: usize = 512;
    let page = show(address).cast::<u64>();
    for index in 0..WORDS {
        // SAFETY: as in `write`; the page is aligned and lies in the window whole.
        unsafe { page.add(index).write_volatile(0) };
    }
}

/// Maps the large page of `address` for good; gives the place of `address` in it. There is one such place: `None` from the second
/// time on.
pub(crate) fn keep(address: u64) -> Option<NonNull<u8>> {
    static IS_KEPT: AtomicBool = AtomicBool::new(false);
    if IS_KEPT.swap(true, Ordering::Relaxed) {
        return None;
    }
    let large_page = address & !(LARGE_PAGE_BYTES - 1);
    show_at(KEPT_ENTRY, large_page);
    NonNull::new((KEPT + (address - large_page)) as *mut u8)
}

/// Moves the window to the large page of `address` and the one after it; gives the place of `address` in it.
///
/// Addresses that no processor has (Intel SDM volume 3, section 5.1.4: 52 bits at most) are cut to those that it may have.
fn show(address: u64) -> *mut u8 {
    #[cfg(test)]
    return fake::show(address);
    #[cfg(not(test))]
    show_pages(address & PHYSICAL_ADDRESS)
}

#[cfg_attr(test, allow(dead_code))] // a host has no such table
fn show_pages(address: u64) -> *mut u8 {
    let large_page = address & !(LARGE_PAGE_BYTES - 1);
    show_at(FIRST_ENTRY, large_page);
    show_at(FIRST_ENTRY + 1, large_page + LARGE_PAGE_BYTES);
    (WINDOW + (address - large_page)) as *mut u8
}

/// Maps a large page by an entry of the level-2 table, unless it is there.
fn show_at(entry: usize, large_page: u64) {
    let wanted = large_page | PRESENT_WRITABLE_UNCACHED_LARGE | crate::arch::cpu::no_execute();
    // SAFETY: the third table is level 2 of the first GiB, and the entries that callers name are this file's alone.
    // The old translation is flushed before anybody uses the new one.
    unsafe {
        let entry = (&raw mut __page_tables).cast::<u64>().add(2 * 512 + entry);
        if entry.read_volatile() & !ACCESSED_DIRTY == wanted {
            return;
        }
        entry.write_volatile(wanted);
    }
    tlb::flush(VirtAddr::new_truncate(entry as u64 * LARGE_PAGE_BYTES));
}
