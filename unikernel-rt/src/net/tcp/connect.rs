//! Connecting, to an address or by name: to those of its addresses that answer first (RFC 8305).

use super::TcpStream;
use crate::net::{Error, Net};
use core::future::poll_fn;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// What to connect to: an address, or with the feature `dns` a name and a port.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::net::{Error, TcpStream, ToSocketAddrs};
/// async fn connect(net: Net, to: impl ToSocketAddrs) -> Result<TcpStream, Error> {
///     TcpStream::connect(net, to).await
/// }
/// # async fn example(net: Net) -> Result<(), Error> {
/// connect(net, ("example.org", 80)).await?;
/// # Ok(())
/// # }
/// ```
pub trait ToSocketAddrs: sealed::Sealed {}

impl<T: sealed::Sealed> ToSocketAddrs for T {}

mod sealed {
    use super::{Error, Net, TcpStream};

    /// Nobody else's.
    pub trait Sealed {
        /// Connects to it.
        fn connect(self, net: Net) -> impl Future<Output = Result<TcpStream, Error>>;
    }
}

impl TcpStream {
    /// Connects to an address; or with the feature `dns` to `("name", port)`. A name is looked up in all families that are spoken, and its
    /// addresses are tried one after the other: the next one where one fails, and after a quarter of a second beside it (RFC 8305).
    ///
    /// ```no_run
    /// # use unikernel_rt::prelude::*;
    /// # use unikernel_rt::net::{Error, TcpStream};
    /// # async fn example(net: Net) -> Result<(), Error> {
    /// let stream = TcpStream::connect(net, ([10, 0, 0, 1], 7)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::ConnectionRefused`]; [`Error::NetworkUnreachable`] or [`Error::HostUnreachable`] where there is no way, or who knows says
    /// so; [`Error::TimedOut`] after 60 seconds; [`Error::NoFreeSocket`]; [`Error::AddressNotAvailable`] where no host has the address.
    /// Those of `Net::resolve` for a name; of several addresses, the last error.
    pub async fn connect(net: Net, address: impl ToSocketAddrs) -> Result<Self, Error> {
        address.connect(net).await
    }
}

impl sealed::Sealed for SocketAddr {
    async fn connect(self, net: Net) -> Result<TcpStream, Error> {
        let stream = TcpStream::begin(net, self)?;
        poll_fn(|context| stream.poll_connected(context)).await?;
        Ok(stream)
    }
}

macro_rules! addresses {
    ($($type:ty),*) => {$(
        impl sealed::Sealed for $type {
            fn connect(self, net: Net) -> impl Future<Output = Result<TcpStream, Error>> {
                SocketAddr::from(self).connect(net)
            }
        }
    )*};
}

addresses!(SocketAddrV4, SocketAddrV6, (IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));
addresses!(([u8; 4], u16), ([u8; 16], u16), ([u16; 8], u16));

#[cfg(feature = "dns")]
impl sealed::Sealed for (&str, u16) {
    async fn connect(self, net: Net) -> Result<TcpStream, Error> {
        let (name, port) = self;
        let addresses = net.look_up(name, unikernel_net::DnsFamilies::Any).await?;
        let to = |ip: &unikernel_net::IpAddr| unikernel_net::widen(unikernel_net::SocketAddr::new(*ip, port));
        race::first(net, addresses.as_slice().iter().map(to)).await
    }
}

#[cfg(feature = "dns")]
mod race {
    use super::{Error, Net, SocketAddr, TcpStream};
    use crate::tasks::timeout::timeout;
    use core::future::poll_fn;
    use core::task::{Context, Poll};
    use core::time::Duration;

    /// RFC 8305, section 5: before the next address is tried beside those that have not answered.
    const CONNECTION_ATTEMPT_DELAY: Duration = Duration::from_millis(250);
    /// At the same time.
    const MOST: usize = 4;

    /// The connection that is there first; the others are given up.
    pub(super) async fn first(net: Net, mut addresses: impl Iterator<Item = SocketAddr>) -> Result<TcpStream, Error> {
        let mut attempts = [const { None }; MOST];
        let mut last = Error::NoSuchHost;
        loop {
            let place = attempts.iter_mut().find(|attempt| attempt.is_none());
            let next = if place.is_some() { addresses.next() } else { None };
            let has_begun = next.is_some();
            match (place, next.map(|address| TcpStream::begin(net, address))) {
                (Some(place), Some(Ok(stream))) => *place = Some(stream),
                (_, Some(Err(error))) => {
                    last = error;
                    continue;
                }
                _ => {}
            }
            let ends = poll_fn(|context| poll(&mut attempts, context));
            let end = if has_begun { timeout(CONNECTION_ATTEMPT_DELAY, ends).await } else { Ok(ends.await) };
            match end {
                Ok(Some(Ok(stream))) => return Ok(stream),
                Ok(Some(Err(error))) => last = error,
                Ok(None) => return Err(last),
                // The next one is tried beside it.
                Err(_) => {}
            }
        }
    }

    /// The end of an attempt, which is none any more; nothing where there is none.
    fn poll(attempts: &mut [Option<TcpStream>], context: &mut Context<'_>) -> Poll<Option<Result<TcpStream, Error>>> {
        let mut is_any = false;
        for attempt in attempts.iter_mut() {
            let Some(stream) = attempt else { continue };
            is_any = true;
            if let Poll::Ready(result) = stream.poll_connected(context) {
                let stream = attempt.take();
                return Poll::Ready(stream.map(|stream| result.map(|()| stream)));
            }
        }
        if is_any { Poll::Pending } else { Poll::Ready(None) }
    }
}
