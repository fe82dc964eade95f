//! Which memory is free, whatever a loader says of it.

use super::{PAGE_BYTES, free_pages, is_mappable};
use crate::arch::window;
use crate::firmware::start_info::{MemoryMapEntry, USABLE};
use crate::test_cases::cases;
use core::iter::once;
use core::ops::Range;
use fastrand::Rng;

fn pages(address: u64, size_bytes: u64, kind: u32, start: u64) -> impl Iterator<Item = Range<u64>> {
    let entry = MemoryMapEntry { address, size_bytes, kind, reserved: 0 };
    free_pages(entry, start).into_iter().filter(|range| range.start < range.end)
}

#[test]
fn whole_pages_above_what_is_taken_are_free() {
    assert!(pages(0x10_0000, 0x10_0000, USABLE, 0x12_3456).eq(once(0x12_4000..0x20_0000)));
    assert!(pages(0x10_0001, 0xf_ffff, USABLE, 0).eq(once(0x10_1000..0x20_0000)));
    assert!(pages(0x10_0000, 0xf_ffff, USABLE, 0).eq(once(0x10_0000..0x1f_f000)));
    assert!(pages(0x10_0000, 0x1000, USABLE, 0x20_0000).eq([]));
    assert!(pages(0x10_0000, 0x10_0000, 2, 0).eq([]), "reserved");
}

#[test]
fn an_entry_without_end_ends_where_nothing_can_be_mapped() {
    let Range { start, end } = window::ADDRESSES;
    assert!(pages(0x10_0000, u64::MAX, USABLE, 0).eq([0x10_0000..start, end..1 << 47]));
    assert!(pages(u64::MAX - 1, u64::MAX, USABLE, 0).eq([]));
}

#[test]
fn the_window_is_left_out() {
    let Range { start, end } = window::ADDRESSES;
    assert!(pages(0x10_0000, 8 << 30, USABLE, 0).eq([0x10_0000..start, end..(8 << 30) + 0x10_0000]));
}

#[test]
fn random_entries_give_mappable_pages_of_theirs_or_none() {
    let mut random = Rng::with_seed(9);
    let mut number = |sizes: &mut Rng| random.u64(..) >> sizes.u32(..64);
    let mut sizes = Rng::with_seed(10);
    let mut found = 0;
    for _ in 0..cases() {
        let (mut address, size_bytes, start) = (number(&mut sizes), number(&mut sizes), number(&mut sizes) >> 17);
        if sizes.u32(..8) == 0 {
            address = u64::MAX - number(&mut sizes) % 0x3000; // where sums wrap
        }
        for range in pages(address, size_bytes, USABLE, start) {
            found += 1;
            assert!(range.start >= address.max(start) && range.end - address <= size_bytes, "{range:x?}");
            assert!(range.start.is_multiple_of(PAGE_BYTES) && range.end.is_multiple_of(PAGE_BYTES), "{range:x?}");
            assert!(range.end <= 1 << 47, "{range:x?}");
            assert!(range.end <= window::ADDRESSES.start || range.start >= window::ADDRESSES.end, "{range:x?}");
        }
    }
    assert!(found > cases() / 10, "only {found} ranges");
}

#[test]
fn only_what_is_apart_from_everything_else_is_mapped() {
    let image = 0x10_1000..0x12_3000;
    let windows = window::ADDRESSES;
    for (range, expected) in [
        (0..1, false),
        (1..PAGE_BYTES, false),
        (0xb_8000..0xb_9000, true),
        (0x10_0000..0x10_1000, true),
        (0x10_0000..0x10_1001, false),
        (0x12_2fff..0x12_4000, false),
        (0x12_3000..0x12_4000, true),
        (0x10_0000..0x20_0000, false),
        (windows.start - 1..windows.start, true),
        (windows.start - 1..windows.start + 1, false),
        (windows.end - 1..windows.end, false),
        (windows.end..windows.end + 1, true),
        ((1 << 47) - 1..1 << 47, true),
        ((1 << 47) - 1..(1 << 47) + 1, false),
    ] {
        assert_eq!(is_mappable(&range, &image), expected, "{range:x?}");
    }
}
