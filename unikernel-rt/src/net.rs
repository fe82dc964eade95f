//! TCP, UDP and DNS over a network card.
//!
//! The types and methods have the names of [`std::net`]; the network, a [`Net`], is the first argument of `bind` and `connect`.
//! Everything that may take time is a future. `.await` it in an `async fn`; call `.wait()` on it in any other, where the processor
//! halts until it is done ([`Wait`](crate::Wait)):
//!
//! ```no_run
//! # use unikernel_rt::prelude::*;
//! # use unikernel_rt::net::{Error, TcpListener};
//! # fn example(net: Net) -> Result<(), Error> {
//! let listener = TcpListener::bind(net, 7)?;
//! loop {
//!     let (stream, peer) = listener.accept().wait(); // `.await` in an `async fn`
//!     stream.write_all(b"hello\n").wait()?;
//! }
//! # }
//! ```
//!
//! Each part is a feature of the runtime: `net` alone answers pings; `tcp`, `udp`, `dns`, `dhcp` and `ipv6` add to it.
//!
//! [`std::net`]: https://doc.rust-lang.org/std/net/

// The protocols are those of the network core, the crate `unikernel-net`. This module is the card, the waiting and the facades: the
// stack is polled, sends and receives what it can, wakes the tasks that wait for that, and returns its next deadline. It knows no executor.
mod addresses;
#[cfg(any(feature = "tcp", feature = "udp"))]
mod bind_address;
#[cfg(feature = "sockets")]
mod busy_poll;
mod configuration;
#[cfg(feature = "dns")]
mod dns;
#[cfg(feature = "sockets")]
mod error;
#[cfg(all(feature = "std", any(feature = "tcp", feature = "udp"), any(unikernel, test)))]
mod lent;
#[cfg(feature = "sockets")]
mod loopback;
pub(crate) mod memory;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "tcp")]
mod nal;
mod port;
mod protocols;
mod shared;
pub(crate) mod sizes;
mod stack;
pub(crate) mod storage;
#[cfg(feature = "tcp")]
mod tcp;
#[cfg(feature = "udp")]
mod udp;
#[cfg(feature = "sockets")]
mod waiting;

use crate::tasks::poll;
use core::fmt;
use core::net::Ipv4Addr;

#[cfg(any(feature = "tcp", feature = "udp"))]
pub use bind_address::BindAddress;
#[cfg(feature = "metrics")]
pub(crate) use configuration::About;
pub(crate) use configuration::Configuration;
#[cfg(feature = "dns")]
pub use dns::Family;
#[cfg(feature = "sockets")]
pub use error::Error;
pub(crate) use shared::Shared;
#[cfg(feature = "tcp")]
pub use tcp::{Shutdown, TcpListener, TcpReader, TcpStream, TcpWriter, ToSocketAddrs};
#[cfg(feature = "udp")]
pub use udp::UdpSocket;

/// A network: a card with the Internet protocols on it. It is a handle, and copies are the same network.
///
/// It is served whenever the kernel waits for anything: pings, ARP and the like are answered then.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # fn example(net: Net) {
/// net.run() // serves it, and does nothing else
/// # }
/// ```
///
/// ```no_run
/// # use unikernel_rt::net::{Error, Family};
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::println;
/// # async fn example(net: Net) -> Result<(), Error> {
/// let address = net.up().await; // by DHCP, it takes a while
/// println!("{address} {:?} {:?} {:x?}", net.address(), net.address6(), net.mac());
/// let server = net.resolve("example.org", Family::V4).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Net {
    shared: &'static Shared,
}

impl Net {
    /// A handle of a stack.
    pub(crate) fn new(shared: &'static Shared) -> Self {
        Net { shared }
    }

    /// Has the client of DHCP tell its server a name, and what it is to be known by; before it has asked, and where there is one.
    #[cfg(feature = "dhcp")]
    pub(crate) fn name_client(self, host_name: Option<&'static str>, client_id: Option<&'static str>) {
        self.shared.with(|stack| stack.name_client(host_name, client_id));
    }

    /// Its IPv4 address; none before DHCP has assigned one.
    pub fn address(self) -> Option<Ipv4Addr> {
        self.shared.with(|stack| stack.address())
    }

    /// Its IPv6 address besides the link-local one; none before a router has advertised a prefix, or where another host has the
    /// address.
    #[cfg(feature = "ipv6")]
    pub fn address6(self) -> Option<core::net::Ipv6Addr> {
        self.shared.with(|stack| stack.address6())
    }

    /// The card's MAC address.
    pub fn mac(self) -> [u8; 6] {
        self.shared.with(|stack| stack.mac())
    }

    #[cfg(any(feature = "tcp", feature = "udp", feature = "dns"))]
    pub(crate) fn shared(self) -> &'static Shared {
        self.shared
    }

    /// Waits until it has an IPv4 address: a declared one is there at once, DHCP takes a while.
    #[cfg(feature = "sockets")]
    pub async fn up(self) -> Ipv4Addr {
        core::future::poll_fn(|context| match self.address() {
            Some(address) => core::task::Poll::Ready(address),
            None => {
                self.shared.with(|stack| stack.wait_for_address(context.waker()));
                core::task::Poll::Pending
            }
        })
        .await
    }

    /// Serves the network for ever; the processor halts while there is nothing to do.
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
