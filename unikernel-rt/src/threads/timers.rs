//! The threads that wait for a time: a pairing heap, linked through them (Fredman et al., "The pairing heap").
//!
//! A deadline is added in constant time, and removed, as nearly all are before they come, in a time that grows with the logarithm of
//! their number. A kernel without a clock links nothing of the clock: [`use_clock`] is what knows it.

use super::thread::Thread;
use crate::sync::{Hook, lock};
use core::cell::Cell;

/// A thread's place in the heap.
pub(super) struct Node {
    deadline: Cell<u64>,
    child: Cell<Option<&'static Thread>>,
    sibling: Cell<Option<&'static Thread>>,
    /// The sibling before it, or the parent of the first one; none for the root.
    previous: Cell<Option<&'static Thread>>,
    is_in: Cell<bool>,
    has_expired: Cell<bool>,
}

impl Node {
    pub(super) const fn new() -> Self {
        Node {
            deadline: Cell::new(0),
            child: Cell::new(None),
            sibling: Cell::new(None),
            previous: Cell::new(None),
            is_in: Cell::new(false),
            has_expired: Cell::new(false),
        }
    }

    /// Whether the deadline that was added last has come.
    pub(super) fn has_expired(&self) -> bool {
        self.has_expired.get()
    }
}

lock! {
    /// The thread with the earliest deadline.
    static ROOT: Option<&'static Thread> = None;
}

/// Has the processor woken for deadlines; set where there is a clock.
static POLL: Hook<fn()> = Hook::new();

/// Lets threads wait for a time: `poll` has [`expire`] called.
pub(crate) fn use_clock(poll: fn()) {
    POLL.set(poll);
}

/// Adds a thread; whether there is a clock, without which its deadline never comes.
pub(super) fn add(thread: &'static Thread, deadline: u64) -> bool {
    let Some(poll) = POLL.get() else { return false };
    thread.timer.deadline.set(deadline);
    thread.timer.is_in.set(true);
    thread.timer.has_expired.set(false);
    ROOT.with(|root| *root = Some(root.map_or(thread, |root| meld(root, thread))));
    poll();
    true
}

/// Removes a thread, where it is in.
pub(super) fn remove(thread: &'static Thread) {
    // Without a clock, none is in, and the compiler sees it.
    if POLL.get().is_none() || !thread.timer.is_in.replace(false) {
        return;
    }
    let children = pair(thread.timer.child.take());
    let (previous, sibling) = (thread.timer.previous.take(), thread.timer.sibling.take());
    ROOT.with(|root| {
        let Some(previous) = previous else {
            *root = children;
            return;
        };
        if previous.timer.child.get().is_some_and(|first| first.is(thread)) {
            previous.timer.child.set(sibling);
        } else {
            previous.timer.sibling.set(sibling);
        }
        if let Some(sibling) = sibling {
            sibling.timer.previous.set(Some(previous));
        }
        if let (Some(first), Some(children)) = (*root, children) {
            *root = Some(meld(first, children));
        }
    });
}

/// Hands each thread whose deadline has come to `expired`, and removes it; gives the next deadline.
pub(super) fn expire(now: u64, mut expired: impl FnMut(&'static Thread)) -> Option<u64> {
    loop {
        let first = ROOT.with(|root| *root)?;
        let deadline = first.timer.deadline.get();
        if deadline > now {
            return Some(deadline);
        }
        remove(first);
        first.timer.has_expired.set(true);
        expired(first);
    }
}

/// Makes one tree of two.
fn meld(one: &'static Thread, other: &'static Thread) -> &'static Thread {
    let (parent, child) =
        if other.timer.deadline.get() < one.timer.deadline.get() { (other, one) } else { (one, other) };
    let first = parent.timer.child.replace(Some(child));
    child.timer.sibling.set(first);
    child.timer.previous.set(Some(parent));
    if let Some(first) = first {
        first.timer.previous.set(Some(child));
    }
    parent.timer.sibling.set(None);
    parent.timer.previous.set(None);
    parent
}

/// Makes one tree of siblings: in pairs, then of the pairs from the last to the first.
fn pair(first: Option<&'static Thread>) -> Option<&'static Thread> {
    let mut pairs: Option<&'static Thread> = None;
    let mut next = first;
    while let Some(one) = next {
        let other = one.timer.sibling.take();
        next = other.and_then(|other| other.timer.sibling.take());
        one.timer.previous.set(None);
        let tree = other.map_or(one, |other| meld(one, other));
        tree.timer.sibling.set(pairs);
        pairs = Some(tree);
    }
    let mut tree: Option<&'static Thread> = None;
    while let Some(one) = pairs {
        pairs = one.timer.sibling.take();
        tree = Some(tree.map_or(one, |tree| meld(tree, one)));
    }
    tree
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Thread, add, expire, remove, use_clock};
    use std::boxed::Box;
    use std::vec::Vec;

    /// One test: there is one heap.
    #[test]
    fn deadlines_come_in_order_and_what_was_removed_never_does() {
        let mut random = fastrand::Rng::with_seed(5);
        use_clock(|| {});
        let threads: Vec<&'static Thread> =
            (0..300).map(|_| &*Box::leak(Box::new(Thread::new(core::ptr::null(), 0..0)))).collect();
        for round in 0..100 {
            let mut expected = Vec::new();
            for (index, thread) in threads.iter().enumerate() {
                let deadline = random.u64(1..100);
                assert!(add(thread, deadline));
                expected.push((deadline, index));
            }
            expected.retain(|(_, index)| {
                let stays = random.u8(..) > 80;
                if !stays {
                    remove(threads[*index]);
                    remove(threads[*index]);
                }
                stays
            });
            let mut found = Vec::new();
            for now in [30, 30, 70, 100] {
                let next = expire(now, |thread| found.push(thread.timer.deadline.get()));
                assert!(next.is_none_or(|next| next > now));
                assert!(found.iter().all(|deadline| *deadline <= now));
            }
            let mut deadlines: Vec<_> = expected.iter().map(|(deadline, _)| *deadline).collect();
            deadlines.sort_unstable();
            assert_eq!(found, deadlines, "round {round}");
        }
    }
}
