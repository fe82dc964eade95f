//! Asynchronous sleep, while other tasks run.

use super::{Clock, Instant};
use crate::tasks::timers;
use crate::time;
use core::future::poll_fn;
use core::task::{Context, Poll};
use core::time::Duration;

impl Clock {
    /// Sleeps for `duration`, or a little longer, while other tasks run.
    ///
    /// ```no_run
    /// # use core::time::Duration;
    /// # use unikernel_rt::prelude::*;
    /// # async fn example(clock: Clock) {
    /// clock.after(Duration::from_millis(20)).await;
    /// # }
    /// ```
    pub async fn after(self, duration: Duration) {
        let mut deadline = None;
        poll_fn(|context| {
            // The clock is read once for both.
            let now = time::now_ticks();
            let deadline = *deadline.get_or_insert_with(|| Instant::from_ticks(now) + duration);
            poll_until(deadline, now, context)
        })
        .await;
    }

    /// Sleeps until `deadline`, while other tasks run; returns at once if it has passed.
    ///
    /// ```no_run
    /// # use core::time::Duration;
    /// # use unikernel_rt::prelude::*;
    /// # async fn example(clock: Clock) {
    /// let mut tick = clock.now();
    /// loop {
    ///     tick += Duration::from_secs(1); // exactly a second after the one before, however long the work takes
    ///     clock.at(tick).await;
    /// }
    /// # }
    /// ```
    pub async fn at(self, deadline: Instant) {
        poll_fn(|context| poll_until(deadline, time::now_ticks(), context)).await;
    }
}

fn poll_until(deadline: Instant, now: u64, context: &Context<'_>) -> Poll<()> {
    if now >= deadline.ticks() {
        return Poll::Ready(());
    }
    timers::wake_at(deadline.ticks(), context.waker());
    Poll::Pending
}
