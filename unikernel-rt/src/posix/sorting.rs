//! `qsort`, a heapsort, which takes no memory and never more than some n log n steps; and `bsearch` in what is sorted.

use core::ffi::{c_int, c_void};
use core::ptr;

/// Tells whether the first is less (negative), the same (0) or more (positive).
type Order = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;

/// What is sorted.
struct Items {
    start: *mut u8,
    item_bytes: usize,
    order: Order,
}

impl Items {
    fn at(&self, index: usize) -> *mut u8 {
        self.start.wrapping_add(index * self.item_bytes)
    }

    /// # Safety
    /// There are more items than `one` and `other`.
    unsafe fn is_less(&self, one: usize, other: usize) -> bool {
        // SAFETY: the promise of who asked for the order: it takes two items.
        unsafe { (self.order)(self.at(one).cast(), self.at(other).cast()) < 0 }
    }

    /// # Safety
    /// `one` and `other` are two items that there are.
    unsafe fn swap(&self, one: usize, other: usize) {
        // SAFETY: the caller's promise: they lie apart.
        unsafe { ptr::swap_nonoverlapping(self.at(one), self.at(other), self.item_bytes) };
    }

    /// Moves an item down, until none below it is more.
    ///
    /// # Safety
    /// There are `count` items at least.
    unsafe fn sink(&self, mut parent: usize, count: usize) {
        loop {
            let mut child = 2 * parent + 1;
            if child >= count {
                return;
            }
            // SAFETY: the caller's promise, as every index is less than `count`.
            unsafe {
                if child + 1 < count && self.is_less(child, child + 1) {
                    child += 1;
                }
                if !self.is_less(parent, child) {
                    return;
                }
                self.swap(parent, child);
            }
            parent = child;
        }
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn qsort(start: *mut c_void, count: usize, item_bytes: usize, order: Order) {
    let items = Items { start: start.cast(), item_bytes, order };
    // SAFETY: the caller's promise: there are `count` items.
    unsafe {
        for parent in (0..count / 2).rev() {
            items.sink(parent, count);
        }
        for last in (1..count).rev() {
            items.swap(0, last);
            items.sink(0, last);
        }
    }
}

/// Finds an item that is the same as the key; null without one.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn bsearch(
    key: *const c_void,
    start: *const c_void,
    count: usize,
    item_bytes: usize,
    order: Order,
) -> *mut c_void {
    let (mut first, mut end) = (0, count);
    while first < end {
        let middle = first + (end - first) / 2;
        let item = start.wrapping_byte_add(middle * item_bytes);
        // SAFETY: the caller's promise: there are `count` items, and the order takes the key and one of them.
        match unsafe { order(key, item) } {
            0 => return item.cast_mut(),
            ..0 => end = middle,
            1.. => first = middle + 1,
        }
    }
    ptr::null_mut()
}

#[cfg(test)]
mod tests {
    use super::{bsearch, qsort};
    use alloc::vec::Vec;
    use core::ffi::{c_int, c_void};

    type Item = (u16, u8);

    unsafe extern "C" fn by_number(one: *const c_void, other: *const c_void) -> c_int {
        // SAFETY: both are items.
        let (one, other) = unsafe { (&*one.cast::<Item>(), &*other.cast::<Item>()) };
        c_int::from(one.0) - c_int::from(other.0)
    }

    #[test]
    fn items_are_in_order_and_all_there() {
        for (count, most) in [(0_u32, 1), (1, 1), (2, 9), (3, 9), (10, 3), (100, 1000), (1000, 7), (1000, 60_000)] {
            let item = |index: u32| ((index.wrapping_mul(2_654_435_761) >> 8) % most) as u16;
            let mut items: Vec<Item> = (0..count).map(|index| (item(index), index as u8)).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            // SAFETY: there are as many items, and their order takes two of them.
            unsafe { qsort(items.as_mut_ptr().cast(), items.len(), size_of::<Item>(), by_number) };
            assert!(items.is_sorted_by_key(|item| item.0), "{items:?}");
            items.sort_unstable();
            assert_eq!(items, expected);
        }
    }

    #[test]
    fn an_item_is_found_where_it_is() {
        for count in 0..20 {
            let items: Vec<Item> = (0..count).map(|index| (2 * index, 7)).collect();
            for number in 0..2 * count + 2 {
                let key: Item = (number, 0);
                let (key, start) = ((&raw const key).cast(), items.as_ptr());
                // SAFETY: there are as many items, and their order takes two of them.
                let found = unsafe { bsearch(key, start.cast(), items.len(), size_of::<Item>(), by_number) };
                let expected =
                    items.iter().find(|item| item.0 == number).map_or(core::ptr::null(), core::ptr::from_ref);
                assert_eq!(found.cast_const().cast(), expected, "{number} of {count}");
            }
        }
    }
}
