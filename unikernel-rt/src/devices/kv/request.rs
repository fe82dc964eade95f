//! Operations that may need the device, completed by blocking or by `await`.

use core::future::{Future, IntoFuture};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

/// An operation that may need the device. It does nothing until it is waited for or awaited.
///
/// ```no_run
/// # use unikernel_rt::kv::Error;
/// # use unikernel_rt::prelude::*;
/// # async fn example(store: Kv) -> Result<(), Error> {
/// let request = store.size("index.html");
/// let size = request.await?; // or `request.wait()?`, in a function that is not `async`
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens before it is waited for or awaited"]
#[derive(Debug)]
pub struct Request<F>(F);

impl<F: Future> Request<F> {
    pub(super) fn new(work: F) -> Self {
        Request(work)
    }

    /// Blocks until completion with the processor halted; in an `async fn` this blocks all other tasks, too.
    pub fn wait(self) -> F::Output {
        let mut work = pin!(self.0);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            // Poll the devices first: this sees earlier completions, and later ones interrupt.
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

/// Polls the devices; returns a function that halts until an interrupt.
#[cfg(feature = "kv-fat")]
fn look_at_devices() -> impl FnOnce() {
    let deadline = crate::tasks::poll::all();
    move || crate::tasks::poll::halt_until(deadline)
}

/// Embedded files are ready at once.
#[cfg(not(feature = "kv-fat"))]
fn look_at_devices() -> impl FnOnce() {
    || ()
}
