//! A server on two networks: one socket for both, and one for an address of the second.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::thread;

use unikernel_rt::unikernel;

#[unikernel(std, console, net(ip = "10.0.0.2/24"), net(name = "lan", ip = "10.1.0.2/24"))]
fn main() -> io::Result<()> {
    let all = TcpListener::bind("0.0.0.0:7000")?;
    let second = TcpListener::bind("10.1.0.2:7001")?;
    let datagrams = UdpSocket::bind("0.0.0.0:7000")?;
    println!("elsewhere {:?}", TcpListener::bind("10.2.0.2:7000").expect_err("it is nobody's").kind());
    println!("in use {:?}", TcpListener::bind("10.1.0.2:7000").expect_err("all have it").kind());
    // From one network to the other: its address is this machine's own.
    let mut inside = TcpStream::connect("10.1.0.2:7001")?;
    println!("inside {}", inside.local_addr()?.ip());
    let (stream, _) = second.accept()?;
    thread::spawn(move || answer(stream));
    let mut text = String::new();
    inside.read_to_string(&mut text)?;
    println!("{text}");
    println!("ready");
    thread::spawn(move || {
        let mut buffer = [0; 64];
        loop {
            let (length, peer) = datagrams.recv_from(&mut buffer)?;
            datagrams.send_to(&buffer[..length], peer)?;
        }
        #[allow(unreachable_code)] // the type of what fails
        io::Result::Ok(())
    });
    thread::spawn(move || second.incoming().flatten().for_each(answer));
    all.incoming().flatten().for_each(answer);
    Ok(())
}

/// Tells who is asked.
fn answer(mut stream: TcpStream) {
    let own = stream.local_addr().expect("it is connected");
    stream.write_all(format!("this is {own}").as_bytes()).expect("it listens");
}
