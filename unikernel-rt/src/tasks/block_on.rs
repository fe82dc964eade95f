//! Waiting for a future without an executor: the devices are polled, and the processor halts in between.

use crate::tasks::poll;
use core::future::Future;
use core::pin::pin;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

/// Whether the waker was called since the last check.
static IS_WOKEN: AtomicBool = AtomicBool::new(false);

static VTABLE: RawWakerVTable =
    RawWakerVTable::new(|_| RawWaker::new(ptr::null(), &VTABLE), |_| wake(), |_| wake(), |_| {});

/// The waker of a blocked caller. Without `unsafe` it would need an `Arc`, and there is no heap for one.
// SAFETY: the functions use no data and may be called from any thread at any time.
#[expect(unsafe_code, reason = "a waker without memory of its own")]
const WAKER: Waker = unsafe { Waker::new(ptr::null(), &VTABLE) };

fn wake() {
    IS_WOKEN.store(true, Ordering::Relaxed);
}

/// Blocks until a future is done and returns its output, as [`Wait::wait`](crate::Wait::wait) does. The processor halts meanwhile.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::block_on;
/// # async fn answer() -> u32 { 42 }
/// assert_eq!(block_on(answer()), 42);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = WAKER;
    let mut context = Context::from_waker(&waker);
    loop {
        IS_WOKEN.store(false, Ordering::Relaxed);
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        loop {
            let deadline = poll::all();
            if IS_WOKEN.load(Ordering::Relaxed) {
                break;
            }
            poll::halt_until(deadline);
        }
    }
}
