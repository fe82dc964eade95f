//! A guest of urunc: tells whoever connects which address it has.
#![no_std]
#![no_main]

use embedded_io::Write;
use unikernel_rt::net::{Error, TcpListener};
use unikernel_rt::prelude::*;

#[unikernel(console, net(ip), args(port = 80, ..rest), values(linux))]
fn main(net: Net, port: u16, rest: Rest) -> Result<(), Error> {
    let address = net.up().wait();
    let listener = TcpListener::bind(net, port)?;
    println!("{address}:{port} {}", rest.count());
    loop {
        let (stream, peer) = listener.accept().wait();
        // Whoever is gone is not to be told.
        let _ = writeln!(&stream, "{address} to {}", peer.ip());
    }
}
