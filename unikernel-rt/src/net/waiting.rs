//! Tasks that wait for the same thing.

use core::task::Waker;

/// How many are remembered; those that come later are woken again and again.
const MOST: usize = 4;

/// Who waits.
pub(super) struct Waiting([Option<Waker>; MOST]);

impl Waiting {
    pub(super) const NOBODY: Waiting = Waiting([const { None }; MOST]);

    /// Has a task woken with the next.
    pub(super) fn wait(&mut self, waker: &Waker) {
        if self.0.iter().flatten().any(|other| other.will_wake(waker)) {
            return;
        }
        match self.0.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(waker.clone()),
            None => waker.wake_by_ref(),
        }
    }

    /// Whether there is none.
    #[inline]
    pub(super) fn is_nobody(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Wakes all.
    pub(super) fn wake(&mut self) {
        self.0.iter_mut().filter_map(Option::take).for_each(Waker::wake);
    }
}
