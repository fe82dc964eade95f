//! Idle connections make room for new ones: where no socket is free, the one that has been idle longest is reset.
//!
//! A server that keeps connections open between requests would otherwise turn clients away while all of its sockets are idle.

use super::TcpStream;
use super::pool::Pool;
use super::slot::NEVER;
use crate::net::Error;
use core::future::poll_fn;
use smoltcp::time::{Duration, Instant};

/// A connection that has been idle for less is not reset.
const MIN_IDLE: Duration = Duration::from_secs(1);

/// A stream that waits in [`TcpStream::read_idle`].
struct Idle<'a>(&'a TcpStream);

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.shared.with(|stack| stack.pool.set_idle_since(self.0.slot, NEVER));
    }
}

impl TcpStream {
    /// As [`TcpStream::read`], on a connection that may be reset while it waits: when it has been idle for more than a second, longest
    /// of all, and a new connection finds no free socket.
    ///
    /// # Errors
    /// [`Error::ConnectionReset`].
    pub async fn read_idle(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut idle = None;
        poll_fn(|context| {
            let read = self.poll_read(context, buffer);
            if read.is_pending() && idle.is_none() {
                idle = Some(Idle(self));
                self.shared.with(|stack| stack.pool.set_idle_since(self.slot, stack.now));
            }
            read
        })
        .await
    }
}

impl Pool {
    fn set_idle_since(&mut self, slot: u16, time: Instant) {
        self.slot(slot).idle_since = time;
    }

    /// Resets the connection that has been idle longest, if there is one. Its socket is free once its owner has noticed.
    #[inline(never)]
    pub(in crate::net) fn evict(&mut self, now: Instant) {
        let (mut longest, mut since) = (None, now - MIN_IDLE);
        for slot in 0..self.count() {
            let idle_since = self.slot(slot).idle_since;
            if idle_since <= since {
                (longest, since) = (Some(slot), idle_since);
            }
        }
        if let Some(slot) = longest {
            self.set_idle_since(slot, NEVER);
            self.socket_mut(slot).abort();
        }
    }
}
