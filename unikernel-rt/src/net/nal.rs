//! The network as `embedded-nal-async` has it, for crates that are written against that.

use super::{Error, Net, TcpStream};
use core::net::SocketAddr;
use embedded_nal_async::TcpConnect;

impl TcpConnect for Net {
    type Error = Error;
    type Connection<'a> = TcpStream;

    async fn connect(&self, remote: SocketAddr) -> Result<TcpStream, Error> {
        TcpStream::connect(*self, remote).await
    }
}

#[cfg(feature = "dns")]
impl embedded_nal_async::Dns for Net {
    type Error = Error;

    async fn get_host_by_name(
        &self,
        host: &str,
        wanted: embedded_nal_async::AddrType,
    ) -> Result<core::net::IpAddr, Error> {
        use super::Family;
        use embedded_nal_async::AddrType;
        if let Ok(address) = host.parse() {
            return Ok(address);
        }
        match wanted {
            AddrType::IPv4 | AddrType::Either => self.resolve(host, Family::V4).await,
            #[cfg(feature = "ipv6")]
            AddrType::IPv6 => self.resolve(host, Family::V6).await,
            #[cfg(not(feature = "ipv6"))]
            AddrType::IPv6 => Err(Error::NoSuchName),
        }
    }

    /// Names of addresses are not looked up.
    async fn get_host_by_address(&self, _address: core::net::IpAddr, _name: &mut [u8]) -> Result<usize, Error> {
        Err(Error::NoSuchName)
    }
}

#[cfg(feature = "udp")]
mod udp {
    use super::super::UdpSocket;
    use super::{Error, Net};
    use core::net::{IpAddr, Ipv4Addr, SocketAddr};
    use embedded_nal_async::{ConnectedUdp, UdpStack, UnconnectedUdp};

    /// A socket that talks to one peer.
    #[derive(Debug)]
    pub struct Connected {
        socket: UdpSocket,
        peer: SocketAddr,
    }

    /// The address that a socket of all addresses is known by.
    fn own(net: Net, socket: &UdpSocket) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(net.address().unwrap_or(Ipv4Addr::UNSPECIFIED)), socket.port())
    }

    impl ConnectedUdp for Connected {
        type Error = Error;

        async fn send(&mut self, data: &[u8]) -> Result<(), Error> {
            self.socket.send_to(data, self.peer).await
        }

        async fn receive_into(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
            loop {
                let (length, from) = self.socket.receive_from(buffer).await?;
                if from == self.peer {
                    return Ok(length);
                }
            }
        }
    }

    impl UnconnectedUdp for UdpSocket {
        type Error = Error;

        async fn send(&mut self, _local: SocketAddr, remote: SocketAddr, data: &[u8]) -> Result<(), Error> {
            self.send_to(data, remote).await
        }

        async fn receive_into(&mut self, buffer: &mut [u8]) -> Result<(usize, SocketAddr, SocketAddr), Error> {
            let (length, from) = self.receive_from(buffer).await?;
            Ok((length, SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), self.port()), from))
        }
    }

    impl UdpStack for Net {
        type Error = Error;
        type Connected = Connected;
        type UniquelyBound = UdpSocket;
        type MultiplyBound = UdpSocket;

        async fn connect_from(&self, local: SocketAddr, peer: SocketAddr) -> Result<(SocketAddr, Connected), Error> {
            let socket = UdpSocket::bind(*self, local.port())?;
            Ok((own(*self, &socket), Connected { socket, peer }))
        }

        async fn bind_single(&self, local: SocketAddr) -> Result<(SocketAddr, UdpSocket), Error> {
            let socket = UdpSocket::bind(*self, local.port())?;
            Ok((own(*self, &socket), socket))
        }

        async fn bind_multiple(&self, local: SocketAddr) -> Result<UdpSocket, Error> {
            UdpSocket::bind(*self, local.port())
        }
    }
}
