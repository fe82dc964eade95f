//! Is linked with what it is without, and calls it.

use std::net::{TcpListener, UdpSocket};
use std::process::Command;

use unikernel_rt::unikernel;

#[unikernel(std(without = "processes, net"), console)]
fn main() {
    let error = Command::new("true").status().err();
    println!("{:?} {:?}", error.as_ref().map(|error| error.kind()), error.and_then(|error| error.raw_os_error()));
    println!("{:?}", TcpListener::bind("127.0.0.1:80").err().and_then(|error| error.raw_os_error()));
    println!("{:?}", UdpSocket::bind("127.0.0.1:0").err().and_then(|error| error.raw_os_error()));
}
