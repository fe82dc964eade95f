//! Datagrams that would go in fragments, without the feature for these.

use std::io;
use std::net::UdpSocket;

use unikernel_rt::unikernel;

#[unikernel(std, console, net(ip = "10.0.0.2/24"))]
fn main() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    for bytes in [1472, 1473, 8192, 9000] {
        let sent = socket.send_to(&vec![0; bytes], socket.local_addr()?);
        println!("{bytes} {:?}", sent.map_err(|error| error.raw_os_error()));
    }
    Ok(())
}
