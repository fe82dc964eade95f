//! Writing to a connection.

use super::TcpStream;
use super::stream::Direction;
use crate::net::Error;
use core::future::poll_fn;
use core::task::{Context, Poll};

impl TcpStream {
    /// Writes as much as the send buffer has room for, at least one byte; returns how much.
    ///
    /// # Errors
    /// [`Error::ConnectionReset`]; [`Error::NotConnected`] once the sending side is shut down.
    pub async fn write(&self, bytes: &[u8]) -> Result<usize, Error> {
        self.write_vectored(&[bytes]).await
    }

    /// As [`TcpStream::write`], of several buffers in turn.
    ///
    /// # Errors
    /// As [`TcpStream::write`].
    pub async fn write_vectored(&self, pieces: &[&[u8]]) -> Result<usize, Error> {
        poll_fn(|context| self.poll_write_vectored(context, pieces)).await
    }

    /// As [`TcpStream::write_vectored`], if there is room; otherwise the task is woken when there is.
    pub fn poll_write_vectored(&self, context: &mut Context<'_>, pieces: &[&[u8]]) -> Poll<Result<usize, Error>> {
        if pieces.iter().all(|piece| piece.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        self.attempt(context.waker(), Direction::Write, |tcp, calls, handle| {
            let mut written = 0;
            for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
                match tcp.write(calls, handle, piece) {
                    Ok(count) => {
                        written += count;
                        if count < piece.len() {
                            break;
                        }
                    }
                    // What was written is told first.
                    Err(_) if written > 0 => break,
                    Err(error) => return Err(error),
                }
            }
            Ok(written)
        })
    }

    /// Calls `fill` with a free part of the send buffer, to write into it without a copy: one piece, of 1,024 bytes at the least where
    /// the buffer has so many. `fill` returns how many bytes it has written, and a result. If there is no room, the task is woken when there is.
    ///
    /// # Errors
    /// As [`TcpStream::write`].
    pub fn poll_write_with<R>(
        &self,
        context: &mut Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, Error>> {
        const LEAST: usize = 1024;
        self.attempt(context.waker(), Direction::Write, |tcp, calls, handle| tcp.write_with(calls, handle, LEAST, fill))
    }

    /// Writes all of some bytes that live for ever, such as a file of the image: by reference, so that they are sent, and sent again where
    /// that is needed, from where they lie, and take no room in any buffer.
    ///
    /// # Errors
    /// As [`TcpStream::write`].
    pub async fn write_static(&self, bytes: &'static [u8]) -> Result<(), Error> {
        poll_fn(|context| self.poll_write_static(context, bytes)).await
    }

    /// As [`TcpStream::write_static`], if there is room for the reference; otherwise the task is woken when there is.
    pub fn poll_write_static(&self, context: &mut Context<'_>, bytes: &'static [u8]) -> Poll<Result<(), Error>> {
        self.attempt(context.waker(), Direction::Write, |tcp, calls, handle| tcp.write_static(calls, handle, bytes))
    }

    /// Waits until at most so many bytes that were written are unacknowledged; gives how many they are. Who writes much by
    /// [`write_static`](TcpStream::write_static) sees by it how the peer takes it.
    ///
    /// # Errors
    /// As [`TcpStream::write`].
    pub async fn drained(&self, most: usize) -> Result<usize, Error> {
        poll_fn(|context| self.attempt(context.waker(), Direction::Write, |tcp, _, handle| tcp.drained(handle, most)))
            .await
    }

    /// Writes all of a buffer.
    ///
    /// # Errors
    /// As [`TcpStream::write`].
    pub async fn write_all(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = self.write(rest).await?;
            rest = &rest[written..];
        }
        Ok(())
    }

    /// Writes all of several buffers, at once where there is room.
    ///
    /// # Errors
    /// As [`TcpStream::write`].
    pub async fn write_all_vectored(&self, pieces: &[&[u8]]) -> Result<(), Error> {
        let total: usize = pieces.iter().map(|piece| piece.len()).sum();
        let mut written = if total == 0 { 0 } else { self.write_vectored(pieces).await? };
        let mut skipped = 0;
        for piece in pieces {
            let done = written.saturating_sub(skipped).min(piece.len());
            skipped += piece.len();
            if done < piece.len() {
                self.write_all(&piece[done..]).await?;
                written = skipped;
            }
        }
        Ok(())
    }
}
