//! The Internet protocols: smoltcp's, over a virtio card, behind handles that know no executor.
//!
//! The core is polled ([`stack`]): it moves what can be moved, wakes who waits for that, and says when it has to be looked at
//! again. Tasks wait for their wakers, blocking callers poll and halt ([`crate::block_on`]). smoltcp stays behind this module.
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

pub use crate::devices::net::Net;
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
