//! DNS: addresses of names.

use super::shared::Shared;
use super::stack::Stack;
use super::{Error, Net};
use core::future::poll_fn;
use core::net::IpAddr;
use core::task::Poll;
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::dns::{DnsQuery, GetQueryResultError, QueryHandle, Socket, StartQueryError};
use smoltcp::wire::{DnsQueryType, IpAddress};

/// How many names can be looked up at the same time.
pub(super) const QUERIES: usize = 4;

/// The socket that asks.
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

    /// Who is asked from now on.
    pub(super) fn set_server(&mut self, sockets: &mut SocketSet<'static>, server: Option<IpAddr>) {
        let server = server.and_then(|server| super::endpoint((server, 53).into())).map(|endpoint| endpoint.addr);
        self.has_server = server.is_some();
        sockets.get_mut::<Socket<'_>>(self.handle).update_servers(server.as_slice());
    }
}

/// Which address of a name is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// Its IPv4 address.
    V4,
    /// Its IPv6 address.
    #[cfg(feature = "ipv6")]
    V6,
}

impl Net {
    /// Looks the address of a name up.
    ///
    /// # Errors
    /// [`Error::NoSuchName`], also where nobody answers; [`Error::Unreachable`] where no name server is known;
    /// [`Error::NoSocket`] where 4 names are being looked up; [`Error::TooLarge`] where it is longer than any name.
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
        // Its place is free again: there is nothing to cancel.
        core::mem::forget(query);
        found.ok_or(Error::NoSuchName)
    }
}

/// A question that is cancelled with the task that has asked.
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
            return Err(Error::Unreachable);
        }
        self.is_touched = true;
        let kind = match family {
            Family::V4 => DnsQueryType::A,
            #[cfg(feature = "ipv6")]
            Family::V6 => DnsQueryType::Aaaa,
        };
        let socket = self.sockets.get_mut::<Socket<'_>>(self.dns.handle);
        socket.start_query(self.interface.context(), name, kind).map_err(|error| match error {
            StartQueryError::NoFreeSlot => Error::NoSocket,
            StartQueryError::InvalidName => Error::NoSuchName,
            StartQueryError::NameTooLong => Error::TooLarge,
        })
    }
}
