//! Connects by name to port 7 of those that it is told of on port 53, and says to whom; echoes datagrams (7), long ones too.
#![no_std]
#![no_main]

use unikernel_rt::net::{Error, TcpListener, TcpStream, UdpSocket};
use unikernel_rt::prelude::*;

#[unikernel(console, net(ip = "10.0.0.2/24", gateway = "10.0.0.1", ip6 = "::", sockets = 12, fragments = 8))]
async fn main(net: Net, spawner: Spawner) -> Result<(), Error> {
    println!("up: {}", net.up().await);
    if let Ok(task) = datagrams(UdpSocket::bind(net, 7)?) {
        spawner.spawn(task);
    }
    let listener = TcpListener::bind(net, 53)?;
    loop {
        let (stream, _) = listener.accept().await;
        let mut buffer = [0; 256];
        let Ok(length) = stream.read(&mut buffer).await else { continue };
        let Ok(name) = core::str::from_utf8(&buffer[..length]) else { continue };
        match TcpStream::connect(net, (name, 7)).await.and_then(|peer| peer.peer_addr()) {
            Ok(peer) => println!("{name}: {peer}"),
            Err(error) => println!("{name}: {error}"),
        }
    }
}

#[task]
async fn datagrams(socket: UdpSocket) {
    let mut buffer = [0; 10_000];
    loop {
        if let Ok((length, peer)) = socket.recv_from(&mut buffer).await
            && let Err(error) = socket.send_to(&buffer[..length], peer).await
        {
            println!("{length} bytes: {error}");
        }
    }
}
