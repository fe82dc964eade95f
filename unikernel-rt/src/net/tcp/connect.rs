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
        let query = net.query(name, unikernel_net::DnsFamilies::Any)?;
        let addresses = query.addresses().await?;
        race::first(net, query, addresses, port).await
    }
}

#[cfg(feature = "dns")]
mod race {
    use super::{Error, Net, TcpStream};
    use crate::net::dns::Query;
    use crate::tasks::timeout::timeout;
    use core::future::poll_fn;
    use core::net::Ipv4Addr;
    use core::task::{Context, Poll};
    use core::time::Duration;
    use unikernel_net::{DnsAddresses, IpAddr, SocketAddr, widen};

    /// RFC 8305, section 5: before the next address is tried beside those that have not answered.
    const CONNECTION_ATTEMPT_DELAY: Duration = Duration::from_millis(250);
    /// At the same time.
    const MOST: usize = 4;

    /// What is tried, and what may come to be.
    struct Race {
        attempts: [Option<TcpStream>; MOST],
        addresses: DnsAddresses,
        /// As long as more addresses may come.
        query: Option<Query>,
    }

    /// What is to be looked at.
    enum Event {
        /// An attempt has ended, and is none any more.
        End(Result<TcpStream, Error>),
        /// More addresses have come.
        Addresses,
        /// There is no attempt, and no more addresses will come.
        Nothing,
    }

    /// The connection that is there first; the others are given up. Addresses that come while others are tried are tried before those
    /// that are left (section 3).
    pub(super) async fn first(net: Net, query: Query, addresses: DnsAddresses, port: u16) -> Result<TcpStream, Error> {
        let mut race = Race { attempts: [const { None }; MOST], addresses, query: Some(query) };
        let mut tried = DnsAddresses::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let mut last = Error::NoSuchHost;
        loop {
            let is_new = |ip: &IpAddr| !tried.as_slice().contains(ip);
            let next = race.addresses.as_slice().iter().copied().find(is_new);
            let place = race.attempts.iter_mut().find(|attempt| attempt.is_none());
            let has_begun = match (place, next) {
                (Some(place), Some(ip)) => {
                    tried.push(ip);
                    match TcpStream::begin(net, widen(SocketAddr::new(ip, port))) {
                        Ok(stream) => *place = Some(stream),
                        Err(error) => {
                            last = error;
                            continue;
                        }
                    }
                    true
                }
                _ => false,
            };
            let event = poll_fn(|context| race.poll(context, has_begun));
            let event = if has_begun { timeout(CONNECTION_ATTEMPT_DELAY, event).await } else { Ok(event.await) };
            match event {
                Ok(Event::End(Ok(stream))) => return Ok(stream),
                Ok(Event::End(Err(error))) => last = error,
                Ok(Event::Nothing) => return Err(last),
                // The next one is tried beside it.
                Ok(Event::Addresses) | Err(_) => {}
            }
        }
    }

    impl Race {
        /// While the last attempt has some time for itself, addresses that come are only noted.
        fn poll(&mut self, context: &mut Context<'_>, has_begun: bool) -> Poll<Event> {
            let mut is_any = false;
            for attempt in &mut self.attempts {
                let Some(stream) = attempt else { continue };
                is_any = true;
                if let Poll::Ready(result) = stream.poll_connected(context) {
                    let Some(stream) = attempt.take() else { continue };
                    return Poll::Ready(Event::End(result.map(|()| stream)));
                }
            }
            if let Some(query) = &self.query {
                let Poll::Ready(answer) = query.poll(context) else { return Poll::Pending };
                // There are two families: those of the second are the last.
                self.query = None;
                let more = answer.ok().filter(|more| more != &self.addresses);
                if let Some(more) = more {
                    self.addresses = more;
                    if !has_begun {
                        return Poll::Ready(Event::Addresses);
                    }
                }
            }
            if is_any { Poll::Pending } else { Poll::Ready(Event::Nothing) }
        }
    }
}
