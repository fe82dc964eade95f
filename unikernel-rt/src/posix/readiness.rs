//! What can be done with an object now, and who is woken when that changes.

use super::errno::{EAGAIN, Errno};
use crate::sync::{Lock, Name};
use crate::threads;
use crate::time::NEVER;
use alloc::vec::Vec;
use core::ops::{BitAnd, BitOr};
use core::task::Waker;

/// What can be done with an object without waiting: a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Readiness(u8);

impl Readiness {
    pub(super) const NONE: Self = Self(0);
    /// A read does not wait: there is something, or it is known that nothing comes any more.
    pub(super) const READABLE: Self = Self(1);
    /// A write does not wait: there is room, or it is known that it fails.
    pub(super) const WRITABLE: Self = Self(1 << 1);
    /// After what can be read now, nothing comes any more.
    pub(super) const READ_CLOSED: Self = Self(1 << 2);
    /// Nothing can be written any more.
    pub(super) const WRITE_CLOSED: Self = Self(1 << 3);
    /// An error is to be fetched.
    pub(super) const FAILED: Self = Self(1 << 4);

    /// Whether all of the others are in it.
    pub(super) const fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// This set where something holds, and otherwise the empty one.
    pub(super) const fn only_if(self, holds: bool) -> Self {
        if holds { self } else { Self::NONE }
    }
}

impl BitOr for Readiness {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Readiness {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// Who waits for a change of an object: each is woken once, and registers again if it goes on waiting.
pub(super) struct Watchers(Lock<Registered, Watchers>);

/// Mostly there is one, which takes no memory.
struct Registered {
    first: Option<Waker>,
    others: Vec<Waker>,
}

impl Name for Watchers {
    const NAME: &'static str = "watchers of a descriptor";
}

/// An object that is gone has changed for the last time.
impl Drop for Watchers {
    fn drop(&mut self) {
        self.wake();
    }
}

impl Watchers {
    pub(super) const fn new() -> Self {
        Watchers(Lock::new(Registered { first: None, others: Vec::new() }))
    }

    /// Registers a waker, unless it is.
    pub(super) fn add(&self, waker: &Waker) {
        self.0.with(|Registered { first, others }| {
            if first.iter().chain(&*others).any(|registered| registered.will_wake(waker)) {
                return;
            }
            match first {
                None => *first = Some(waker.clone()),
                Some(_) => others.push(waker.clone()),
            }
        });
    }

    /// Tries until something comes of it, at changes alone, if it may wait; [`EAGAIN`] if it may not.
    pub(super) fn wait<R>(&self, waits: bool, mut attempt: impl FnMut() -> Option<R>) -> Result<R, Errno> {
        let outcome = attempt();
        if outcome.is_some() || !waits {
            return outcome.ok_or(EAGAIN);
        }
        threads::wait(NEVER, |waker| {
            self.add(waker);
            attempt()
        })
        .ok_or(EAGAIN)
    }

    /// Wakes all, who may register again meanwhile.
    pub(super) fn wake(&self) {
        let (first, others) = self.0.with(|wakers| {
            let others = Some(&mut wakers.others).filter(|others| !others.is_empty());
            (wakers.first.take(), others.map(core::mem::take))
        });
        if let Some(first) = first {
            first.wake();
        }
        let Some(mut others) = others else { return };
        others.drain(..).for_each(Waker::wake);
        // Its memory is for those who come next.
        self.0.with(|next| {
            if next.others.capacity() == 0 {
                next.others = others;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Readiness, Watchers};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::{Wake, Waker};

    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn each_is_woken_once_however_often_it_registered() {
        let watchers = Watchers::new();
        let counts = [0; 3].map(|_| Arc::new(Count(AtomicU32::new(0))));
        for round in 1..=3 {
            for _ in 0..2 {
                counts.iter().for_each(|count| watchers.add(&Waker::from(count.clone())));
            }
            watchers.wake();
            watchers.wake();
            assert!(counts.iter().all(|count| count.0.load(Ordering::Relaxed) == round));
        }
        assert!(counts.iter().all(|count| Arc::strong_count(count) == 1), "nobody is kept");
    }

    #[test]
    fn sets_are_sets() {
        let both = Readiness::READABLE | Readiness::FAILED;
        assert!(both.contains(Readiness::READABLE) && both.contains(Readiness::NONE));
        assert!(!both.contains(Readiness::READABLE | Readiness::WRITABLE));
        assert_eq!(both & Readiness::FAILED, Readiness::FAILED);
        assert_eq!(both.only_if(false), Readiness::NONE);
    }
}
