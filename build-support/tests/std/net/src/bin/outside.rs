//! A client of servers outside: by names, with an address that a server gives while it already connects.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use unikernel_rt::unikernel;

#[unikernel(std, console, net(dhcp))]
fn main() -> io::Result<()> {
    let mut stream = TcpStream::connect("service.test:7")?;
    println!("{} to {}", stream.local_addr()?.ip(), stream.peer_addr()?);
    stream.write_all(b"over tcp")?;
    let mut buffer = [0; 16];
    stream.read_exact(&mut buffer[..8])?;
    println!("{}", String::from_utf8_lossy(&buffer[..8]));

    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect("service.test:9")?;
    println!("{} to {}", socket.local_addr()?.ip(), socket.peer_addr()?);
    socket.send(b"over udp")?;
    let length = socket.recv(&mut buffer)?;
    println!("{}", String::from_utf8_lossy(&buffer[..length]));

    let mut all: Vec<SocketAddr> = "many.test:80".to_socket_addrs()?.collect();
    all.sort();
    println!("{all:?}");
    println!("{}", TcpStream::connect("none.test:7").expect_err("there is no such name"));
    println!("{:?}", TcpStream::connect("service.test:1").expect_err("nobody listens").kind());
    println!("{:?}", TcpStream::connect("10.9.0.200:7").expect_err("there is no such host").kind());
    let silent = "10.9.0.201:7".parse().expect("an address");
    println!(
        "{:?}",
        TcpStream::connect_timeout(&silent, Duration::from_millis(100)).expect_err("nobody answers").kind()
    );
    Ok(())
}
