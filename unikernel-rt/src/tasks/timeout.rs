//! Time limits of futures.

use crate::tasks::timers;
use crate::time;
use crate::time::instant::Instant;
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Poll, Waker};
use core::time::Duration;

/// The error of [`timeout`] and [`timeout_at`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("timed out")
    }
}

impl core::error::Error for TimedOut {}

/// Runs a future for at most `duration`, counted from its first poll; then the future is dropped.
///
/// It needs a clock: a declared one, or that of a network with sockets.
///
/// ```no_run
/// # use core::time::Duration;
/// # use unikernel_rt::net::{Error, TcpStream};
/// # use unikernel_rt::timeout;
/// # async fn example(stream: TcpStream) -> Result<(), Error> {
/// let mut buffer = [0; 512];
/// let length = timeout(Duration::from_secs(10), stream.read(&mut buffer)).await??;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`TimedOut`].
pub async fn timeout<F: Future>(duration: Duration, future: F) -> Result<F::Output, TimedOut> {
    let mut future = pin!(future);
    // The clock is not read before the future has been pending.
    let mut deadline = None;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => wait(&mut deadline, duration, context.waker()),
    })
    .await
}

/// Runs a future until `deadline` at most; then the future is dropped. See [`timeout`].
///
/// ```no_run
/// # use core::time::Duration;
/// # use unikernel_rt::net::{Error, TcpStream};
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::{TimedOut, println, timeout_at};
/// # async fn example(clock: Clock, stream: TcpStream) -> Result<(), Error> {
/// let deadline = clock.now() + Duration::from_secs(10);
/// let mut buffer = [0; 512];
/// let outcome = timeout_at(deadline, stream.read(&mut buffer)).await;
/// match outcome {
///     Ok(length) => println!("{} bytes", length?),
///     Err(TimedOut) => stream.abort(),
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`TimedOut`].
pub async fn timeout_at<F: Future>(deadline: Instant, future: F) -> Result<F::Output, TimedOut> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => wait(&mut Some(deadline), Duration::ZERO, context.waker()),
    })
    .await
}

/// Has a task woken at the deadline, which is `duration` from now where there is none, unless it has passed.
fn wait<T>(deadline: &mut Option<Instant>, duration: Duration, waker: &Waker) -> Poll<Result<T, TimedOut>> {
    if is_over(deadline, duration, waker) { Poll::Ready(Err(TimedOut)) } else { Poll::Pending }
}

#[inline(never)] // each future with a limit would have its code
fn is_over(deadline: &mut Option<Instant>, duration: Duration, waker: &Waker) -> bool {
    let now = time::now_ticks();
    let deadline = deadline.get_or_insert_with(|| Instant::from_ticks(now) + duration).ticks();
    let is_over = now >= deadline;
    if !is_over {
        timers::wake_at(deadline, waker);
    }
    is_over
}
