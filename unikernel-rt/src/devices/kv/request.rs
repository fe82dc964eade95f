//! What may need the device: waited for by blocking or by `await`.

use core::future::{Future, IntoFuture};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

/// Something that may need the device; it begins when it is waited for.
#[must_use = "nothing happens before it is waited for or awaited"]
#[derive(Debug)]
pub struct Request<F>(F);

impl<F: Future> Request<F> {
    pub(super) fn new(work: F) -> Self {
        Request(work)
    }

    /// Waits for the end; the processor is halted meanwhile, and in an `async fn` all other tasks with it.
    pub fn wait(self) -> F::Output {
        let mut work = pin!(self.0);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            // Devices first: what they have finished before is seen, and what they finish later interrupts.
            let halt = look_at_devices();
            if let Poll::Ready(outcome) = work.as_mut().poll(&mut context) {
                return outcome;
            }
            halt();
        }
    }
}

impl<F: Future> IntoFuture for Request<F> {
    type Output = F::Output;
    type IntoFuture = F;

    fn into_future(self) -> F {
        self.0
    }
}

/// Looks at the devices; what comes back halts until there is news.
#[cfg(feature = "kv-fat")]
fn look_at_devices() -> impl FnOnce() {
    let deadline = crate::tasks::poll::all();
    move || crate::tasks::poll::halt_until(deadline)
}

/// Embedded files are there at once.
#[cfg(not(feature = "kv-fat"))]
fn look_at_devices() -> impl FnOnce() {
    || ()
}
