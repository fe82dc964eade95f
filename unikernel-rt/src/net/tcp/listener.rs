//! Ports that connections are accepted on.

use super::TcpStream;
use crate::net::shared::Shared;
use crate::net::{Error, Net};
use core::fmt;
use core::future::poll_fn;
use core::task::{Context, Poll};

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
        let listener = shared.with(|stack| stack.pool.listen(port))?;
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
        match self.shared.with(|stack| stack.pool.accept(self.listener, context.waker())) {
            Some(slot) => Poll::Ready(TcpStream::of(self.shared, slot)),
            None => Poll::Pending,
        }
    }
}

impl Drop for TcpListener {
    fn drop(&mut self) {
        self.shared.with(|stack| stack.pool.unlisten(self.listener, stack.now));
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TcpListener").field("port", &self.port).finish_non_exhaustive()
    }
}
