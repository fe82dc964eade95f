//! UDP sockets.

use super::endpoint::{endpoint, socket_addr};
use super::shared::Shared;
use super::stack::{Stack, ephemeral_port};
use super::{BindAddress, Error, Net};
use crate::sync::{bytes_mut, fill_from};
use core::fmt;
use core::future::poll_fn;
use core::mem::MaybeUninit;
use core::net::SocketAddr;
use core::task::{Context, Poll};
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, SendError, Socket};
use smoltcp::wire::IpEndpoint;

/// The memory of a socket: its receive and its send buffer. It consists of `MaybeUninit`: see `socket_memory`.
pub(super) struct Memory<const DATAGRAMS: usize, const BYTES: usize>([Half<DATAGRAMS, BYTES>; 2]);

struct Half<const DATAGRAMS: usize, const BYTES: usize> {
    metadata: [MaybeUninit<PacketMetadata>; DATAGRAMS],
    bytes: [MaybeUninit<u8>; BYTES],
}

impl<const DATAGRAMS: usize, const BYTES: usize> Half<DATAGRAMS, BYTES> {
    /// An empty buffer.
    fn buffer(&'static mut self) -> PacketBuffer<'static> {
        let metadata = fill_from(&mut self.metadata, core::iter::repeat(PacketMetadata::EMPTY));
        PacketBuffer::new(metadata, bytes_mut(&mut self.bytes))
    }
}

/// The sockets of a stack.
pub(super) struct Pool {
    sockets: &'static mut [Entry],
}

/// A socket, and who uses it.
pub(super) struct Entry {
    handle: SocketHandle,
    /// The address that it is bound to; none while it is free.
    address: Option<BindAddress>,
    /// The peer that it is connected to.
    peer: Option<IpEndpoint>,
}

impl Pool {
    /// Makes the sockets.
    pub(super) fn new<const DATAGRAMS: usize, const BYTES: usize>(
        set: &mut SocketSet<'static>,
        memory: &'static mut [Memory<DATAGRAMS, BYTES>],
        entries: &'static mut [MaybeUninit<Entry>],
    ) -> Self {
        let sockets = memory.iter_mut().map(|Memory([receive, send])| Entry {
            handle: set.add(Socket::new(receive.buffer(), send.buffer())),
            address: None,
            peer: None,
        });
        Pool { sockets: fill_from(entries, sockets) }
    }
}

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
    index: usize,
    address: BindAddress,
}

impl UdpSocket {
    /// Binds to a port of all addresses, or of one. Port 0 stands for any that is free.
    ///
    /// # Errors
    /// [`Error::AddressInUse`] where another socket has the port; [`Error::AddressNotAvailable`] where the address is not one of this
    /// machine; [`Error::NoFreeSocket`] where as many sockets exist as `net(udp_sockets = ...)` allows.
    pub fn bind(net: Net, address: impl Into<BindAddress>) -> Result<Self, Error> {
        let shared = net.shared();
        let (index, address) = shared.with(|stack| stack.bind(address.into()))?;
        Ok(UdpSocket { shared, index, address })
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
        let peer = endpoint(peer.into()).ok_or(Error::NetworkUnreachable)?;
        self.shared.with(|stack| stack.datagrams.sockets[self.index].peer = Some(peer));
        Ok(())
    }

    /// The peer that it is connected to.
    ///
    /// # Errors
    /// [`Error::NotConnected`] before [`connect`](UdpSocket::connect).
    pub fn peer_addr(&self) -> Result<SocketAddr, Error> {
        self.with(|_, peer| peer).map(socket_addr).ok_or(Error::NotConnected)
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
        self.with(|socket, peer| {
            loop {
                let Ok((bytes, metadata)) = socket.recv() else {
                    socket.register_recv_waker(context.waker());
                    return Poll::Pending;
                };
                if peer.is_some_and(|peer| peer != metadata.endpoint) {
                    continue;
                }
                return Poll::Ready(match buffer.get_mut(..bytes.len()) {
                    Some(place) => {
                        place.copy_from_slice(bytes);
                        Ok((bytes.len(), socket_addr(metadata.endpoint)))
                    }
                    None => Err(Error::MessageTooLarge),
                });
            }
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

    /// Sends a datagram, as soon as the send buffer has room for it; returns its length.
    ///
    /// # Errors
    /// [`Error::NetworkUnreachable`] or [`Error::MessageTooLarge`].
    pub async fn send_to(&self, bytes: &[u8], peer: impl Into<SocketAddr>) -> Result<usize, Error> {
        let peer = peer.into();
        poll_fn(|context| self.poll_send_to(context, bytes, peer)).await
    }

    /// Sends a datagram, if the send buffer has room for it; otherwise the task is woken when it has.
    pub fn poll_send_to(
        &self,
        context: &mut Context<'_>,
        bytes: &[u8],
        peer: SocketAddr,
    ) -> Poll<Result<usize, Error>> {
        let Some(peer) = endpoint(peer) else { return Poll::Ready(Err(Error::NetworkUnreachable)) };
        self.with(|socket, _| {
            if bytes.len() > socket.payload_send_capacity() {
                return Poll::Ready(Err(Error::MessageTooLarge));
            }
            match socket.send_slice(bytes, peer) {
                Ok(()) => Poll::Ready(Ok(bytes.len())),
                Err(SendError::Unaddressable) => Poll::Ready(Err(Error::NetworkUnreachable)),
                Err(SendError::BufferFull) => {
                    socket.register_send_waker(context.waker());
                    Poll::Pending
                }
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

    fn with<R>(&self, act: impl FnOnce(&mut Socket<'static>, Option<IpEndpoint>) -> R) -> R {
        self.shared.with(|stack| {
            stack.is_touched = true;
            let Entry { handle, peer, .. } = stack.datagrams.sockets[self.index];
            act(stack.sockets.get_mut(handle), peer)
        })
    }
}

impl Drop for UdpSocket {
    fn drop(&mut self) {
        self.shared.with(|stack| stack.unbind(self.index));
    }
}

impl fmt::Debug for UdpSocket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UdpSocket").field("local_addr", &self.local_addr()).finish_non_exhaustive()
    }
}

impl Stack {
    fn bind(&mut self, wanted: BindAddress) -> Result<(usize, BindAddress), Error> {
        self.check_local(wanted)?;
        let bound = |address: BindAddress| {
            let mut sockets = self.datagrams.sockets.iter().filter_map(|socket| socket.address);
            sockets.any(|other| other.overlaps(address))
        };
        let address = match wanted {
            BindAddress { port: 0, ip } => {
                BindAddress { port: ephemeral_port(|port| bound(BindAddress { port, ip })), ip }
            }
            _ if bound(wanted) => return Err(Error::AddressInUse),
            _ => wanted,
        };
        let index = self.datagrams.sockets.iter().position(|socket| socket.address.is_none());
        let index = index.ok_or(Error::NoFreeSocket)?;
        let entry = &mut self.datagrams.sockets[index];
        entry.address = Some(address);
        // It cannot fail: the socket is closed, and the port is not 0.
        let _ = self.sockets.get_mut::<Socket<'_>>(entry.handle).bind(address.endpoint());
        Ok((index, address))
    }

    fn unbind(&mut self, index: usize) {
        let entry = &mut self.datagrams.sockets[index];
        (entry.address, entry.peer) = (None, None);
        self.sockets.get_mut::<Socket<'_>>(entry.handle).close();
    }
}
