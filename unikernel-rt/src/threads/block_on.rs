//! Waiting for a future of the runtime while other threads run.

use super::schedule::{block, ready};
use super::thread::{Thread, current};
use crate::time::NEVER;
use core::future::Future;
use core::pin::pin;
use core::ptr;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

static VTABLE: RawWakerVTable = RawWakerVTable::new(|thread| RawWaker::new(thread, &VTABLE), wake, wake, |_| {});

fn wake(thread: *const ()) {
    // SAFETY: `block_on` alone makes these wakers, for the thread that it runs in; control blocks are never freed.
    let thread = unsafe { Thread::at(thread.expose_provenance()) };
    thread.is_woken.set(true);
    ready(thread);
}

/// Blocks the thread that runs until a future is done; gives its output.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let thread = current();
    let mut future = pin!(future);
    // SAFETY: the functions of the table need nothing but the address of a thread. Wakers stay on this processor, whose threads
    // do not preempt each other.
    let waker = unsafe { Waker::new(ptr::from_ref(thread).cast(), &VTABLE) };
    let mut context = Context::from_waker(&waker);
    loop {
        thread.is_woken.set(false);
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        while !thread.is_woken.get() {
            block(NEVER);
        }
    }
}
