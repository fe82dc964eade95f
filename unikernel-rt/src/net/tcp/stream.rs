//! TCP connections.

use crate::net::port::Port;
use crate::net::protocols::{self, Families, narrow};
use crate::net::shared::Shared;
use crate::net::{Error, Net};
use core::fmt;
use core::future::poll_fn;
use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use unikernel_net::{Readiness, Tcp, TcpHandle, widen};

/// What a call of the core needs besides.
type Calls<'a, 'b> = unikernel_net::Context<'a, 'static, Families, Port<'b>>;

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
/// stream.write_static(b"of the image").await?; // by reference
/// stream.drained(0).await?;
/// stream.requeue(Some(Duration::from_secs(75))); // its listener accepts it again when there is something to read
/// # Ok(())
/// # }
/// ```
pub struct TcpStream {
    pub(super) shared: &'static Shared,
    pub(super) handle: TcpHandle,
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
    /// Begins to connect to an address.
    pub(super) fn begin(net: Net, address: SocketAddr) -> Result<Self, Error> {
        let shared = net.shared();
        let connect = |tcp: &mut Tcp<'static>, calls: &mut Calls<'_, '_>| {
            let handle = tcp.connect(calls, None, narrow(address)?)?;
            // Small segments are sent at once, until the application wants otherwise.
            tcp.set_no_delay(handle, true)?;
            Ok::<_, unikernel_net::Error>(handle)
        };
        let handle = shared.with(|stack| stack.with_now(|all, calls| connect(protocols::tcp(all), calls)))?;
        Ok(TcpStream { shared, handle, is_read_shut: AtomicBool::new(false) })
    }

    /// Whether it is connected, as soon as that is known.
    pub(super) fn poll_connected(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let connected = self.attempt(context.waker(), Direction::Write, |tcp, _, handle| tcp.connected(handle));
        connected.map_err(|error| match error {
            // It was there, and is gone before anybody has looked.
            Error::NotConnected => Error::ConnectionReset,
            error => error,
        })
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
        self.attempt(context.waker(), Direction::Read, |tcp, calls, handle| tcp.read(calls, handle, buffer))
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
            self.attempt(context.waker(), Direction::Read, |tcp, calls, handle| {
                let take = |bytes: &[u8]| match consume.take() {
                    Some(consume) => {
                        let (used, result) = consume(bytes);
                        (used, Some(result))
                    }
                    None => (0, None),
                };
                tcp.read_with(calls, handle, take)
            })
            .map(|result| result?.ok_or(Error::NotConnected))
        })
        .await
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
            self.with(|tcp, calls, handle| tcp.shut_down(calls, handle))?;
        }
        Ok(())
    }

    /// Waits until the peer has acknowledged everything that was written, and the FIN after a shutdown.
    ///
    /// # Errors
    /// [`Error::ConnectionReset`].
    pub async fn acknowledged(&self) -> Result<(), Error> {
        poll_fn(|context| self.attempt(context.waker(), Direction::Write, |tcp, _, handle| tcp.acknowledged(handle)))
            .await
    }

    /// Resets the connection (RST); data that was written is discarded.
    pub fn abort(self) {
        let _ = self.with(|tcp, calls, handle| tcp.abort(calls, handle));
    }

    /// Gives the connection up when what was written is not acknowledged for so long (RFC 5482), in whole seconds; none, the default, is two
    /// minutes. A peer that is gone while nothing is sent is noticed by [`set_keep_alive`](TcpStream::set_keep_alive).
    pub fn set_timeout(&self, timeout: Option<Duration>) {
        let _ = self.with(|tcp, _, handle| tcp.set_user_timeout(handle, timeout));
    }

    /// Asks the peer each `interval` of silence whether it is there, and gives the connection up when five questions are not answered;
    /// none, the default, does not ask.
    pub fn set_keep_alive(&self, interval: Option<Duration>) {
        let _ = self.with(|tcp, _, handle| tcp.set_keep_alive(handle, interval));
    }

    /// Whether small segments are sent at once (the default), or held back while data is unacknowledged (Nagle's algorithm).
    pub fn set_nodelay(&self, nodelay: bool) {
        let _ = self.with(|tcp, _, handle| tcp.set_no_delay(handle, nodelay));
    }

    /// What [`TcpStream::set_nodelay`] has set.
    pub fn nodelay(&self) -> bool {
        self.with(|tcp, _, handle| tcp.no_delay(handle)).unwrap_or(true)
    }

    /// The peer's address.
    ///
    /// # Errors
    /// [`Error::NotConnected`] when the connection is gone.
    pub fn peer_addr(&self) -> Result<SocketAddr, Error> {
        self.with(|tcp, _, handle| tcp.addresses(handle)).map(|(_, peer)| widen(peer)).map_err(|_| Error::NotConnected)
    }

    /// The local address.
    ///
    /// # Errors
    /// [`Error::NotConnected`] when the connection is gone.
    pub fn local_addr(&self) -> Result<SocketAddr, Error> {
        self.with(|tcp, _, handle| tcp.addresses(handle)).map(|(own, _)| widen(own)).map_err(|_| Error::NotConnected)
    }

    /// Whether a read would not wait: there is data, the end, or an error.
    pub fn is_readable(&self) -> bool {
        self.is_read_shut() || self.readiness().readable
    }

    /// Whether a write would not wait: there is room, or an error.
    pub fn is_writable(&self) -> bool {
        self.readiness().writable
    }

    /// Splits it into a reader and a writer.
    pub fn split(&mut self) -> (TcpReader<'_>, TcpWriter<'_>) {
        (TcpReader(self), TcpWriter(self))
    }

    /// A connection that was accepted.
    pub(super) fn of(shared: &'static Shared, handle: TcpHandle) -> Self {
        let stream = TcpStream { shared, handle, is_read_shut: AtomicBool::new(false) };
        stream.set_nodelay(true);
        stream
    }

    #[inline]
    fn is_read_shut(&self) -> bool {
        self.is_read_shut.load(Relaxed)
    }

    /// A call of the core. Where the connection had to give way, it is reset.
    #[inline]
    pub(super) fn with<R>(
        &self,
        call: impl FnOnce(&mut Tcp<'static>, &mut Calls<'_, '_>, TcpHandle) -> Result<R, unikernel_net::Error>,
    ) -> Result<R, Error> {
        let result = self.shared.with(|stack| stack.with(|all, calls| call(protocols::tcp(all), calls, self.handle)));
        result.map_err(Error::from)
    }

    /// As [`TcpStream::with`]; the task is woken when there is an answer, where there is none yet.
    #[inline]
    pub(super) fn attempt<R>(
        &self,
        waker: &Waker,
        direction: Direction,
        call: impl FnOnce(&mut Tcp<'static>, &mut Calls<'_, '_>, TcpHandle) -> Result<R, unikernel_net::Error>,
    ) -> Poll<Result<R, Error>> {
        self.shared.with(|stack| {
            stack.with(|all, calls| {
                let tcp = protocols::tcp(all);
                match call(tcp, calls, self.handle) {
                    Err(unikernel_net::Error::WouldBlock) => {
                        let registered = match direction {
                            Direction::Read => tcp.register_read(self.handle, waker),
                            Direction::Write => tcp.register_write(self.handle, waker),
                        };
                        match registered {
                            Ok(()) => Poll::Pending,
                            Err(error) => Poll::Ready(Err(error.into())),
                        }
                    }
                    result => Poll::Ready(result.map_err(Error::from)),
                }
            })
        })
    }

    fn readiness(&self) -> Readiness {
        let gone = Readiness { readable: true, writable: true, failed: true, ..Readiness::default() };
        self.with(|tcp, calls, handle| tcp.readiness(calls, handle)).unwrap_or(gone)
    }
}

/// What a task waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    Read,
    Write,
}

impl Drop for TcpStream {
    fn drop(&mut self) {
        // Where it is not there any more, there is nothing to close.
        let _ = self.shared.with(|stack| stack.with_now(|all, calls| protocols::tcp(all).close(calls, self.handle)));
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
