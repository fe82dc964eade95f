//! Connections that give way to others: where a new one finds no socket, the one that has been idle longest is reset.
//!
//! Who keeps connections between requests would otherwise have to turn away whoever comes when as many are silent as there are
//! sockets.

use super::TcpStream;
use super::pool::Pool;
use super::slot::NEVER;
use crate::net::Error;
use core::future::poll_fn;
use smoltcp::time::{Duration, Instant};

/// Who has been silent for less is about to say something.
const LEAST: Duration = Duration::from_secs(1);

/// A stream that waits without being missed.
struct Idle<'a>(&'a TcpStream);

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.shared.with(|stack| stack.pool.set_idle_since(self.0.slot, NEVER));
    }
}

impl TcpStream {
    /// As [`TcpStream::read`], where nobody misses the connection while nothing comes: if it takes longer than a second, and another
    /// connection finds no socket, the one that has been silent longest is reset.
    ///
    /// # Errors
    /// [`Error::Reset`] when the connection is gone.
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

    /// Resets the connection that has been idle longest, if there is one: its socket is free when its owner has noticed.
    #[inline(never)]
    pub(in crate::net) fn evict(&mut self, now: Instant) {
        let (mut longest, mut since) = (None, now - LEAST);
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
