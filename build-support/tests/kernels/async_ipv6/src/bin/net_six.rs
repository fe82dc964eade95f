//! Serves IPv6 on two cards, for tests: echoes (7), tells its address (9), and asks beyond its own network (10).
#![no_std]
#![no_main]

use core::net::{Ipv6Addr, SocketAddr};
use unikernel_rt::net::{Error, TcpListener, TcpStream, UdpSocket};
use unikernel_rt::prelude::*;

#[unikernel(
    console,
    clock,
    net(name = "lan", mac = "52:54:00:00:00:01", ip6 = "fd00:1::2/64", gateway6 = "fd00:1::1", sockets = 6),
    net(name = "wan", ip6 = "::", sockets = 4),
    args(idle_s = 0)
)]
async fn main(lan: Net, wan: Net, spawner: Spawner, idle_s: u64) -> Result<(), Error> {
    if idle_s > 0 {
        embassy_time::Timer::after_secs(idle_s).await;
        return Ok(());
    }
    for net in [lan, wan] {
        if let Ok(task) = accepts(TcpListener::bind(net, 7)?) {
            spawner.spawn(task);
        }
        if let Ok(task) = datagrams(net, UdpSocket::bind(net, 9)?) {
            spawner.spawn(task);
        }
    }
    println!("{:?} {:?}", lan.address6(), wan.address6());
    match itself(lan).await {
        Ok(echo) => println!("itself: {}", echo.escape_ascii()),
        Err(error) => println!("itself: {error}"),
    }
    core::future::pending().await
}

/// To itself, by the way that all others take.
async fn itself(lan: Net) -> Result<[u8; 6], Error> {
    let address = SocketAddr::new(Ipv6Addr::new(0xfd00, 1, 0, 0, 0, 0, 0, 2).into(), 7);
    let stream = TcpStream::connect(lan, address).await?;
    stream.write_all(b"itself").await?;
    let mut buffer = [0; 6];
    let mut got = 0;
    while got < buffer.len() {
        got += stream.read(&mut buffer[got..]).await?.max(1);
    }
    Ok(buffer)
}

#[task(pool_size = 2)]
async fn accepts(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await;
        let mut buffer = [0; 1024];
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            if stream.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
    }
}

#[task(pool_size = 2)]
async fn datagrams(net: Net, socket: UdpSocket) {
    let mut buffer = [0; 1500];
    loop {
        let Ok((length, peer)) = socket.recv_from(&mut buffer).await else { continue };
        match &buffer[..length] {
            b"address" => {
                let address = net.address6().map_or([0; 16], |address| address.octets());
                let _ = socket.send_to(&address, peer).await;
            }
            b"beyond" => {
                let beyond = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 9);
                let _ = socket.send_to(b"beyond", SocketAddr::new(beyond.into(), 10)).await;
            }
            other => {
                let _ = socket.send_to(other, peer).await;
            }
        }
    }
}
