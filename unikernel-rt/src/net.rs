//! The Internet protocols: smoltcp's, over a virtio card, behind handles that know no executor.
//!
//! The core is polled ([`stack`]): it moves what can be moved, wakes who waits for that, and says when it has to be looked at
//! again. Tasks wait for their wakers, blocking callers poll and halt ([`crate::tasks::block_on`]). smoltcp stays behind this module.
//!
//! Each part is a feature of the runtime: `net` alone answers pings, `tcp`, `udp`, `dns`, `dhcp` and `ipv6` add to it.

mod addresses;
#[cfg(feature = "sockets")]
mod busy_poll;
#[cfg(feature = "sockets")]
mod checksum;
mod device;
#[cfg(feature = "dhcp")]
mod dhcp;
#[cfg(feature = "dns")]
mod dns;
#[cfg(feature = "sockets")]
mod error;
#[cfg(feature = "sockets")]
mod loopback;
#[cfg(feature = "tcp")]
mod nal;
#[cfg(feature = "ipv6")]
mod neighbours;
#[cfg(feature = "tcp")]
mod segment;
mod shared;
mod stack;
mod storage;
#[cfg(feature = "tcp")]
mod tcp;
#[cfg(feature = "udp")]
mod udp;
#[cfg(any(feature = "tcp", feature = "dhcp"))]
mod waiting;

use crate::tasks::poll;
use core::fmt;
use core::net::Ipv4Addr;

#[cfg(feature = "dns")]
pub use dns::Family;
#[cfg(feature = "sockets")]
pub use error::Error;
pub(crate) use shared::Shared;
pub(crate) use stack::Configuration;
pub use storage::{Storage, buffer, frame, ring, sockets, spill};
#[cfg(feature = "tcp")]
pub use tcp::{TcpListener, TcpReader, TcpStream, TcpWriter};
#[cfg(feature = "udp")]
pub use udp::UdpSocket;

/// A network card with the Internet protocols over it. A handle: copies are the same network.
///
/// It answers pings and what else the protocols ask for whenever the kernel waits for anything.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # fn example(net: Net) {
/// net.run() // nothing but that
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Net {
    shared: &'static Shared,
}

impl Net {
    /// The handle of a stack.
    pub(crate) fn new(shared: &'static Shared) -> Self {
        Net { shared }
    }

    /// Its IPv4 address; none before the network has given one.
    pub fn address(self) -> Option<Ipv4Addr> {
        self.shared.with(|stack| stack.address())
    }

    /// Its IPv6 address, besides the one that follows from its card's; none before a router has advertised one, or where somebody
    /// else on the network has it.
    #[cfg(feature = "ipv6")]
    pub fn address6(self) -> Option<core::net::Ipv6Addr> {
        self.shared.with(|stack| stack.address6())
    }

    /// The address of its card.
    pub fn mac(self) -> [u8; 6] {
        self.shared.with(|stack| stack.mac())
    }

    #[cfg(any(feature = "tcp", feature = "udp", feature = "dns"))]
    pub(crate) fn shared(self) -> &'static Shared {
        self.shared
    }

    /// Waits until it has an address, which it does when it is declared or when DHCP has given one.
    #[cfg(feature = "sockets")]
    pub async fn up(self) -> Ipv4Addr {
        core::future::poll_fn(|_context| match self.address() {
            Some(address) => core::task::Poll::Ready(address),
            None => {
                #[cfg(feature = "dhcp")]
                self.shared.with(|stack| stack.wait_for_address(_context.waker()));
                core::task::Poll::Pending
            }
        })
        .await
    }

    /// Serves the network for ever, halted while nothing comes.
    pub fn run(self) -> ! {
        loop {
            poll::halt_until(poll::all());
        }
    }
}

impl fmt::Debug for Net {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Net").field("address", &self.address()).finish_non_exhaustive()
    }
}

/// An address and a port as smoltcp has them; none for a protocol that is not linked.
#[cfg(any(feature = "tcp", feature = "udp", feature = "dns"))]
fn endpoint(address: core::net::SocketAddr) -> Option<smoltcp::wire::IpEndpoint> {
    use core::net::IpAddr;
    let ip = match address.ip() {
        IpAddr::V4(ip) => smoltcp::wire::IpAddress::Ipv4(ip),
        #[cfg(feature = "ipv6")]
        IpAddr::V6(ip) => smoltcp::wire::IpAddress::Ipv6(ip),
        #[cfg(not(feature = "ipv6"))]
        IpAddr::V6(_) => return None,
    };
    Some(smoltcp::wire::IpEndpoint::new(ip, address.port()))
}
