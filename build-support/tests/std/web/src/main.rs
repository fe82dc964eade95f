//! A web server with a thread for each connection, as one writes it with the standard library alone.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use unikernel_rt::unikernel;

#[unikernel(std, console, net(ip = "10.0.0.2/24", gateway = "10.0.0.1", sockets = 128), args(port = 8080))]
fn main(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
    println!("serving http://10.0.0.2:{port}/");
    for stream in listener.incoming() {
        let stream = stream?;
        thread::spawn(move || serve(&stream));
    }
    Ok(())
}

/// Answers the requests of a connection until its end.
fn serve(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    loop {
        let mut is_last = false;
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or("/").to_owned();
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            match line.trim_end() {
                "" => break,
                field => is_last |= field.eq_ignore_ascii_case("connection: close"),
            }
        }
        let body = format!("you asked for {path}\n");
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let mut stream = stream;
        stream.write_all(head.as_bytes())?;
        if is_last {
            return Ok(());
        }
    }
}
