//! The clock's part for tasks: waiting while others run.

use super::Clock;
use crate::{time, timers};
use core::future::poll_fn;
use core::task::Poll;
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
        self.wait_until(self.now().saturating_add(duration)).await;
    }

    /// Waits until [`now`](Clock::now) is at least `deadline`, while other tasks run; does not wait where it is already.
    pub async fn wait_until(self, deadline: Duration) {
        let deadline = super::ticks(deadline);
        poll_fn(|context| {
            if time::now_ticks() >= deadline {
                return Poll::Ready(());
            }
            timers::wake_at(deadline, context.waker());
            Poll::Pending
        })
        .await
    }
}
