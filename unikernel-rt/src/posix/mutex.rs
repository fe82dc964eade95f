//! A lock for sections that may wait, such as for a disk: who finds it taken waits as well.

use crate::threads;
use crate::time::NEVER;
use core::sync::atomic::{AtomicBool, Ordering};

/// A lock of no value in particular.
pub(super) struct Mutex {
    is_taken: AtomicBool,
}

impl Mutex {
    pub(super) const fn new() -> Self {
        Mutex { is_taken: AtomicBool::new(false) }
    }

    /// Runs a section that no other one of this lock overlaps.
    pub(super) fn with<R>(&self, section: impl FnOnce() -> R) -> R {
        let address = self.is_taken.as_ptr().addr();
        while self.is_taken.swap(true, Ordering::Acquire) {
            threads::wait_at(address, NEVER);
        }
        let result = section();
        self.is_taken.store(false, Ordering::Release);
        threads::wake_at(address, 1);
        result
    }
}
