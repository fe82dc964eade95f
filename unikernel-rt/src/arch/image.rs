//! Addresses of the image, from the linker script, and of the page tables, from the entry code.

unsafe extern "C" {
    static __image_start: u8;
    static __image_end: u8;
    static __page_tables: u8;
}

/// Where it begins; the page that this lies in is the image's.
pub(crate) fn start() -> u64 {
    &raw const __image_start as u64
}

/// Where it ends, its stacks and guard pages included.
pub(crate) fn end() -> u64 {
    &raw const __image_end as u64
}

/// The level-4 page table.
pub(crate) fn page_tables() -> u64 {
    &raw const __page_tables as u64
}
