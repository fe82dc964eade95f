//! The threads that are ready, in the order in which they became so.

use super::thread::Thread;

/// A list of threads, linked through them: no memory is needed to add one.
pub(super) struct Queue {
    first: Option<&'static Thread>,
    last: Option<&'static Thread>,
}

impl Queue {
    pub(super) const fn new() -> Self {
        Queue { first: None, last: None }
    }

    /// Adds a thread at the end. It is in no queue.
    pub(super) fn push(&mut self, thread: &'static Thread) {
        thread.next.set(None);
        match self.last.replace(thread) {
            Some(last) => last.next.set(Some(thread)),
            None => self.first = Some(thread),
        }
    }

    /// Takes the first one.
    pub(super) fn pop(&mut self) -> Option<&'static Thread> {
        let first = self.first?;
        self.first = first.next.take();
        if self.first.is_none() {
            self.last = None;
        }
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Queue, Thread};
    use std::boxed::Box;

    #[test]
    fn who_came_first_goes_first() {
        let threads = [0; 3].map(|_| &*Box::leak(Box::new(Thread::new(core::ptr::null(), 0..0))));
        let mut queue = Queue::new();
        assert!(queue.pop().is_none());
        for round in 0..3 {
            threads.iter().for_each(|thread| queue.push(thread));
            for thread in threads.iter().take(2) {
                assert!(queue.pop().is_some_and(|popped| popped.is(thread)), "round {round}");
            }
            queue.push(threads[0]);
            assert!(queue.pop().is_some_and(|popped| popped.is(threads[2])));
            assert!(queue.pop().is_some_and(|popped| popped.is(threads[0])));
            assert!(queue.pop().is_none());
        }
    }
}
