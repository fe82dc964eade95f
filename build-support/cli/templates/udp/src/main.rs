//! Answers every datagram with its text in capitals.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use unikernel_rt::net::{Error, UdpSocket};
use unikernel_rt::prelude::*;

use template_name::answer;

#[unikernel(console, net(ip = "10.0.0.2/24", gateway = "10.0.0.1"), args(port = 7))]
fn main(net: Net, port: u16) -> Result<(), Error> {
    let socket = UdpSocket::bind(net, port)?;
    println!("waiting for datagrams on port {port}");
    let mut buffer = [0; 1472]; // as much as an Ethernet frame holds
    loop {
        // `wait` halts the processor until it is done. In an `async fn` it is `.await`.
        let (length, sender) = match socket.recv_from(&mut buffer).wait() {
            Ok(received) => received,
            Err(error) => {
                println!("a datagram was lost: {error}");
                continue;
            }
        };
        let datagram = &mut buffer[..length];
        answer(datagram);
        if let Err(error) = socket.send_to(datagram, sender).wait() {
            println!("cannot answer {sender}: {error}");
        }
    }
}
