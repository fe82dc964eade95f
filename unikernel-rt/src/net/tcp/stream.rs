//! Connections.

use crate::net::shared::Shared;
use crate::net::stack::Stack;
use crate::net::{Error, Net};
use core::fmt;
use core::future::poll_fn;
use core::net::{IpAddr, SocketAddr};
use core::task::{Context, Poll};
use core::time::Duration;
use smoltcp::socket::tcp::{RecvError, Socket, State};
use smoltcp::wire::IpEndpoint;

/// A connection. When it is dropped it is closed: what was written is still sent.
pub struct TcpStream {
    pub(super) shared: &'static Shared,
    pub(super) slot: u16,
}

impl TcpStream {
    /// Connects to an address.
    ///
    /// # Errors
    /// [`Error::NoSocket`], [`Error::Unreachable`], [`Error::Refused`] or [`Error::TimedOut`].
    pub async fn connect(net: Net, address: SocketAddr) -> Result<Self, Error> {
        let shared = net.shared();
        let slot = shared.with(|stack| stack.pool.open())?;
        let stream = TcpStream { shared, slot };
        shared.with(|stack| stack.connect(slot, address))?;
        poll_fn(|context| {
            stream.attempt(|socket| match socket.state() {
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
        self.attempt(|socket| {
            if !socket.can_recv() && socket.may_recv() {
                socket.register_recv_waker(context.waker());
                return Poll::Pending;
            }
            Poll::Ready(match socket.recv_slice(buffer) {
                Ok(length) => Ok(length),
                Err(RecvError::Finished) => Ok(0),
                Err(RecvError::InvalidState) => Err(Error::Reset),
            })
        })
    }

    /// Lets `look` see what has come, as far as it lies in one piece, without copying it; what it says it has used up is gone.
    ///
    /// # Errors
    /// As [`TcpStream::read`]; `look` is shown nothing when the other side has nothing more to say.
    pub async fn read_with<R>(&self, look: impl FnOnce(&[u8]) -> (usize, R)) -> Result<R, Error> {
        let mut look = Some(look);
        poll_fn(|context| {
            self.attempt(|socket| {
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

    /// Lets `fill` write where what is sent is kept, as far as there is room in one piece, without copying it; gives what `fill`
    /// gives besides how many bytes it has written. If there is no room, the task is woken when there is.
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
            Poll::Ready(socket.send(fill).map_err(|_| if is_gone { Error::Reset } else { Error::Closed }))
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
            self.attempt(|socket| match (socket.send_queue(), socket.state()) {
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
        self.shared.with(|stack| stack.pool.set_keep_alive(self.slot, interval.map(Into::into)));
    }

    /// The other side's address; none when the connection is gone.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.look(|socket| socket.remote_endpoint()).map(address)
    }

    /// The address here; none when the connection is gone.
    pub fn local(&self) -> Option<SocketAddr> {
        self.look(|socket| socket.local_endpoint()).map(address)
    }

    /// Whether there is something to read, or the end.
    pub fn is_readable(&self) -> bool {
        self.look(|socket| socket.can_recv() || !socket.may_recv())
    }

    /// Whether there is room to write, or an error to be had.
    pub fn is_writable(&self) -> bool {
        self.look(|socket| socket.can_send() || !socket.may_send())
    }

    /// Two halves, to read and to write at the same time.
    pub fn split(&mut self) -> (TcpReader<'_>, TcpWriter<'_>) {
        (TcpReader(self), TcpWriter(self))
    }

    pub(super) fn of(shared: &'static Shared, slot: u16) -> Self {
        TcpStream { shared, slot }
    }

    /// Does something that may matter to the other side.
    fn with<R>(&self, act: impl FnOnce(&mut Socket<'static>) -> R) -> R {
        self.shared.with(|stack| act(stack.pool.socket_mut(self.slot)))
    }

    /// As [`TcpStream::with`], for what changes nothing where it is pending.
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
        self.shared.with(|stack| stack.pool.leave(self.slot, stack.now));
    }
}

/// The reading half of a stream.
#[derive(Clone, Copy, Debug)]
pub struct TcpReader<'a>(pub(super) &'a TcpStream);

/// The writing half of a stream.
#[derive(Clone, Copy, Debug)]
pub struct TcpWriter<'a>(pub(super) &'a TcpStream);

impl fmt::Debug for TcpStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TcpStream").field("peer", &self.peer()).finish_non_exhaustive()
    }
}

/// An endpoint as the standard library has it.
fn address(endpoint: IpEndpoint) -> SocketAddr {
    SocketAddr::new(IpAddr::from(endpoint.addr), endpoint.port)
}

impl Stack {
    /// Begins a connection from a port that nobody has guessed.
    fn connect(&mut self, slot: u16, address: SocketAddr) -> Result<(), Error> {
        let remote = crate::net::endpoint(address).ok_or(Error::Unreachable)?;
        let port = self.ephemeral_port();
        let socket = self.pool.socket_mut(slot);
        socket.set_timeout(Some(super::pool::PATIENCE));
        socket.connect(self.interface.context(), remote, port).map_err(|_| Error::Unreachable)?;
        self.pool.learn(slot);
        Ok(())
    }

    /// A port from 49152 up that no connection has.
    fn ephemeral_port(&mut self) -> u16 {
        const FIRST: u16 = 49152;
        loop {
            let port = FIRST | self.random() as u16;
            if !self.pool.has_port(port) {
                return port;
            }
        }
    }
}
