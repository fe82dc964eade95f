//! A program of the standard library, whose annotation does not say so.

use std::io;

use unikernel_rt::unikernel;

#[unikernel(console, net(ip = "10.0.0.2/24"), args(port = 80))]
fn main(port: u16) -> io::Result<()> {
    println!("port {port}");
    Ok(())
}
