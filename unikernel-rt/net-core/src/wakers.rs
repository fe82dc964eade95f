//! Wakers that are kept until something has happened: one task for each direction of a socket, and woken once.

use core::task::Waker;

/// Has a task woken, and no more the one before it.
pub(crate) fn keep(place: &mut Option<Waker>, waker: &Waker) {
    match place {
        Some(known) => known.clone_from(waker),
        none => *none = Some(waker.clone()),
    }
}

/// Wakes who waits, if anybody does.
pub(crate) fn wake(place: &mut Option<Waker>) {
    if let Some(waker) = place.take() {
        waker.wake();
    }
}
