//! Idle connections make room for new ones: where no socket is free, the one that has been idle longest is reset.
//!
//! A server that keeps connections open between requests would otherwise turn clients away while all of its sockets are idle.

use super::TcpStream;
use crate::net::{Error, protocols};
use core::future::poll_fn;
use core::time::Duration;

/// A stream that waits in [`TcpStream::read_idle`].
struct Idle<'a>(&'a TcpStream);

impl<'a> Idle<'a> {
    fn begin(stream: &'a TcpStream) -> Self {
        let _ = stream.with(|tcp, _, handle| tcp.set_idle(handle, true));
        Idle(stream)
    }
}

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        let _ = self.0.with(|tcp, _, handle| tcp.set_idle(handle, false));
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
                idle = Some(Idle::begin(self));
            }
            read
        })
        .await
    }
}

impl TcpStream {
    /// Puts a connection that a listener has accepted back to it. It is accepted again as soon as there is something to read from it, its end
    /// included. Until then it needs no task and no buffer, and may be reset as by [`TcpStream::read_idle`]; where nothing comes for as
    /// long as `timeout`, it is closed.
    ///
    /// A server can so keep thousands of connections open, with a task for each that has something to do.
    pub fn requeue(self, timeout: Option<Duration>) {
        // Where it is not there any more, there is nothing to put back.
        let _ = self
            .shared
            .with(|stack| stack.with_now(|all, calls| protocols::tcp(all).requeue(calls, self.handle, timeout)));
    }
}
