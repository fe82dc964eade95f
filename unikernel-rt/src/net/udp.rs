//! UDP: datagrams to and from a port.

use super::shared::Shared;
use super::stack::Stack;
use super::{Error, Net};
use crate::sync::{bytes_mut, fill_from};
use core::fmt;
use core::future::poll_fn;
use core::mem::MaybeUninit;
use core::net::{IpAddr, SocketAddr};
use core::task::{Context, Poll};
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, SendError, Socket};

/// How many sockets there are.
const SOCKETS: usize = 4;
/// How many datagrams a socket keeps each way, and how many bytes.
const DATAGRAMS: usize = 16;
const BYTES: usize = 8192;

/// What the sockets keep. Every field is `MaybeUninit`: see `storage::Parts`.
pub(crate) struct Buffers([[Half; 2]; SOCKETS]);

struct Half {
    metadata: [MaybeUninit<PacketMetadata>; DATAGRAMS],
    bytes: [MaybeUninit<u8>; BYTES],
}

impl Half {
    /// An empty buffer.
    fn buffer(&'static mut self) -> PacketBuffer<'static> {
        let metadata = fill_from(&mut self.metadata, core::iter::repeat(PacketMetadata::EMPTY));
        PacketBuffer::new(metadata, bytes_mut(&mut self.bytes))
    }
}

/// The sockets, and which of them are in use.
pub(super) struct Pool {
    sockets: [(SocketHandle, bool); SOCKETS],
}

impl Pool {
    /// Makes the sockets.
    pub(super) fn new(sockets: &mut SocketSet<'static>, buffers: &'static mut Buffers) -> Self {
        Pool {
            sockets: buffers
                .0
                .each_mut()
                .map(|[receive, send]| (sockets.add(Socket::new(receive.buffer(), send.buffer())), false)),
        }
    }
}

/// A port that datagrams come to and go from.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::net::{Error, UdpSocket};
/// # async fn example(net: Net) -> Result<(), Error> {
/// let socket = UdpSocket::bind(net, 7)?;
/// loop {
///     let mut buffer = [0; 1500];
///     let (length, peer) = socket.receive_from(&mut buffer).await?;
///     socket.send_to(&buffer[..length], peer).await?;
/// }
/// # }
/// ```
pub struct UdpSocket {
    shared: &'static Shared,
    handle: SocketHandle,
    port: u16,
}

impl UdpSocket {
    /// Takes a port of all addresses; 0 stands for any that is free.
    ///
    /// # Errors
    /// [`Error::AddressInUse`] where the port is taken; [`Error::NoSocket`] where 4 sockets are in use.
    pub fn bind(net: Net, port: u16) -> Result<Self, Error> {
        let shared = net.shared();
        let (handle, port) = shared.with(|stack| stack.bind(port))?;
        Ok(UdpSocket { shared, handle, port })
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next datagram: how many bytes, and from whom.
    ///
    /// # Errors
    /// [`Error::TooLarge`] where the buffer is smaller than the datagram, which is lost.
    pub async fn receive_from(&self, buffer: &mut [u8]) -> Result<(usize, SocketAddr), Error> {
        poll_fn(|context| self.poll_receive_from(context, buffer)).await
    }

    /// The next datagram, if there is one; else the task is woken when there is.
    pub fn poll_receive_from(
        &self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<(usize, SocketAddr), Error>> {
        self.with(|socket| match socket.recv() {
            Ok((bytes, metadata)) => {
                let from = SocketAddr::new(IpAddr::from(metadata.endpoint.addr), metadata.endpoint.port);
                Poll::Ready(match buffer.get_mut(..bytes.len()) {
                    Some(place) => {
                        place.copy_from_slice(bytes);
                        Ok((bytes.len(), from))
                    }
                    None => Err(Error::TooLarge),
                })
            }
            Err(_) => {
                socket.register_recv_waker(context.waker());
                Poll::Pending
            }
        })
    }

    /// Sends a datagram, once there is room for it.
    ///
    /// # Errors
    /// [`Error::Unreachable`] or [`Error::TooLarge`].
    pub async fn send_to(&self, bytes: &[u8], peer: SocketAddr) -> Result<(), Error> {
        poll_fn(|context| self.poll_send_to(context, bytes, peer)).await
    }

    /// Sends a datagram, if there is room for it; else the task is woken when there is.
    pub fn poll_send_to(&self, context: &mut Context<'_>, bytes: &[u8], peer: SocketAddr) -> Poll<Result<(), Error>> {
        let Some(endpoint) = super::endpoint(peer) else { return Poll::Ready(Err(Error::Unreachable)) };
        self.with(|socket| {
            if bytes.len() > socket.payload_send_capacity() {
                return Poll::Ready(Err(Error::TooLarge));
            }
            match socket.send_slice(bytes, endpoint) {
                Ok(()) => Poll::Ready(Ok(())),
                Err(SendError::Unaddressable) => Poll::Ready(Err(Error::Unreachable)),
                Err(SendError::BufferFull) => {
                    socket.register_send_waker(context.waker());
                    Poll::Pending
                }
            }
        })
    }

    fn with<R>(&self, act: impl FnOnce(&mut Socket<'static>) -> R) -> R {
        self.shared.with(|stack| {
            stack.is_touched = true;
            act(stack.sockets.get_mut(self.handle))
        })
    }
}

impl Drop for UdpSocket {
    fn drop(&mut self) {
        self.shared.with(|stack| stack.unbind(self.handle));
    }
}

impl fmt::Debug for UdpSocket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UdpSocket").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Stack {
    fn bind(&mut self, wanted: u16) -> Result<(SocketHandle, u16), Error> {
        const FIRST_FREE: u16 = 49152;
        let mut port = wanted;
        while port == 0 || self.is_bound(port) {
            if wanted != 0 {
                return Err(Error::AddressInUse);
            }
            port = FIRST_FREE | self.random() as u16;
        }
        let free = self.datagrams.sockets.iter_mut().find(|(_, is_used)| !is_used);
        let (handle, is_used) = free.ok_or(Error::NoSocket)?;
        *is_used = true;
        // The socket is closed, and the port is not 0.
        let _ = self.sockets.get_mut::<Socket<'_>>(*handle).bind(port);
        Ok((*handle, port))
    }

    fn is_bound(&self, port: u16) -> bool {
        let mut sockets = self.datagrams.sockets.iter();
        sockets.any(|(handle, _)| self.sockets.get::<Socket<'_>>(*handle).endpoint().port == port)
    }

    fn unbind(&mut self, handle: SocketHandle) {
        self.sockets.get_mut::<Socket<'_>>(handle).close();
        self.datagrams
            .sockets
            .iter_mut()
            .filter(|(other, _)| *other == handle)
            .for_each(|(_, is_used)| *is_used = false);
    }
}
