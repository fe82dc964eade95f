//! The DNS resolver.

use super::shared::Shared;
use super::{Error, Net, protocols};
use core::future::poll_fn;
use core::net::IpAddr;
use core::task::{Context, Poll};
#[cfg(feature = "tcp")]
use unikernel_net::Dns;
use unikernel_net::{DnsAddresses, DnsFamilies, DnsHandle, SocketAddr, widen};

/// The address family of a look-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// IPv4: an A record.
    V4,
    /// IPv6: an AAAA record.
    #[cfg(feature = "ipv6")]
    V6,
}

impl Net {
    /// Looks up the address of a name.
    ///
    /// # Errors
    /// [`Error::NoSuchHost`] where there is no such name, or it has no such address; [`Error::NameServerFailed`] where all servers have
    /// failed, [`Error::TimedOut`] where none has answered; [`Error::NetworkUnreachable`] where there is no DNS server, or no way to it;
    /// [`Error::NoFreeSocket`] where as many look-ups run as `net(dns_queries = ...)` allows; [`Error::MessageTooLarge`] where the text is
    /// no name, or longer than DNS allows.
    pub async fn resolve(self, name: &str, family: Family) -> Result<IpAddr, Error> {
        let families = match family {
            Family::V4 => DnsFamilies::Ipv4,
            #[cfg(feature = "ipv6")]
            Family::V6 => DnsFamilies::Ipv6,
        };
        let addresses = self.look_up(name, families).await?;
        let first = addresses.as_slice().first().copied().ok_or(Error::NoSuchHost)?;
        Ok(ip(first))
    }

    /// Looks up all addresses of a name, in the order in which they are to be tried.
    ///
    /// # Errors
    /// As [`Net::resolve`].
    #[cfg(all(feature = "std", any(unikernel, test)))]
    pub(crate) async fn resolve_all(self, name: &str, families: DnsFamilies) -> Result<alloc::vec::Vec<IpAddr>, Error> {
        Ok(self.look_up(name, families).await?.as_slice().iter().copied().map(ip).collect())
    }

    /// Looks up the addresses of a name, in the order in which they are to be tried.
    async fn look_up(self, name: &str, families: DnsFamilies) -> Result<DnsAddresses, Error> {
        self.query(name, families)?.addresses().await
    }

    /// Begins to look up a name.
    pub(super) fn query(self, name: &str, families: DnsFamilies) -> Result<Query, Error> {
        let shared = self.shared();
        let handle = shared.with(|stack| {
            stack.set_name_servers();
            stack.with_now(|all, calls| protocols::dns(all).resolve(calls, name, families))
        })?;
        Ok(Query { net: self, shared, handle })
    }
}

impl Query {
    /// The addresses that have come first.
    pub(super) async fn addresses(&self) -> Result<DnsAddresses, Error> {
        loop {
            match poll_fn(|context| self.poll(context)).await {
                #[cfg(feature = "tcp")]
                Err(unikernel_net::Error::Truncated) => self.ask_by_tcp().await?,
                answer => return Ok(answer?),
            }
        }
    }

    /// Asks for what is too long for a datagram (RFC 7766).
    #[cfg(feature = "tcp")]
    async fn ask_by_tcp(&self) -> Result<(), Error> {
        /// A length, a header and the longest name.
        const QUESTION_BYTES: usize = 2 + 12 + 255 + 4;
        /// Some hundred addresses; who needs more takes the first of them.
        const ANSWER_BYTES: usize = 4096;
        let mut question = [0; QUESTION_BYTES];
        let (server, bytes) = self.with(|dns, handle| dns.tcp_request(handle, &mut question))?;
        let stream = super::TcpStream::connect(self.net, widen(server)).await?;
        stream.write_all(question.get(..bytes).unwrap_or_default()).await?;
        let mut answer = [0; ANSWER_BYTES];
        let mut come = 0;
        let length = loop {
            let length = match answer.first_chunk().copied() {
                Some(length) if come >= length.len() => length.len() + usize::from(u16::from_be_bytes(length)),
                _ => usize::MAX,
            };
            if come >= length {
                break length;
            }
            match stream.read(answer.get_mut(come..).unwrap_or_default()).await? {
                0 => return Err(Error::NameServerFailed),
                more => come += more,
            }
        };
        let now = self.shared.with(|stack| stack.now);
        let message = answer.get(2..length).unwrap_or_default();
        Ok(self.with(|dns, handle| dns.tcp_answer(handle, message, now))?)
    }

    /// The addresses, or more of them than were told before (see [`unikernel_net::Dns::addresses`]).
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<Result<DnsAddresses, unikernel_net::Error>> {
        self.shared.with(|stack| {
            // A lease may have come meanwhile.
            stack.set_name_servers();
            let now = stack.now;
            stack.with(|all, _| {
                let dns = protocols::dns(all);
                match dns.addresses(self.handle, now) {
                    Err(unikernel_net::Error::WouldBlock) => {
                        dns.register(self.handle, context.waker())?;
                        Poll::Pending
                    }
                    answer => Poll::Ready(answer),
                }
            })
        })
    }

    #[cfg(feature = "tcp")]
    fn with<R>(
        &self,
        call: impl FnOnce(&mut Dns<'static>, DnsHandle) -> Result<R, unikernel_net::Error>,
    ) -> Result<R, unikernel_net::Error> {
        self.shared.with(|stack| stack.with(|all, _| call(protocols::dns(all), self.handle)))
    }
}

/// An address as everybody has it.
fn ip(address: unikernel_net::IpAddr) -> IpAddr {
    widen(SocketAddr::new(address, 0)).ip()
}

/// A look-up, which ends when it is dropped.
pub(super) struct Query {
    net: Net,
    shared: &'static Shared,
    handle: DnsHandle,
}

impl Drop for Query {
    fn drop(&mut self) {
        // It is there as long as this is.
        let _ = self.shared.with(|stack| stack.with(|all, _| protocols::dns(all).close(self.handle)));
    }
}
