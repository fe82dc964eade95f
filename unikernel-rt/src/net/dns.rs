//! The DNS resolver.

use super::shared::Shared;
use super::{Error, Net, protocols};
use core::future::poll_fn;
use core::net::IpAddr;
use core::task::Poll;
use unikernel_net::{DnsFamilies, DnsHandle, SocketAddr, widen};

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
        let handle = self.shared().with(|stack| {
            stack.set_name_servers();
            stack.with_now(|all, calls| protocols::dns(all).resolve(calls, name, families))
        })?;
        let query = Query { shared: self.shared(), handle };
        poll_fn(|context| {
            query.shared.with(|stack| {
                // A lease may have come meanwhile.
                stack.set_name_servers();
                let now = stack.now;
                stack.with(|all, _| {
                    let dns = protocols::dns(all);
                    match dns.addresses(query.handle, now) {
                        Err(unikernel_net::Error::WouldBlock) => {
                            dns.register(query.handle, context.waker())?;
                            Poll::Pending
                        }
                        Ok(addresses) => {
                            let first = addresses.as_slice().first().ok_or(Error::NoSuchHost);
                            Poll::Ready(first.map(|first| widen(SocketAddr::new(*first, 0)).ip()))
                        }
                        Err(error) => Poll::Ready(Err(error.into())),
                    }
                })
            })
        })
        .await
    }
}

/// A look-up, which ends when it is dropped.
struct Query {
    shared: &'static Shared,
    handle: DnsHandle,
}

impl Drop for Query {
    fn drop(&mut self) {
        // It is there as long as this is.
        let _ = self.shared.with(|stack| stack.with(|all, _| protocols::dns(all).close(self.handle)));
    }
}
