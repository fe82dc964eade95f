//! Static memory that is taken once, by its first caller.

#[cfg(feature = "net")]
use core::arch::asm;
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Uninitialised memory for a `T` that its taker owns for ever.
///
/// It may be in `.uninitialised`, which is not zeroed, so a separate table records by address that it is taken.
#[repr(transparent)]
pub(crate) struct TakeOnce<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: `take` alone reaches the memory, and gives it to one caller; it may be another thread's, if a `T` may.
unsafe impl<T: Send> Sync for TakeOnce<T> {}

/// The size of that table: a few entries for each device, and for each thread of this crate's tests.
const MOST: usize = if cfg!(test) { 4096 } else { 32 };

/// The addresses of taken memory; 0 after the last.
static TAKEN: [AtomicUsize; MOST] = [const { AtomicUsize::new(0) }; MOST];

impl<T> TakeOnce<T> {
    /// Memory that is not taken yet.
    pub(crate) const fn new() -> Self {
        TakeOnce(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// Takes the memory; `None` if it was taken before, or if the table is full.
    #[allow(clippy::mut_from_ref)] // It is given once.
    pub(crate) fn take(&'static self) -> Option<&'static mut MaybeUninit<T>> {
        let is_first = size_of::<T>() == 0 || note((&raw const self.0).addr());
        // SAFETY: this point is reached once per address, and taken memory is never returned, so nothing else overlaps it.
        // Memory of zero size may be shared.
        is_first.then(|| unsafe { &mut *self.0.get() })
    }
}

/// Records that an address is taken; returns whether it was free.
#[cold]
#[inline(never)]
fn note(address: usize) -> bool {
    for slot in &TAKEN {
        match slot.compare_exchange(0, address, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(other) if other == address => return false,
            Err(_) => {}
        }
    }
    false
}

/// A structure of nothing but `MaybeUninit` fields, arrays of them, and other such structures.
///
/// # Safety
/// Uninitialised memory is a valid value of the type.
pub(crate) unsafe trait Uninit {}

// SAFETY: it is an array of `MaybeUninit`.
unsafe impl<T, const COUNT: usize> Uninit for [MaybeUninit<T>; COUNT] {}

impl<T: Uninit> TakeOnce<T> {
    /// As [`TakeOnce::take`], to be initialised field by field.
    #[allow(clippy::mut_from_ref)] // It is given once.
    pub(crate) fn take_fields(&'static self) -> Option<&'static mut T> {
        // SAFETY: `T` promises that it need not be initialised.
        self.take().map(|memory| unsafe { memory.assume_init_mut() })
    }
}

/// Initialises elements with `values`, up to the shorter of the two; returns the initialised part.
pub(crate) fn fill_from<T>(memory: &mut [MaybeUninit<T>], values: impl Iterator<Item = T>) -> &mut [T] {
    let mut count = 0;
    for (element, value) in memory.iter_mut().zip(values) {
        element.write(value);
        count += 1;
    }
    // SAFETY: the first `count` elements have just been written.
    unsafe { memory[..count].assume_init_mut() }
}

/// Treats memory as initialised with unspecified bytes, for buffers that are too large to be zeroed.
#[cfg(feature = "net")]
pub(crate) fn bytes_mut<T: zerocopy::FromBytes>(memory: &mut [MaybeUninit<T>]) -> &mut [T] {
    // SAFETY: the instruction sequence is empty. To the compiler it may write through its operand, so the bytes are initialised
    // with unspecified values. The machine's memory always holds some value.
    unsafe { asm!("/* {} */", in(reg) memory.as_mut_ptr(), options(nostack, preserves_flags)) };
    // SAFETY: see above; any bytes are a valid `T`.
    unsafe { memory.assume_init_mut() }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{TakeOnce, Uninit, bytes_mut, fill_from};
    use core::mem::MaybeUninit;
    use core::sync::atomic::{AtomicUsize, Ordering};
    use std::boxed::Box;

    #[test]
    fn memory_is_taken_once() {
        static MEMORY: TakeOnce<[u64; 4]> = TakeOnce::new();
        static OTHER: TakeOnce<[u64; 4]> = TakeOnce::new();
        let taken = MEMORY.take().expect("nobody has it").write([1; 4]);
        assert!(MEMORY.take().is_none());
        let other = OTHER.take().expect("it is other memory").write([2; 4]);
        assert_eq!((*taken, *other), ([1; 4], [2; 4]));
    }

    #[test]
    fn memory_whose_user_is_gone_is_not_given_again() {
        static MEMORY: TakeOnce<Box<u8>> = TakeOnce::new();
        let _ = MEMORY.take().expect("nobody has it").write(Box::new(1));
        assert!(MEMORY.take().is_none());
    }

    #[test]
    fn memory_next_to_each_other_is_taken_one_by_one() {
        static MEMORY: [TakeOnce<u8>; 3] = [const { TakeOnce::new() }; 3];
        let taken: [&mut u8; 3] =
            [2, 0, 1].map(|index: u8| MEMORY[usize::from(index)].take().expect("once").write(index));
        assert_eq!(taken.map(|value| *value), [2, 0, 1]);
        assert!(MEMORY.iter().all(|memory| memory.take().is_none()));
    }

    #[test]
    fn of_many_threads_one_gets_it() {
        static MEMORY: [TakeOnce<u64>; 100] = [const { TakeOnce::new() }; 100];
        static GIVEN: AtomicUsize = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let count = MEMORY.iter().filter(|memory| memory.take().is_some()).count();
                    GIVEN.fetch_add(count, Ordering::Relaxed);
                });
            }
        });
        assert_eq!(GIVEN.load(Ordering::Relaxed), 100);
    }

    #[test]
    fn as_many_elements_are_initialised_as_there_are_values() {
        let mut memory = [const { MaybeUninit::uninit() }; 3];
        assert_eq!(fill_from(&mut memory, [1, 2].into_iter()), [1, 2]);
        assert_eq!(fill_from(&mut memory, 1..), [1, 2, 3]);
        assert!(fill_from(&mut memory, core::iter::empty()).is_empty());
    }

    #[test]
    fn bytes_are_whatever_they_are() {
        let mut bytes = [MaybeUninit::new(7), MaybeUninit::new(8)];
        assert_eq!(bytes_mut(&mut bytes), [7, 8]);
        assert!(bytes_mut::<u8>(&mut []).is_empty());
    }

    #[test]
    fn fields_are_initialised_one_by_one() {
        struct Parts {
            number: MaybeUninit<u32>,
            bytes: [MaybeUninit<u8>; 4],
        }
        // SAFETY: both fields are `MaybeUninit`.
        unsafe impl Uninit for Parts {}
        static MEMORY: TakeOnce<Parts> = TakeOnce::new();
        let Parts { number, bytes } = MEMORY.take_fields().expect("nobody has it");
        assert_eq!((*number.write(5), bytes_mut(bytes).len()), (5, 4));
        assert!(MEMORY.take_fields().is_none() && MEMORY.take().is_none());
    }
}
