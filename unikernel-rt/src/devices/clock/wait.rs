//! The clock's part for tasks: waiting while others run.

use super::Clock;
use crate::tasks::timers;
use crate::time;
use core::future::poll_fn;
use core::task::{Context, Poll};
use core::time::Duration;

impl Clock {
    /// Waits for `duration`, or a little longer, while other tasks run.
    ///
    /// ```no_run
    /// # use core::time::Duration;
    /// # use unikernel_rt::prelude::*;
    /// # async fn example(clock: Clock) {
    /// clock.wait(Duration::from_millis(20)).await;
    /// # }
    /// ```
    pub async fn wait(self, duration: Duration) {
        let mut deadline = None;
        poll_fn(|context| {
            // One look at the clock does for both.
            let now = time::now_ticks();
            let deadline = *deadline.get_or_insert_with(|| now.saturating_add(super::ticks(duration)));
            poll_until(deadline, now, context)
        })
        .await;
    }

    /// Waits until [`now`](Clock::now) is at least `deadline`, while other tasks run; does not wait where it is already.
    pub async fn wait_until(self, deadline: Duration) {
        let deadline = super::ticks(deadline);
        poll_fn(|context| poll_until(deadline, time::now_ticks(), context)).await;
    }
}

fn poll_until(deadline: u64, now: u64, context: &Context<'_>) -> Poll<()> {
    if now >= deadline {
        return Poll::Ready(());
    }
    timers::wake_at(deadline, context.waker());
    Poll::Pending
}
