//! Waiting for a waker or for a future of the runtime, while other threads run.

use super::schedule::{block, ready};
use super::thread::{Thread, current};
use crate::time::NEVER;
use core::future::Future;
use core::pin::pin;
use core::ptr;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

static VTABLE: RawWakerVTable = RawWakerVTable::new(|thread| RawWaker::new(thread, &VTABLE), wake, wake, |_| {});

fn wake(thread: *const ()) {
    // SAFETY: `wait` alone makes these wakers, for the thread that it runs in; control blocks are never freed.
    let thread = unsafe { Thread::at(thread.expose_provenance()) };
    thread.is_woken.set(true);
    ready(thread);
}

/// Blocks the thread that runs until `attempt` gives something, or until a time: then there is none.
///
/// It is called with a waker, and again whenever that has been called. It does not wait itself. Who keeps the waker may call it after the
/// end of this: then the thread looks again for what it waits for by then.
#[cfg(not(test))]
pub(crate) fn wait<R>(deadline: u64, mut attempt: impl FnMut(&Waker) -> Option<R>) -> Option<R> {
    let thread = current();
    // SAFETY: the functions of the table need nothing but the address of a thread. Wakers stay on this processor, whose threads
    // do not preempt each other.
    let waker = unsafe { Waker::new(ptr::from_ref(thread).cast(), &VTABLE) };
    loop {
        thread.is_woken.set(false);
        let outcome = attempt(&waker);
        if outcome.is_some() {
            return outcome;
        }
        while !thread.is_woken.get() {
            if block(deadline) && !thread.is_woken.get() {
                return None;
            }
        }
    }
}

/// Tests run no threads, and what is tested does not wait.
#[cfg(test)]
pub(crate) fn wait<R>(_deadline: u64, _attempt: impl FnMut(&Waker) -> Option<R>) -> Option<R> {
    unreachable!("there is no thread that could wait")
}

/// Blocks the thread that runs until a future is done; gives its output.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let output = wait(NEVER, |waker| match future.as_mut().poll(&mut Context::from_waker(waker)) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    });
    output.expect("there is no deadline")
}
