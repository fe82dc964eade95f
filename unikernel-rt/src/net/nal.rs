//! The traits of `embedded-nal-async`, for crates that are written against them.

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
            AddrType::IPv6 => Err(Error::NoSuchHost),
        }
    }

    /// Names of addresses are not looked up.
    async fn get_host_by_address(&self, _address: core::net::IpAddr, _name: &mut [u8]) -> Result<usize, Error> {
        Err(Error::NoSuchHost)
    }
}

#[cfg(feature = "udp")]
mod udp {
    use super::super::UdpSocket;
    use super::{Error, Net};
    use core::net::SocketAddr;
    use embedded_nal_async::{ConnectedUdp, UdpStack, UnconnectedUdp};

    /// The local address of a socket, with that of the network in place of `0.0.0.0`.
    fn own(net: Net, socket: &UdpSocket) -> SocketAddr {
        let mut address = socket.local_addr();
        if let Some(ip) = net.address()
            && address.ip().is_unspecified()
        {
            address.set_ip(ip.into());
        }
        address
    }

    impl ConnectedUdp for UdpSocket {
        type Error = Error;

        async fn send(&mut self, data: &[u8]) -> Result<(), Error> {
            UdpSocket::send(self, data).await.map(|_| ())
        }

        async fn receive_into(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
            self.recv(buffer).await
        }
    }

    impl UnconnectedUdp for UdpSocket {
        type Error = Error;

        async fn send(&mut self, _local: SocketAddr, remote: SocketAddr, data: &[u8]) -> Result<(), Error> {
            self.send_to(data, remote).await.map(|_| ())
        }

        async fn receive_into(&mut self, buffer: &mut [u8]) -> Result<(usize, SocketAddr, SocketAddr), Error> {
            let (length, from) = self.recv_from(buffer).await?;
            Ok((length, self.local_addr(), from))
        }
    }

    impl UdpStack for Net {
        type Error = Error;
        type Connected = UdpSocket;
        type UniquelyBound = UdpSocket;
        type MultiplyBound = UdpSocket;

        async fn connect_from(&self, local: SocketAddr, peer: SocketAddr) -> Result<(SocketAddr, UdpSocket), Error> {
            let socket = UdpSocket::bind(*self, local)?;
            socket.connect(peer)?;
            Ok((own(*self, &socket), socket))
        }

        async fn bind_single(&self, local: SocketAddr) -> Result<(SocketAddr, UdpSocket), Error> {
            let socket = UdpSocket::bind(*self, local)?;
            Ok((own(*self, &socket), socket))
        }

        async fn bind_multiple(&self, local: SocketAddr) -> Result<UdpSocket, Error> {
            UdpSocket::bind(*self, local)
        }
    }
}
