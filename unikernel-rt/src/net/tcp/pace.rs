//! Least rates: peers that take too little of what they are sent are given up.

use crate::net::{Net, protocols};
use core::time::Duration;

impl Net {
    /// Gives up TCP connections whose peers have taken less than so many bytes a second of what is sent to them, for as long as `grace`; and the
    /// slowest of all, long before, where no other socket or little memory is left. Whoever waits for one of them gets
    /// [`Error::TimedOut`](crate::net::Error::TimedOut).
    ///
    /// Returns whether there is anybody who has not taken everything yet: a server calls this each second as long as there is. Nobody can then keep
    /// a connection and its memory by taking a byte now and then, and a server need not wait until its answers are taken.
    ///
    /// ```no_run
    /// # use core::time::Duration;
    /// # use unikernel_rt::prelude::*;
    /// # use unikernel_rt::timeout;
    /// # async fn example(net: Net) {
    /// while net.give_up_slow(500, Duration::from_secs(10)) {
    ///     let _ = timeout(Duration::from_secs(1), core::future::pending::<()>()).await;
    /// }
    /// # }
    /// ```
    pub fn give_up_slow(self, bytes_per_second: u32, grace: Duration) -> bool {
        self.shared()
            .with(|stack| stack.with_now(|all, calls| protocols::tcp(all).give_up_slow(calls, bytes_per_second, grace)))
    }
}
