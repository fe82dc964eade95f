//! TCP listeners.

use super::TcpStream;
use crate::net::shared::Shared;
use crate::net::{BindAddress, Error, Net, protocols};
use core::fmt;
use core::future::poll_fn;
use core::net::SocketAddr;
use core::task::{Context, Poll};
use unikernel_net::{Accepted, ListenerHandle, widen};

/// A TCP socket that listens for connections.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::net::{Error, TcpListener};
/// # async fn example(net: Net) -> Result<(), Error> {
/// let listener = TcpListener::bind(net, 7)?;
/// assert_eq!(listener.local_addr().port(), 7);
/// loop {
///     let (stream, peer) = listener.accept().await;
///     let mut buffer = [0; 512];
///     let length = stream.read(&mut buffer).await?;
///     stream.write_all(&buffer[..length]).await?;
/// }
/// # }
/// ```
///
/// In a `main` that is no `async fn`, it is the same with `.wait()` in place of `.await` (see [`Wait`](crate::Wait)).
///
/// The backlog is as long as there are free sockets. A connection that finds none is established as soon as one is free.
pub struct TcpListener {
    pub(super) shared: &'static Shared,
    pub(super) handle: ListenerHandle,
    address: BindAddress,
}

impl TcpListener {
    /// Listens on a port of all addresses, or of one.
    ///
    /// # Errors
    /// [`Error::AddressInUse`] where another listener has the port; [`Error::AddressNotAvailable`] where the address is not one of
    /// this machine; [`Error::NoFreeSocket`] where as many listeners exist as `net(listeners = ...)` allows.
    pub fn bind(net: Net, address: impl Into<BindAddress>) -> Result<Self, Error> {
        let (shared, address) = (net.shared(), address.into());
        let listen = shared
            .with(|stack| stack.with(|all, calls| protocols::tcp(all).listen(calls, address.for_core()?, usize::MAX)));
        Ok(TcpListener { shared, handle: listen?, address })
    }

    /// The address that it is bound to; `0.0.0.0` stands for all.
    pub fn local_addr(&self) -> SocketAddr {
        self.address.socket_addr()
    }

    /// Accepts the next connection; gives the peer's address, too.
    pub async fn accept(&self) -> (TcpStream, SocketAddr) {
        poll_fn(|context| self.poll_accept(context)).await
    }

    /// Accepts the next connection, if there is one; otherwise the task is woken when there is.
    pub fn poll_accept(&self, context: &mut Context<'_>) -> Poll<(TcpStream, SocketAddr)> {
        let accepted = self.shared.with(|stack| {
            stack.with(|all, calls| {
                let tcp = protocols::tcp(all);
                let accepted = tcp.accept(calls, self.handle).ok();
                if accepted.is_none() {
                    // The listener is there as long as this is.
                    let _ = tcp.register_accept(self.handle, context.waker());
                }
                accepted
            })
        });
        match accepted {
            Some(Accepted { handle, remote, .. }) => Poll::Ready((TcpStream::of(self.shared, handle), widen(remote))),
            None => Poll::Pending,
        }
    }
}

impl Drop for TcpListener {
    fn drop(&mut self) {
        // The listener is there as long as this is.
        let _ = self
            .shared
            .with(|stack| stack.with_now(|all, calls| protocols::tcp(all).close_listener(calls, self.handle)));
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TcpListener").field("local_addr", &self.local_addr()).finish_non_exhaustive()
    }
}
