//! UDP sockets.

use super::port::Port;
use super::protocols::{self, Families, narrow};
use super::shared::Shared;
use super::{BindAddress, Error, Net};
use core::fmt;
use core::future::poll_fn;
use core::net::SocketAddr;
use core::task::{Context, Poll};
use unikernel_net::{Payload, Udp, UdpHandle, widen};

/// What a call of the core needs besides.
type Calls<'a, 'b> = unikernel_net::Context<'a, 'static, Families, Port<'b>>;

/// A UDP socket.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::net::{Error, UdpSocket};
/// # async fn example(net: Net) -> Result<(), Error> {
/// let socket = UdpSocket::bind(net, 7)?;
/// loop {
///     let mut buffer = [0; 1500];
///     let (length, peer) = socket.recv_from(&mut buffer).await?;
///     socket.send_to(&buffer[..length], peer).await?;
/// }
/// # }
/// ```
///
/// In a `main` that is no `async fn`, it is the same with `.wait()` in place of `.await` (see [`Wait`](crate::Wait)). A socket that is
/// connected exchanges datagrams with one peer:
///
/// ```no_run
/// # use unikernel_rt::net::{Error, UdpSocket};
/// # use unikernel_rt::prelude::*;
/// # fn example(net: Net) -> Result<(), Error> {
/// let socket = UdpSocket::bind(net, 0)?;
/// socket.connect(([10, 0, 0, 1], 123))?;
/// assert!(socket.local_addr().port() != 0 && socket.peer_addr()?.port() == 123);
/// socket.send(&[0x23; 48]).wait()?;
/// let mut answer = [0; 48];
/// let length = socket.recv(&mut answer).wait()?;
/// # Ok(())
/// # }
/// ```
pub struct UdpSocket {
    shared: &'static Shared,
    handle: UdpHandle,
    address: BindAddress,
}

impl UdpSocket {
    /// Binds to a port of all addresses, or of one. Port 0 stands for any that is free.
    ///
    /// # Errors
    /// [`Error::AddressInUse`] where another socket has the port; [`Error::AddressNotAvailable`] where the address is not one of this
    /// machine; [`Error::NoFreeSocket`] where as many sockets exist as `net(udp_sockets = ...)` allows.
    pub fn bind(net: Net, address: impl Into<BindAddress>) -> Result<Self, Error> {
        let (shared, address) = (net.shared(), address.into());
        let bound = shared.with(|stack| {
            stack.with(|all, calls| {
                let udp = protocols::udp(all);
                let handle = udp.bind(calls, address.for_core()?)?;
                Ok::<_, unikernel_net::Error>((handle, udp.local_address(handle)?.port()))
            })
        });
        let (handle, port) = bound?;
        Ok(UdpSocket { shared, handle, address: BindAddress { port, ..address } })
    }

    /// The address that it is bound to; `0.0.0.0` stands for all.
    pub fn local_addr(&self) -> SocketAddr {
        self.address.socket_addr()
    }

    /// Sets the peer of [`send`](UdpSocket::send) and [`recv`](UdpSocket::recv). Datagrams of others are discarded from now on.
    ///
    /// # Errors
    /// [`Error::NetworkUnreachable`].
    pub fn connect(&self, peer: impl Into<SocketAddr>) -> Result<(), Error> {
        let peer = peer.into();
        self.with(|udp, calls, handle| udp.connect(calls, handle, narrow(peer)?))
    }

    /// The peer that it is connected to.
    ///
    /// # Errors
    /// [`Error::NotConnected`] before [`connect`](UdpSocket::connect).
    pub fn peer_addr(&self) -> Result<SocketAddr, Error> {
        self.with(|udp, _, handle| udp.peer_address(handle))?.map(widen).ok_or(Error::NotConnected)
    }

    /// Receives the next datagram; returns its length and its sender.
    ///
    /// # Errors
    /// [`Error::MessageTooLarge`] where the datagram is longer than the buffer; it is discarded.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> Result<(usize, SocketAddr), Error> {
        poll_fn(|context| self.poll_recv_from(context, buffer)).await
    }

    /// Receives the next datagram, if there is one; otherwise the task is woken when there is.
    pub fn poll_recv_from(
        &self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<(usize, SocketAddr), Error>> {
        self.shared.with(|stack| {
            stack.with(|all, calls| {
                let udp = protocols::udp(all);
                let peer = udp.peer_address(self.handle)?;
                loop {
                    match udp.receive_from(calls, self.handle, buffer) {
                        // It came before the socket was connected to another.
                        Ok(received) if peer.is_some_and(|peer| peer != received.peer) => {}
                        Ok(received) if received.length > buffer.len() => {
                            return Poll::Ready(Err(Error::MessageTooLarge));
                        }
                        Ok(received) => return Poll::Ready(Ok((received.bytes, widen(received.peer)))),
                        Err(unikernel_net::Error::WouldBlock) => {
                            udp.register(self.handle, context.waker())?;
                            return Poll::Pending;
                        }
                        Err(error) => return Poll::Ready(Err(error.into())),
                    }
                }
            })
        })
    }

    /// Receives the next datagram of the peer; returns its length.
    ///
    /// # Errors
    /// [`Error::NotConnected`] before [`connect`](UdpSocket::connect); otherwise as [`recv_from`](UdpSocket::recv_from).
    pub async fn recv(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        self.peer_addr()?;
        self.recv_from(buffer).await.map(|(length, _)| length)
    }

    /// Sends a datagram, as soon as the card has room for it; returns its length.
    ///
    /// # Errors
    /// [`Error::NetworkUnreachable`], or [`Error::MessageTooLarge`] where it does not fit into a packet. Of a socket that is
    /// [connected](UdpSocket::connect), also what the network has said of earlier datagrams.
    pub async fn send_to(&self, bytes: &[u8], peer: impl Into<SocketAddr>) -> Result<usize, Error> {
        let peer = peer.into();
        poll_fn(|context| self.poll_send_to(context, bytes, peer)).await
    }

    /// Sends a datagram, if the card has room for it; otherwise the task is woken when it has.
    pub fn poll_send_to(
        &self,
        context: &mut Context<'_>,
        bytes: &[u8],
        peer: SocketAddr,
    ) -> Poll<Result<usize, Error>> {
        self.shared.with(|stack| {
            let send = |udp: &mut Udp<'static>, calls: &mut Calls<'_, '_>| {
                udp.send(calls, self.handle, &[Payload::Borrowed(bytes)], Some(narrow(peer)?))
            };
            match stack.with_now(|all, calls| send(protocols::udp(all), calls)) {
                Err(unikernel_net::Error::WouldBlock) => {
                    stack.senders.wait(context.waker());
                    Poll::Pending
                }
                result => Poll::Ready(result.map(|()| bytes.len()).map_err(Error::from)),
            }
        })
    }

    /// Sends a datagram to the peer.
    ///
    /// # Errors
    /// [`Error::NotConnected`] before [`connect`](UdpSocket::connect); otherwise as [`send_to`](UdpSocket::send_to).
    pub async fn send(&self, bytes: &[u8]) -> Result<usize, Error> {
        self.send_to(bytes, self.peer_addr()?).await
    }

    fn with<R>(
        &self,
        call: impl FnOnce(&mut Udp<'static>, &mut Calls<'_, '_>, UdpHandle) -> Result<R, unikernel_net::Error>,
    ) -> Result<R, Error> {
        let result = self.shared.with(|stack| stack.with(|all, calls| call(protocols::udp(all), calls, self.handle)));
        result.map_err(Error::from)
    }
}

impl Drop for UdpSocket {
    fn drop(&mut self) {
        // The socket is there as long as this is.
        let _ = self.with(|udp, calls, handle| udp.close(calls, handle));
    }
}

impl fmt::Debug for UdpSocket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UdpSocket").field("local_addr", &self.local_addr()).finish_non_exhaustive()
    }
}
