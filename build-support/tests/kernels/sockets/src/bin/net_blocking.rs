//! Uses TCP and UDP from a `main` that is not an `async fn`: checks the sockets against each other, then serves an echo.
#![no_std]
#![no_main]

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use embedded_io::{Read, Write};
use unikernel_rt::net::{Error, Shutdown, TcpListener, TcpStream, UdpSocket};
use unikernel_rt::prelude::*;
use unikernel_rt::{Either, TimedOut, join, select, timeout};

const OWN: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;
const SOON: Duration = Duration::from_millis(20);

#[unikernel(
    console,
    net(ip = "10.0.0.2/24", gateway = "10.0.0.1", sockets = 8, listeners = 3, udp_sockets = 3, udp_datagrams = 2)
)]
fn main(net: Net) -> Result<(), Error> {
    assert_eq!(net.up().wait(), OWN);
    bind(net)?;
    let listener = TcpListener::bind(net, 7)?;
    connections(net, &listener)?;
    traits(net, &listener)?;
    datagrams(net)?;
    limits(net)?;
    println!("checked");
    loop {
        let (stream, peer) = listener.accept().wait();
        println!("from {}", peer.ip());
        let mut buffer = [0; 2048];
        while let Ok(length @ 1..) = stream.read(&mut buffer).wait() {
            stream.write_all(&buffer[..length]).wait()?;
        }
    }
}

/// Lets the network move what it has.
fn pause() {
    assert_eq!(timeout(SOON, core::future::pending::<()>()).wait(), Err(TimedOut));
}

/// Ports and addresses that are free, taken, and not this machine's.
fn bind(net: Net) -> Result<(), Error> {
    let all = TcpListener::bind(net, 9)?;
    assert_eq!(all.local_addr(), SocketAddr::from((Ipv4Addr::UNSPECIFIED, 9)));
    assert_eq!(TcpListener::bind(net, 9).err(), Some(Error::AddressInUse));
    assert_eq!(TcpListener::bind(net, (LOCALHOST, 9)).err(), Some(Error::AddressInUse));
    assert_eq!(TcpListener::bind(net, ([10, 9, 9, 9], 10)).err(), Some(Error::AddressNotAvailable));
    drop(all);
    let one = TcpListener::bind(net, (LOCALHOST, 9))?;
    let other = TcpListener::bind(net, SocketAddr::from((OWN, 9)))?;
    assert_eq!(TcpListener::bind(net, 9).err(), Some(Error::AddressInUse));
    // A connection goes to the listener of its address, and to no other.
    let (near, (far, _)) = join(TcpStream::connect(net, (OWN, 9)), other.accept()).wait();
    assert_eq!(near?.peer_addr(), far.local_addr());
    assert_eq!(timeout(SOON, one.accept()).wait().err(), Some(TimedOut));
    drop(other);
    assert_eq!(TcpStream::connect(net, (OWN, 9)).wait().err(), Some(Error::ConnectionRefused));

    let socket = UdpSocket::bind(net, (LOCALHOST, 9))?;
    assert_eq!(UdpSocket::bind(net, 9).err(), Some(Error::AddressInUse));
    assert_eq!(UdpSocket::bind(net, ([10, 9, 9, 9], 9)).err(), Some(Error::AddressNotAvailable));
    let same_port = UdpSocket::bind(net, (OWN, 9))?;
    assert_eq!(socket.local_addr().port(), same_port.local_addr().port());
    assert!(UdpSocket::bind(net, 0)?.local_addr().port() >= 49152);
    Ok(())
}

/// Both sides of a connection, by `.wait()`.
fn connections(net: Net, listener: &TcpListener) -> Result<(), Error> {
    let address = SocketAddr::from((LOCALHOST, listener.local_addr().port()));
    let (client, (server, peer)) = join(TcpStream::connect(net, address), listener.accept()).wait();
    let client = client?;
    assert_eq!((client.peer_addr(), client.local_addr()), (Ok(address), Ok(peer)));
    assert_eq!((server.local_addr(), server.peer_addr()), (Ok(address), Ok(peer)));
    assert!(client.nodelay());
    client.set_nodelay(false);
    assert!(!client.nodelay());
    client.set_nodelay(true);

    let mut buffer = [0; 16];
    assert!(!server.is_readable() && server.is_writable());
    assert_eq!(timeout(SOON, server.read(&mut buffer)).wait(), Err(TimedOut));
    assert_eq!(timeout(SOON, server.read(&mut buffer)).wait().map_err(Error::from).err(), Some(Error::TimedOut));
    let (written, read) = join(client.write_all(b"to the server"), server.read(&mut buffer)).wait();
    written?;
    assert_eq!(&buffer[..read?], b"to the server");
    client.acknowledged().wait()?;
    // Whichever is first: nothing comes from the server.
    let mut other = [0; 16];
    let first = select(client.read(&mut other), async { timeout(SOON, core::future::pending::<()>()).await }).wait();
    assert!(matches!(first, Either::Second(Err(TimedOut))));

    // Each direction ends by itself.
    client.shutdown(Shutdown::Write)?;
    assert_eq!(server.read(&mut buffer).wait(), Ok(0));
    assert_eq!(client.write(b"more").wait(), Err(Error::NotConnected));
    server.write_all(b"to the client").wait()?;
    assert_eq!(client.read(&mut buffer).wait(), Ok(13));
    client.shutdown(Shutdown::Read)?;
    server.write_all(b"nobody reads this").wait()?;
    assert!(client.is_readable());
    assert_eq!(client.read(&mut buffer).wait(), Ok(0));
    assert_eq!(client.read_with(|bytes| (0, bytes.len())).wait(), Ok(0));
    server.abort();
    pause();
    assert_eq!(client.peer_addr(), Err(Error::NotConnected));
    assert_eq!(client.shutdown(Shutdown::Both), Err(Error::NotConnected));
    Ok(())
}

/// The blocking traits of `embedded-io`, through shared references.
fn traits(net: Net, listener: &TcpListener) -> Result<(), Error> {
    let (client, (server, _)) = join(TcpStream::connect(net, (OWN, 7)), listener.accept()).wait();
    let client = client?;
    let (mut to, mut from) = (&client, &server);
    Write::write_all(&mut to, b"by traits")?;
    Write::flush(&mut to)?;
    let mut buffer = [0; 9];
    assert!(Read::read_exact(&mut from, &mut buffer).is_ok());
    assert_eq!(&buffer, b"by traits");
    server.abort();
    assert_eq!(client.read(&mut buffer).wait(), Err(Error::ConnectionReset));
    assert_eq!(client.write(&buffer).wait(), Err(Error::ConnectionReset));
    Ok(())
}

/// Datagrams between sockets, connected and not.
fn datagrams(net: Net) -> Result<(), Error> {
    let server = UdpSocket::bind(net, 7)?;
    let client = UdpSocket::bind(net, 0)?;
    let stranger = UdpSocket::bind(net, (LOCALHOST, 8))?;
    let mut buffer = [0; 64];
    assert_eq!(client.recv(&mut buffer).wait(), Err(Error::NotConnected));
    assert_eq!(client.send(b"nobody").wait(), Err(Error::NotConnected));
    assert_eq!(client.peer_addr(), Err(Error::NotConnected));

    client.connect((LOCALHOST, 7))?;
    assert_eq!(client.peer_addr(), Ok((LOCALHOST, 7).into()));
    assert_eq!(client.send(b"to the server").wait(), Ok(13));
    let (length, from) = server.recv_from(&mut buffer).wait()?;
    assert_eq!((&buffer[..length], from.port()), (&b"to the server"[..], client.local_addr().port()));
    assert_eq!(from.ip(), IpAddr::V4(LOCALHOST));
    // Of two datagrams, the one of the peer is received.
    assert_eq!(stranger.send_to(b"from a stranger", from).wait(), Ok(15));
    assert_eq!(server.send_to(b"to the client", from).wait(), Ok(13));
    assert_eq!(client.recv(&mut buffer).wait(), Ok(13));
    assert_eq!(timeout(SOON, client.recv(&mut buffer)).wait(), Err(TimedOut));

    assert_eq!(server.send_to(b"too long", from).wait(), Ok(8));
    assert_eq!(client.recv(&mut buffer[..4]).wait(), Err(Error::MessageTooLarge));
    // The queue is as long as it is declared; what comes beyond is lost.
    for number in 0..3 {
        server.send_to(&[number], from).wait()?;
    }
    pause();
    for number in 0..2 {
        assert_eq!((client.recv(&mut buffer).wait(), buffer[0]), (Ok(1), number));
    }
    assert_eq!(timeout(SOON, client.recv(&mut buffer)).wait(), Err(TimedOut));
    assert_eq!(server.send_to(&[0; 9_000], from).wait(), Err(Error::MessageTooLarge));
    Ok(())
}

/// As many listeners and sockets as are declared; each is free again when it is dropped.
fn limits(net: Net) -> Result<(), Error> {
    for _ in 0..2 {
        // One listens already.
        let _listeners = [TcpListener::bind(net, 11)?, TcpListener::bind(net, 12)?];
        assert_eq!(TcpListener::bind(net, 13).err(), Some(Error::NoFreeSocket));
        let _sockets = [UdpSocket::bind(net, 11)?, UdpSocket::bind(net, 12)?, UdpSocket::bind(net, 13)?];
        assert_eq!(UdpSocket::bind(net, 14).err(), Some(Error::NoFreeSocket));
    }
    assert_eq!(NET_SOCKETS, 8);
    Ok(())
}
