//! The DNS resolver.

use super::shared::Shared;
use super::stack::Stack;
use super::{Error, Net};
use core::future::poll_fn;
use core::net::IpAddr;
use core::task::Poll;
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::dns::{DnsQuery, GetQueryResultError, QueryHandle, Socket, StartQueryError};
use smoltcp::wire::{DnsQueryType, IpAddress};

/// The DNS socket.
pub(super) struct Resolver {
    handle: SocketHandle,
    has_server: bool,
}

impl Resolver {
    pub(super) fn new(
        sockets: &mut SocketSet<'static>,
        queries: &'static mut [Option<DnsQuery>],
        server: Option<IpAddr>,
    ) -> Self {
        let servers: &[IpAddress] = &[];
        let mut resolver = Resolver { handle: sockets.add(Socket::new(servers, queries)), has_server: false };
        resolver.set_server(sockets, server);
        resolver
    }

    /// Replaces the DNS server.
    pub(super) fn set_server(&mut self, sockets: &mut SocketSet<'static>, server: Option<IpAddr>) {
        let server = server.and_then(super::endpoint::to_smoltcp);
        self.has_server = server.is_some();
        sockets.get_mut::<Socket<'_>>(self.handle).update_servers(server.as_slice());
    }
}

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
    /// [`Error::NoSuchHost`], also where the server does not answer; [`Error::NetworkUnreachable`] where there is no DNS server;
    /// [`Error::NoFreeSocket`] where as many look-ups run as `net(dns_queries = ...)` allows; [`Error::MessageTooLarge`] where the
    /// name is longer than DNS allows.
    pub async fn resolve(self, name: &str, family: Family) -> Result<IpAddr, Error> {
        let query = Query { shared: self.shared(), query: self.shared().with(|stack| stack.ask(name, family))? };
        let found = poll_fn(|context| {
            query.shared.with(|stack| {
                let socket = stack.sockets.get_mut::<Socket<'_>>(stack.dns.handle);
                match socket.get_query_result(query.query) {
                    Ok(addresses) => Poll::Ready(addresses.first().map(|address| IpAddr::from(*address))),
                    Err(GetQueryResultError::Failed) => Poll::Ready(None),
                    Err(GetQueryResultError::Pending) => {
                        socket.register_query_waker(query.query, context.waker());
                        Poll::Pending
                    }
                }
            })
        });
        let found = found.await;
        // It has ended: there is nothing to cancel.
        core::mem::forget(query);
        found.ok_or(Error::NoSuchHost)
    }
}

/// A look-up, which is cancelled when it is dropped.
struct Query {
    shared: &'static Shared,
    query: QueryHandle,
}

impl Drop for Query {
    fn drop(&mut self) {
        self.shared.with(|stack| stack.sockets.get_mut::<Socket<'_>>(stack.dns.handle).cancel_query(self.query));
    }
}

impl Stack {
    fn ask(&mut self, name: &str, family: Family) -> Result<QueryHandle, Error> {
        if !self.dns.has_server {
            return Err(Error::NetworkUnreachable);
        }
        self.is_touched = true;
        let kind = match family {
            Family::V4 => DnsQueryType::A,
            #[cfg(feature = "ipv6")]
            Family::V6 => DnsQueryType::Aaaa,
        };
        let socket = self.sockets.get_mut::<Socket<'_>>(self.dns.handle);
        socket.start_query(self.interface.context(), name, kind).map_err(|error| match error {
            StartQueryError::NoFreeSlot => Error::NoFreeSocket,
            StartQueryError::InvalidName => Error::NoSuchHost,
            StartQueryError::NameTooLong => Error::MessageTooLarge,
        })
    }
}
