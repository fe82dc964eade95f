//! Serves one page of 1 KiB, over and over: the least that an HTTP server can be, for benchmarks of the network beneath it.
#![no_std]
#![no_main]

use unikernel_rt::net::{Error, TcpListener, TcpStream};
use unikernel_rt::prelude::*;

const PAGE_BYTES: usize = 1024;
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 1024\r\ncontent-type: text/html\r\n\r\n";
const LAST_HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-length: 1024\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n";
static PAGE: [u8; PAGE_BYTES] = [b'u'; PAGE_BYTES];

#[unikernel(
    console,
    net(ip = "10.0.0.2/24", gateway = "10.0.0.1", receive_buffer = "2KiB", send_buffer = "4KiB", sockets = 320)
)]
async fn main(net: Net, spawner: Spawner) -> Result<(), Error> {
    println!("up: {}", net.up().await);
    let listener = TcpListener::bind(net, 8080)?;
    loop {
        if let Ok(task) = serve(listener.accept().await) {
            spawner.spawn(task);
        }
    }
}

#[task(pool_size = 320)]
async fn serve(stream: TcpStream) {
    let mut request = [0; 1024];
    let mut length = 0;
    loop {
        match stream.read(&mut request[length..]).await {
            Ok(0) | Err(_) => return,
            Ok(more) => length += more,
        }
        if !request[..length].ends_with(b"\r\n\r\n") {
            continue;
        }
        let is_last = request[..length].windows(5).any(|word| word.eq_ignore_ascii_case(b"close"));
        let head = if is_last { LAST_HEAD } else { HEAD };
        if stream.write_all_vectored(&[head, &PAGE]).await.is_err() || is_last {
            return;
        }
        length = 0;
    }
}
