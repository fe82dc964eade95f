//! TCP connections.

use crate::net::endpoint::{endpoint, socket_addr};
use crate::net::shared::Shared;
use crate::net::stack::{Stack, ephemeral_port};
use crate::net::{Error, Net};
use core::fmt;
use core::future::poll_fn;
use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use core::task::{Context, Poll};
use core::time::Duration;
use smoltcp::socket::tcp::{RecvError, Socket, State};

/// A TCP connection. Dropping it closes it: data that was written is still sent.
///
/// Reads and writes go through `&self`, as those of the standard library's `&TcpStream` do. Each is a future: `.await` it in an
/// `async fn`, or [`.wait()`](crate::Wait) for it in another.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::net::{Error, Shutdown, TcpStream};
/// # fn example(net: Net) -> Result<(), Error> {
/// let stream = TcpStream::connect(net, ([10, 0, 0, 1], 7)).wait()?;
/// stream.write_all(b"hello").wait()?;
/// stream.shutdown(Shutdown::Write)?;
/// let mut buffer = [0; 512];
/// while let length @ 1.. = stream.read(&mut buffer).wait()? {
///     // ...
/// }
/// # Ok(())
/// # }
/// ```
///
/// ```no_run
/// # use core::time::Duration;
/// # use unikernel_rt::net::{Error, TcpStream};
/// # async fn example(mut stream: TcpStream) -> Result<(), Error> {
/// stream.set_nodelay(true);
/// stream.set_timeout(Some(Duration::from_secs(20)));
/// stream.set_keep_alive(Some(Duration::from_secs(60)));
/// assert!(stream.nodelay() && stream.is_writable() && !stream.is_readable());
/// assert_ne!(stream.local_addr()?, stream.peer_addr()?);
/// stream.write_vectored(&[b"GET ", b"/"]).await?;
/// stream.write_all_vectored(&[b" HTTP/1.1\r\n", b"\r\n"]).await?;
/// let is_http = stream.read_with(|received| (received.len(), received.starts_with(b"HTTP/"))).await?;
/// let mut buffer = [0; 512];
/// stream.read_idle(&mut buffer).await?; // gives way to new connections while it waits
/// let (reader, writer) = stream.split();
/// stream.acknowledged().await?; // the peer has all of it
/// # Ok(())
/// # }
/// ```
pub struct TcpStream {
    pub(super) shared: &'static Shared,
    pub(super) slot: u16,
    is_read_shut: AtomicBool,
}

/// Which direction of a connection [`TcpStream::shutdown`] closes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shutdown {
    /// Receiving: reads give 0 bytes from now on.
    Read,
    /// Sending: the peer sees the end of the data (FIN).
    Write,
    /// Both.
    Both,
}

impl TcpStream {
    /// Connects to an address.
    ///
    /// # Errors
    /// [`Error::NoFreeSocket`], [`Error::NetworkUnreachable`], [`Error::ConnectionRefused`], or [`Error::TimedOut`] after 60
    /// seconds.
    pub async fn connect(net: Net, address: impl Into<SocketAddr>) -> Result<Self, Error> {
        let (shared, address) = (net.shared(), address.into());
        let slot = shared.with(|stack| stack.pool.open())?;
        let stream = TcpStream::of(shared, slot);
        let began = shared.with(|stack| stack.connect(slot, address).map(|()| stack.now))?;
        poll_fn(|context| {
            stream.attempt(|socket| match socket.state() {
                State::SynSent | State::SynReceived => {
                    socket.register_send_waker(context.waker());
                    Poll::Pending
                }
                State::Closed => Poll::Ready(Err(Error::ConnectionRefused)),
                _ => Poll::Ready(Ok(())),
            })
        })
        .await
        .map_err(|refused| {
            let took = shared.with(|stack| stack.now) - began;
            if took < super::pool::HANDSHAKE_TIMEOUT { refused } else { Error::TimedOut }
        })?;
        stream.with(|socket| socket.set_timeout(None));
        Ok(stream)
    }

    /// Reads what has been received, at least one byte; 0 bytes mean that the peer has shut down its sending side.
    ///
    /// # Errors
    /// [`Error::ConnectionReset`].
    pub async fn read(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        poll_fn(|context| self.poll_read(context, buffer)).await
    }

    /// As [`TcpStream::read`], if something has been received; otherwise the task is woken when something is.
    pub fn poll_read(&self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<Result<usize, Error>> {
        if buffer.is_empty() || self.is_read_shut() {
            return Poll::Ready(Ok(0));
        }
        self.attempt(|socket| {
            if !socket.can_recv() && socket.may_recv() {
                socket.register_recv_waker(context.waker());
                return Poll::Pending;
            }
            Poll::Ready(match socket.recv_slice(buffer) {
                Ok(length) => Ok(length),
                Err(RecvError::Finished) => Ok(0),
                Err(RecvError::InvalidState) => Err(Error::ConnectionReset),
            })
        })
    }

    /// Calls `consume` with what has been received, as far as it is contiguous in the receive buffer, without a copy. `consume`
    /// returns how many bytes it has used, which are removed, and a result. It gets no bytes when the peer has shut down its
    /// sending side.
    ///
    /// # Errors
    /// As [`TcpStream::read`].
    pub async fn read_with<R>(&self, consume: impl FnOnce(&[u8]) -> (usize, R)) -> Result<R, Error> {
        let mut consume = Some(consume);
        poll_fn(|context| {
            if self.is_read_shut() {
                return consume.take().map_or(Poll::Pending, |consume| Poll::Ready(Ok(consume(&[]).1)));
            }
            self.attempt(|socket| {
                if !socket.can_recv() && socket.may_recv() {
                    socket.register_recv_waker(context.waker());
                    return Poll::Pending;
                }
                let Some(consume) = consume.take() else { return Poll::Pending };
                if !socket.can_recv() {
                    return Poll::Ready(if socket.state() == State::Closed {
                        Err(Error::ConnectionReset)
                    } else {
                        Ok(consume(&[]).1)
                    });
                }
                let result = socket.recv(|bytes| {
                    let (used, result) = consume(bytes);
                    (used.min(bytes.len()), result)
                });
                Poll::Ready(result.map_err(|_| Error::ConnectionReset))
            })
        })
        .await
    }

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
        self.attempt(|socket| {
            let mut written = 0;
            for piece in pieces {
                let mut rest = *piece;
                // Twice at most: the buffer's room may be in two pieces.
                while !rest.is_empty() {
                    match socket.send_slice(rest) {
                        Ok(0) => break,
                        Ok(length) => {
                            written += length;
                            rest = &rest[length..];
                        }
                        Err(_) if written > 0 => return Poll::Ready(Ok(written)),
                        Err(_) if socket.state() == State::Closed => return Poll::Ready(Err(Error::ConnectionReset)),
                        Err(_) => return Poll::Ready(Err(Error::NotConnected)),
                    }
                }
                if !rest.is_empty() {
                    break;
                }
            }
            if written == 0 {
                socket.register_send_waker(context.waker());
                return Poll::Pending;
            }
            Poll::Ready(Ok(written))
        })
    }

    /// Calls `fill` with the free part of the send buffer, as far as it is contiguous, to write into it without a copy. `fill`
    /// returns how many bytes it has written, and a result. If there is no room, the task is woken when there is.
    ///
    /// # Errors
    /// As [`TcpStream::write`].
    pub fn poll_write_with<R>(
        &self,
        context: &mut Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, Error>> {
        self.attempt(|socket| {
            if !socket.can_send() && socket.may_send() {
                socket.register_send_waker(context.waker());
                return Poll::Pending;
            }
            let is_gone = socket.state() == State::Closed;
            Poll::Ready(
                socket.send(fill).map_err(|_| if is_gone { Error::ConnectionReset } else { Error::NotConnected }),
            )
        })
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

    /// Closes one direction of the connection, or both. Data that was written is still sent.
    ///
    /// # Errors
    /// [`Error::NotConnected`] when the connection is gone.
    pub fn shutdown(&self, how: Shutdown) -> Result<(), Error> {
        self.peer_addr()?;
        if how != Shutdown::Write {
            self.is_read_shut.store(true, Relaxed);
        }
        if how != Shutdown::Read {
            self.with(Socket::close);
        }
        Ok(())
    }

    /// Waits until the peer has acknowledged everything that was written, and the FIN after a shutdown.
    ///
    /// # Errors
    /// [`Error::ConnectionReset`].
    pub async fn acknowledged(&self) -> Result<(), Error> {
        poll_fn(|context| {
            self.attempt(|socket| match (socket.send_queue(), socket.state()) {
                (0, State::FinWait1 | State::Closing | State::LastAck) | (1.., _)
                    if socket.state() != State::Closed =>
                {
                    socket.register_send_waker(context.waker());
                    Poll::Pending
                }
                (0, _) => Poll::Ready(Ok(())),
                _ => Poll::Ready(Err(Error::ConnectionReset)),
            })
        })
        .await
    }

    /// Resets the connection (RST); data that was written is discarded.
    pub fn abort(self) {
        self.with(Socket::abort);
    }

    /// Resets the connection when the peer has sent nothing for so long, an idle connection, too; none, the default, never does.
    pub fn set_timeout(&self, timeout: Option<Duration>) {
        self.with(|socket| socket.set_timeout(timeout.map(Into::into)));
    }

    /// Sends keep-alives while the connection is idle, one each `interval`; none, the default, sends none.
    pub fn set_keep_alive(&self, interval: Option<Duration>) {
        self.shared.with(|stack| stack.pool.set_keep_alive(self.slot, interval.map(Into::into)));
    }

    /// Whether small segments are sent at once (the default), or held back while data is unacknowledged (Nagle's algorithm).
    pub fn set_nodelay(&self, nodelay: bool) {
        self.with(|socket| socket.set_nagle_enabled(!nodelay));
    }

    /// What [`TcpStream::set_nodelay`] has set.
    pub fn nodelay(&self) -> bool {
        !self.look(|socket| socket.nagle_enabled())
    }

    /// The peer's address.
    ///
    /// # Errors
    /// [`Error::NotConnected`] when the connection is gone.
    pub fn peer_addr(&self) -> Result<SocketAddr, Error> {
        self.look(|socket| socket.remote_endpoint()).map(socket_addr).ok_or(Error::NotConnected)
    }

    /// The local address.
    ///
    /// # Errors
    /// [`Error::NotConnected`] when the connection is gone.
    pub fn local_addr(&self) -> Result<SocketAddr, Error> {
        self.look(|socket| socket.local_endpoint()).map(socket_addr).ok_or(Error::NotConnected)
    }

    /// Whether a read would not wait: there is data, the end, or an error.
    pub fn is_readable(&self) -> bool {
        self.is_read_shut() || self.look(|socket| socket.can_recv() || !socket.may_recv())
    }

    /// Whether a write would not wait: there is room, or an error.
    pub fn is_writable(&self) -> bool {
        self.look(|socket| socket.can_send() || !socket.may_send())
    }

    /// Splits it into a reader and a writer.
    pub fn split(&mut self) -> (TcpReader<'_>, TcpWriter<'_>) {
        (TcpReader(self), TcpWriter(self))
    }

    pub(super) fn of(shared: &'static Shared, slot: u16) -> Self {
        TcpStream { shared, slot, is_read_shut: AtomicBool::new(false) }
    }

    #[inline]
    fn is_read_shut(&self) -> bool {
        self.is_read_shut.load(Relaxed)
    }

    /// Changes the socket, which is polled afterwards.
    fn with<R>(&self, act: impl FnOnce(&mut Socket<'static>) -> R) -> R {
        self.shared.with(|stack| act(stack.pool.socket_mut(self.slot)))
    }

    /// As [`TcpStream::with`]; the socket is polled only where `act` is ready.
    #[inline]
    fn attempt<R>(&self, act: impl FnOnce(&mut Socket<'static>) -> Poll<R>) -> Poll<R> {
        self.shared.with(|stack| {
            let result = act(stack.pool.socket_untouched(self.slot));
            if result.is_ready() {
                stack.pool.touch(self.slot);
            }
            result
        })
    }

    fn look<R>(&self, look: impl FnOnce(&Socket<'static>) -> R) -> R {
        self.shared.with(|stack| look(stack.pool.socket(self.slot)))
    }
}

impl Drop for TcpStream {
    fn drop(&mut self) {
        self.shared.with(|stack| stack.pool.close(self.slot, stack.now));
    }
}

/// The reading half of a stream, for `embedded_io_async`.
///
/// ```no_run
/// # use unikernel_rt::net::{Error, TcpReader, TcpStream, TcpWriter};
/// # async fn copy(_: TcpReader<'_>, _: TcpWriter<'_>) {}
/// # async fn example(mut stream: TcpStream) {
/// let (reader, writer): (TcpReader<'_>, TcpWriter<'_>) = stream.split();
/// copy(reader, writer).await;
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TcpReader<'a>(pub(super) &'a TcpStream);

/// The writing half of a stream.
#[derive(Clone, Copy, Debug)]
pub struct TcpWriter<'a>(pub(super) &'a TcpStream);

impl fmt::Debug for TcpStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TcpStream").field("peer_addr", &self.peer_addr()).finish_non_exhaustive()
    }
}

impl Stack {
    /// Starts the handshake, from a random port.
    fn connect(&mut self, slot: u16, address: SocketAddr) -> Result<(), Error> {
        let remote = endpoint(address).ok_or(Error::NetworkUnreachable)?;
        let port = ephemeral_port(|port| self.pool.has_port(port));
        let socket = self.pool.socket_mut(slot);
        socket.set_timeout(Some(super::pool::HANDSHAKE_TIMEOUT));
        socket.connect(self.interface.context(), remote, port).map_err(|_| Error::NetworkUnreachable)?;
        self.pool.register(slot);
        Ok(())
    }
}
