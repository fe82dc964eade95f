//! A lock that never waits: a conflict is a panic with the lock's name.

use core::fmt;
use core::marker::PhantomData;
use spin::Mutex;

/// The name of a lock in a conflict report. It is a type and not a field, so that a static of all zeroes takes no space in the
/// image.
pub(crate) trait Name {
    const NAME: &'static str;
}

/// A value that one critical section at a time may use.
///
/// A closure borrows the value, so there is no guard to forget or keep. Sections are short and call no foreign code: a waker
/// that is called within one may re-enter, which is a conflict.
pub(crate) struct Lock<T: ?Sized, N> {
    name: PhantomData<fn() -> N>,
    value: Mutex<T>,
}

impl<T, N: Name> Lock<T, N> {
    pub(crate) const fn new(value: T) -> Self {
        Lock { name: PhantomData, value: Mutex::new(value) }
    }
}

impl<T: ?Sized, N: Name> Lock<T, N> {
    /// Runs a section that has the value to itself.
    ///
    /// # Panics
    /// Panics if another section uses it: a caller of this one, or another thread.
    #[inline]
    pub(crate) fn with<R>(&self, section: impl FnOnce(&mut T) -> R) -> R {
        match self.value.try_lock() {
            Some(mut value) => section(&mut value),
            None => conflict(N::NAME),
        }
    }
}

/// Panics because the lock `name` is already in use.
#[cold]
#[inline(never)]
pub(crate) fn conflict(name: &'static str) -> ! {
    /// A text that ignores format options, whose code would be linked into every kernel that locks.
    struct Plain(&'static str);

    impl fmt::Display for Plain {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(self.0)
        }
    }

    panic!("`{}` is already in use", Plain(name))
}

/// Declares a static [`Lock`] named after the static.
macro_rules! lock {
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $value:expr;) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)] // The namesake of the static, in the namespace of types.
        $visibility enum $name {}

        impl $crate::sync::Name for $name {
            const NAME: &'static str = stringify!($name);
        }

        $(#[$attribute])*
        $visibility static $name: $crate::sync::Lock<$type, $name> = $crate::sync::Lock::new($value);
    };
}
pub(crate) use lock;

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Lock, Name};
    use std::boxed::Box;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::string::String;

    lock! {
        /// Used by one test.
        static COUNTER: u32 = 0;
    }

    struct Local;
    impl Name for Local {
        const NAME: &'static str = "local";
    }

    fn message(panic: Box<dyn std::any::Any + Send>) -> String {
        *panic.downcast::<String>().expect("a formatted message")
    }

    #[test]
    fn one_section_after_the_other_has_the_value() {
        let lock = Lock::<_, Local>::new(1);
        assert_eq!(lock.with(|value| core::mem::replace(value, 2)), 1);
        assert_eq!(lock.with(|value| *value), 2);
    }

    #[test]
    fn a_section_within_a_section_panics_with_the_name_of_the_static() {
        let outcome = catch_unwind(|| COUNTER.with(|_| COUNTER.with(|value| *value += 1)));
        assert_eq!(message(outcome.expect_err("a conflict")), "`COUNTER` is already in use");
        assert_eq!(COUNTER.with(|value| *value), 0, "the inner section did not run, and the outer one has ended");
    }

    #[test]
    fn the_outer_section_goes_on_after_a_conflict_that_was_caught() {
        let lock = Lock::<_, Local>::new(0);
        lock.with(|value| {
            *value = 1;
            assert!(catch_unwind(AssertUnwindSafe(|| lock.with(|_| ()))).is_err());
            *value += 1;
            assert!(catch_unwind(AssertUnwindSafe(|| lock.with(|_| ()))).is_err(), "the conflict did not unlock it");
        });
        assert_eq!(lock.with(|value| *value), 2);
    }

    #[test]
    fn a_section_that_panics_ends() {
        let lock = Lock::<_, Local>::new(5);
        assert!(catch_unwind(AssertUnwindSafe(|| lock.with(|_| panic!("on purpose")))).is_err());
        assert_eq!(lock.with(|value| *value), 5);
    }

    #[test]
    fn what_is_moved_out_and_forgotten_stays_forgotten() {
        let lock = Lock::<_, Local>::new(Some(Box::new(7)));
        let taken = lock.with(Option::take);
        core::mem::forget(taken);
        assert!(lock.with(|value| value.is_none()));
    }

    #[test]
    fn locks_end_in_any_order() {
        let (one, other) = (Lock::<_, Local>::new(1), Lock::<_, Local>::new(2));
        assert_eq!(one.with(|one| other.with(|other| *one + *other)), 3);
        assert_eq!(other.with(|other| one.with(|one| *one * *other)), 2);
    }

    #[test]
    fn two_threads_never_have_it_at_once() {
        static LOCK: Lock<u64, Local> = Lock::new(0);
        let done: u64 = std::thread::scope(|scope| {
            let threads: std::vec::Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let step = |_| catch_unwind(|| LOCK.with(|value| *value += 1)).is_ok();
                        (0..1000).filter(|round| step(*round)).count() as u64
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("it catches its panics")).sum()
        });
        assert_eq!(LOCK.with(|value| *value), done, "each section that ran has counted, and no other");
    }

    #[test]
    fn a_slice_is_locked_like_an_array() {
        let lock = Lock::<_, Local>::new([1, 2, 3]);
        let slice: &Lock<[i32], Local> = &lock;
        slice.with(|values| values[1] = 9);
        assert_eq!(lock.with(|values| *values), [1, 9, 3]);
    }

    #[test]
    fn a_name_takes_no_room() {
        assert_eq!(size_of::<Lock<u64, Local>>(), 16);
    }
}
