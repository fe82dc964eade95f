//! TCP: listeners and streams, awaited or blocking.

use super::stack::{Shared, Stack};
use super::{Error, Net};
use core::fmt;
use core::future::poll_fn;
use core::net::{IpAddr, SocketAddr};
use core::task::{Context, Poll};
use core::time::Duration;
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::wire::IpEndpoint;

/// A port that connections are accepted on.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::net::{Error, TcpListener};
/// # async fn example(net: Net) -> Result<(), Error> {
/// let listener = TcpListener::bind(net, 7)?;
/// loop {
///     let mut stream = listener.accept().await;
///     let mut buffer = [0; 512];
///     let length = stream.read(&mut buffer).await?;
///     stream.write_all(&buffer[..length]).await?;
/// }
/// # }
/// ```
///
/// Connections that come while nobody accepts wait, as many as there are sockets; those that come while all are in use are
/// established when one is free.
pub struct TcpListener {
    shared: &'static Shared,
    listener: u8,
    port: u16,
}

impl TcpListener {
    /// Listens on a port of all addresses.
    ///
    /// # Errors
    /// [`Error::AddressInUse`] where somebody listens there already; [`Error::NoSocket`] where 8 ports are listened on.
    pub fn bind(net: Net, port: u16) -> Result<Self, Error> {
        let shared = net.shared();
        let listener = shared.with(|stack| stack.change(|parts| parts.pool.listen(parts.sockets, port, parts.now)))?;
        Ok(TcpListener { shared, listener, port })
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next connection.
    pub async fn accept(&self) -> TcpStream {
        poll_fn(|context| self.poll_accept(context)).await
    }

    /// The next connection, if there is one; else the task is woken when there is.
    pub fn poll_accept(&self, context: &mut Context<'_>) -> Poll<TcpStream> {
        let accepted = self.shared.with(|stack| {
            stack.change(|parts| parts.pool.accept(parts.sockets, self.listener, context.waker(), parts.now))
        });
        match accepted {
            Some(slot) => Poll::Ready(TcpStream { shared: self.shared, slot }),
            None => Poll::Pending,
        }
    }
}

impl Drop for TcpListener {
    fn drop(&mut self) {
        self.shared.with(|stack| stack.change(|parts| parts.pool.unlisten(parts.sockets, self.listener, parts.now)));
    }
}

/// A connection. When it is dropped it is closed: what was written is still sent.
pub struct TcpStream {
    shared: &'static Shared,
    slot: u16,
}

impl TcpStream {
    /// Connects to an address.
    ///
    /// # Errors
    /// [`Error::NoSocket`], [`Error::Unreachable`], [`Error::Refused`] or [`Error::TimedOut`].
    pub async fn connect(net: Net, address: SocketAddr) -> Result<Self, Error> {
        let shared = net.shared();
        let slot = shared.with(|stack| stack.change(|parts| parts.pool.open(parts.sockets, parts.now)))?;
        let stream = TcpStream { shared, slot };
        shared.with(|stack| stack.connect(slot, address))?;
        poll_fn(|context| {
            stream.with(|socket| match socket.state() {
                State::SynSent | State::SynReceived => {
                    socket.register_send_waker(context.waker());
                    Poll::Pending
                }
                State::Closed => Poll::Ready(Err(Error::Refused)),
                _ => Poll::Ready(Ok(())),
            })
        })
        .await?;
        stream.with(|socket| socket.set_timeout(None));
        Ok(stream)
    }

    /// Reads what has come, at least a byte; 0 when the other side has nothing more to say.
    ///
    /// # Errors
    /// [`Error::Reset`] when the connection is gone.
    pub async fn read(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        poll_fn(|context| self.poll_read(context, buffer)).await
    }

    /// As [`TcpStream::read`], if there is something; else the task is woken when there is.
    pub fn poll_read(&self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<Result<usize, Error>> {
        if buffer.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.with(|socket| match socket.recv_slice(buffer) {
            Ok(0) => {
                socket.register_recv_waker(context.waker());
                Poll::Pending
            }
            Ok(length) => Poll::Ready(Ok(length)),
            Err(smoltcp::socket::tcp::RecvError::Finished) => Poll::Ready(Ok(0)),
            Err(smoltcp::socket::tcp::RecvError::InvalidState) => Poll::Ready(Err(Error::Reset)),
        })
    }

    /// Lets `look` see what has come, as far as it lies in one piece, without copying it; what it says it has used up is gone.
    ///
    /// # Errors
    /// As [`TcpStream::read`]; `look` is shown nothing when the other side has nothing more to say.
    pub async fn read_with<R>(&self, look: impl FnOnce(&[u8]) -> (usize, R)) -> Result<R, Error> {
        let mut look = Some(look);
        poll_fn(|context| {
            self.with(|socket| {
                if !socket.can_recv() && socket.may_recv() {
                    socket.register_recv_waker(context.waker());
                    return Poll::Pending;
                }
                let Some(look) = look.take() else { return Poll::Pending };
                if !socket.can_recv() {
                    return Poll::Ready(if socket.state() == State::Closed {
                        Err(Error::Reset)
                    } else {
                        Ok(look(&[]).1)
                    });
                }
                let result = socket.recv(|bytes| {
                    let (used, result) = look(bytes);
                    (used.min(bytes.len()), result)
                });
                Poll::Ready(result.map_err(|_| Error::Reset))
            })
        })
        .await
    }

    /// Hands over what there is room for, at least a byte; tells how much.
    ///
    /// # Errors
    /// [`Error::Reset`] when the connection is gone; [`Error::Closed`] after [`TcpStream::finish`].
    pub async fn write(&self, bytes: &[u8]) -> Result<usize, Error> {
        self.write_vectored(&[bytes]).await
    }

    /// As [`TcpStream::write`], of several pieces that go as one.
    ///
    /// # Errors
    /// As [`TcpStream::write`].
    pub async fn write_vectored(&self, pieces: &[&[u8]]) -> Result<usize, Error> {
        poll_fn(|context| self.poll_write_vectored(context, pieces)).await
    }

    /// As [`TcpStream::write_vectored`], if there is room; else the task is woken when there is.
    pub fn poll_write_vectored(&self, context: &mut Context<'_>, pieces: &[&[u8]]) -> Poll<Result<usize, Error>> {
        if pieces.iter().all(|piece| piece.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        self.with(|socket| {
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
                        Err(_) if socket.state() == State::Closed => return Poll::Ready(Err(Error::Reset)),
                        Err(_) => return Poll::Ready(Err(Error::Closed)),
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

    /// Hands all of it over.
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

    /// Hands all of several pieces over, as one where there is room for them.
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

    /// Says that nothing more is written; reading goes on.
    pub fn finish(&self) {
        self.with(Socket::close);
    }

    /// Waits until the other side has acknowledged everything that was written.
    ///
    /// # Errors
    /// [`Error::Reset`] when the connection is gone.
    pub async fn delivered(&self) -> Result<(), Error> {
        poll_fn(|context| {
            self.with(|socket| match (socket.send_queue(), socket.state()) {
                (0, State::FinWait1 | State::Closing | State::LastAck) | (1.., _)
                    if socket.state() != State::Closed =>
                {
                    socket.register_send_waker(context.waker());
                    Poll::Pending
                }
                (0, _) => Poll::Ready(Ok(())),
                _ => Poll::Ready(Err(Error::Reset)),
            })
        })
        .await
    }

    /// Resets the connection: nothing more is sent but that.
    pub fn abort(self) {
        self.with(Socket::abort);
    }

    /// After how long without a word from the other side it is taken to be gone; never unless this is called.
    pub fn set_timeout(&self, timeout: Option<Duration>) {
        self.with(|socket| socket.set_timeout(timeout.map(Into::into)));
    }

    /// How often the other side is asked whether it is still there while nothing is said; never unless this is called.
    pub fn set_keep_alive(&self, interval: Option<Duration>) {
        self.with(|socket| socket.set_keep_alive(interval.map(Into::into)));
    }

    /// The other side's address; none when the connection is gone.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.with(|socket| socket.remote_endpoint()).map(address)
    }

    /// The address here; none when the connection is gone.
    pub fn local(&self) -> Option<SocketAddr> {
        self.with(|socket| socket.local_endpoint()).map(address)
    }

    /// Whether there is something to read, or the end.
    pub fn is_readable(&self) -> bool {
        self.with(|socket| socket.can_recv() || !socket.may_recv())
    }

    /// Whether there is room to write, or an error to be had.
    pub fn is_writable(&self) -> bool {
        self.with(|socket| socket.can_send() || !socket.may_send())
    }

    /// Two halves, to read and to write at the same time.
    pub fn split(&mut self) -> (TcpReader<'_>, TcpWriter<'_>) {
        (TcpReader(self), TcpWriter(self))
    }

    fn with<R>(&self, act: impl FnOnce(&mut Socket<'static>) -> R) -> R {
        self.shared.with(|stack| stack.change(|parts| act(parts.sockets.get_mut(parts.pool.handle(self.slot)))))
    }
}

impl Drop for TcpStream {
    fn drop(&mut self) {
        self.shared.with(|stack| stack.change(|parts| parts.pool.leave(parts.sockets, self.slot, parts.now)));
    }
}

/// The reading half of a stream.
#[derive(Clone, Copy, Debug)]
pub struct TcpReader<'a>(&'a TcpStream);

/// The writing half of a stream.
#[derive(Clone, Copy, Debug)]
pub struct TcpWriter<'a>(&'a TcpStream);

impl fmt::Debug for TcpListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TcpListener").field("port", &self.port).finish_non_exhaustive()
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TcpStream").field("peer", &self.peer()).finish_non_exhaustive()
    }
}

/// An endpoint as the standard library has it.
pub(super) fn address(endpoint: IpEndpoint) -> SocketAddr {
    SocketAddr::new(IpAddr::from(endpoint.addr), endpoint.port)
}

impl Stack {
    /// Begins a connection from a port that nobody has guessed.
    fn connect(&mut self, slot: u16, address: SocketAddr) -> Result<(), Error> {
        let remote = super::endpoint(address).ok_or(Error::Unreachable)?;
        let port = self.ephemeral_port();
        let handle = self.pool.handle(slot);
        self.is_touched = true;
        let socket = self.sockets.get_mut::<Socket<'_>>(handle);
        socket.set_timeout(Some(super::tcp_pool::PATIENCE));
        socket.connect(self.interface.context(), remote, port).map_err(|_| Error::Unreachable)
    }

    /// A port from 49152 up that no connection has.
    fn ephemeral_port(&mut self) -> u16 {
        const FIRST: u16 = 49152;
        loop {
            let port = FIRST | self.random() as u16;
            let is_taken = |socket: &smoltcp::socket::Socket<'_>| match socket {
                smoltcp::socket::Socket::Tcp(socket) => socket.local_endpoint().is_some_and(|local| local.port == port),
                #[allow(unreachable_patterns)]
                _ => false,
            };
            if !self.sockets.iter().any(|(_, socket)| is_taken(socket)) {
                return port;
            }
        }
    }
}

/// The traits that other crates read and write by. Flushing is done when it is asked for: nothing is held back here.
mod io {
    use super::{Error, TcpReader, TcpStream, TcpWriter};
    use embedded_io::{ErrorType, ReadReady, WriteReady};
    use embedded_io_async::{Read, Write};

    macro_rules! reads {
        ($($type:ty),*) => {$(
            impl Read for $type {
                async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
                    self.stream().read(buffer).await
                }
            }

            impl ReadReady for $type {
                fn read_ready(&mut self) -> Result<bool, Error> {
                    Ok(self.stream().is_readable())
                }
            }
        )*};
    }

    macro_rules! writes {
        ($($type:ty),*) => {$(
            impl Write for $type {
                async fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
                    self.stream().write(bytes).await
                }

                async fn flush(&mut self) -> Result<(), Error> {
                    Ok(())
                }
            }

            impl WriteReady for $type {
                fn write_ready(&mut self) -> Result<bool, Error> {
                    Ok(self.stream().is_writable())
                }
            }
        )*};
    }

    impl ErrorType for TcpStream {
        type Error = Error;
    }

    impl ErrorType for TcpReader<'_> {
        type Error = Error;
    }

    impl ErrorType for TcpWriter<'_> {
        type Error = Error;
    }

    impl TcpStream {
        fn stream(&self) -> &TcpStream {
            self
        }
    }

    impl TcpReader<'_> {
        fn stream(&self) -> &TcpStream {
            self.0
        }
    }

    impl TcpWriter<'_> {
        fn stream(&self) -> &TcpStream {
            self.0
        }
    }

    reads!(TcpStream, TcpReader<'_>);
    writes!(TcpStream, TcpWriter<'_>);
}
