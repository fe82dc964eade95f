//! Prints data received over TCP and UDP, as the Mirage tutorial application of that name does.
//!
//! UDP to port 53 is printed in red and not answered. A connection to port 8080 is printed in green, and its first data in
//! yellow; then it is closed.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::net::{Ipv4Addr, SocketAddr};
use unikernel_rt::net::{Error, TcpListener, TcpStream, UdpSocket};
use unikernel_rt::prelude::*;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const RESET: &str = "\x1b[m";

#[unikernel(console, net(ip = "10.0.0.2/24", gateway = "10.0.0.1"))]
async fn main(net: Net, spawner: Spawner) -> Result<(), Error> {
    println!("IP address: {}", net.up().await);
    let datagrams = UdpSocket::bind(net, 53)?;
    let listener = TcpListener::bind(net, 8080)?;
    if let Ok(task) = show_datagrams(net, datagrams) {
        spawner.spawn(task);
    }
    loop {
        // As many tasks as sockets: there is always one left for a stream.
        let (stream, peer) = listener.accept().await;
        if let Ok(task) = show_stream(stream, peer) {
            spawner.spawn(task);
        }
    }
}

#[task]
async fn show_datagrams(net: Net, socket: UdpSocket) {
    let mut buffer = [0; 1500];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, SocketAddr::V4(from))) => {
                let (from, port, to) = (from.ip(), from.port(), net.address().unwrap_or(Ipv4Addr::UNSPECIFIED));
                let text = buffer[..length].escape_ascii();
                println!("{RED}UDP {from}:{port} > {to}:{}: \"{text}\"{RESET}", socket.local_addr().port());
            }
            Ok(_) | Err(_) => println!("{RED}UDP: not understood{RESET}"),
        }
    }
}

#[task(pool_size = NET_SOCKETS)]
async fn show_stream(stream: TcpStream, peer: SocketAddr) {
    // There is no other family, whose addresses are much code to print.
    let SocketAddr::V4(peer) = peer else { return };
    println!("{GREEN}TCP {}:{} > _:8080{RESET}", peer.ip(), peer.port());
    let mut buffer = [0; 1500];
    match stream.read(&mut buffer).await {
        Ok(0) => println!("{RED}read: eof{RESET}"),
        Ok(length) => println!("{YELLOW}read: {length} \"{}\"{RESET}", buffer[..length].escape_ascii()),
        Err(_) => println!("{RED}read: error{RESET}"),
    }
}
