//! Measures bulk TCP transfers, one connection at a time: `GET` on port 8080 is 64 MiB, port 9 discards.
#![no_std]
#![no_main]

use unikernel_rt::net::{Error, TcpListener};
use unikernel_rt::prelude::*;

const LARGE_BYTES: usize = 64 << 20;
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 67108864\r\nconnection: close\r\n\r\n";
static PIECE: [u8; 64 << 10] = [b'u'; 64 << 10];

#[unikernel(
    console,
    net(
        ip = "10.0.0.2/24",
        gateway = "10.0.0.1",
        // As much as is on its way over 50 ms at 40 MB/s. A connection takes a quarter of what is free.
        pool = "8MiB",
        receive_buffer = "2MiB",
        send_buffer = "2MiB",
        // As many as QEMU's card takes, and as Linux gives it. With the 32 that are the default, a frame of 64 KiB has no room.
        rx_buffers = 256,
        tx_buffers = 256,
        sockets = 8
    )
)]
async fn main(net: Net, spawner: Spawner) -> Result<(), Error> {
    println!("up: {}", net.up().await);
    if let Ok(task) = discard(TcpListener::bind(net, 9)?) {
        spawner.spawn(task);
    }
    let listener = TcpListener::bind(net, 8080)?;
    loop {
        let (stream, _) = listener.accept().await;
        let mut request = [0; 1024];
        let mut length = 0;
        while !request[..length].ends_with(b"\r\n\r\n") {
            match stream.read(&mut request[length..]).await {
                Ok(0) | Err(_) => break,
                Ok(more) => length += more,
            }
        }
        let mut left = LARGE_BYTES;
        if stream.write_all(HEAD).await.is_err() {
            continue;
        }
        while left > 0 && stream.write_all(&PIECE).await.is_ok() {
            left -= PIECE.len();
        }
    }
}

/// Reads to the end and closes, which tells the sender that all was read.
#[task]
async fn discard(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await;
        while let Ok(1..) = stream.read_with(|piece| (piece.len(), piece.len())).await {}
    }
}
