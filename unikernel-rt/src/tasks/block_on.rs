//! Waiting for a future without an executor: the devices are polled, and the processor halts in between.

use crate::sync::Static;
use crate::tasks::poll;
use core::future::Future;
use core::pin::pin;
use core::ptr;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

/// Whether somebody was woken since it was asked last.
static IS_WOKEN: Static<bool> = Static::new(false);

static WAKER: RawWakerVTable = RawWakerVTable::new(|_| waker(), |_| IS_WOKEN.set(true), |_| IS_WOKEN.set(true), |_| {});

const fn waker() -> RawWaker {
    RawWaker::new(ptr::null(), &WAKER)
}

/// Waits for a future, as a `main` that is no `async fn` does.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::block_on;
/// # async fn answer() -> u32 { 42 }
/// assert_eq!(block_on(answer()), 42);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    // SAFETY: the functions use no data, and there is one thread of execution.
    let waker = unsafe { Waker::from_raw(waker()) };
    let mut context = Context::from_waker(&waker);
    loop {
        IS_WOKEN.set(false);
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        loop {
            let deadline = poll::all();
            if IS_WOKEN.read() {
                break;
            }
            poll::halt_until(deadline);
        }
    }
}
