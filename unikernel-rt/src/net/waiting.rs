//! Tasks that wait for the same thing.

use core::task::Waker;

/// How many are remembered; those that come later are woken again and again.
const MOST: usize = 4;

/// Who waits.
pub(super) struct Waiting {
    wakers: [Option<Waker>; MOST],
    is_nobody: bool,
}

impl Waiting {
    pub(super) const NOBODY: Waiting = Waiting { wakers: [const { None }; MOST], is_nobody: true };

    /// Has a task woken with the next.
    pub(super) fn wait(&mut self, waker: &Waker) {
        if self.wakers.iter().flatten().any(|other| other.will_wake(waker)) {
            return;
        }
        self.is_nobody = false;
        match self.wakers.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(waker.clone()),
            None => waker.wake_by_ref(),
        }
    }

    /// Whether there is none.
    #[inline]
    pub(super) fn is_nobody(&self) -> bool {
        self.is_nobody
    }

    /// Wakes all.
    pub(super) fn wake(&mut self) {
        self.is_nobody = true;
        self.wakers.iter_mut().filter_map(Option::take).for_each(Waker::wake);
    }
}
