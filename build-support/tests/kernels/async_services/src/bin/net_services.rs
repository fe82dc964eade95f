//! Serves TCP and UDP for tests: echo (7), discard (9), characters (19), names (53) and itself.
#![no_std]
#![no_main]

use core::net::{Ipv4Addr, SocketAddr};
use embedded_io_async::{Read, Write};
use embedded_nal_async::TcpConnect;
use unikernel_rt::net::{Error, Family, TcpListener, TcpStream, UdpSocket};
use unikernel_rt::prelude::*;

#[unikernel(
    console,
    net(
        ip = "10.0.0.2/24",
        gateway = "10.0.0.1",
        hostname = "services",
        client_id = "rack 7",
        receive_buffer = "32KiB",
        send_buffer = "64KiB",
        rx_buffers = 64,
        sockets = 16
    )
)]
async fn main(net: Net, spawner: Spawner) -> Result<(), Error> {
    println!("up: {}", net.up().await);
    let echo = TcpListener::bind(net, 7)?;
    assert_eq!(TcpListener::bind(net, 7).err(), Some(Error::AddressInUse));
    if let Ok(task) = datagrams(UdpSocket::bind(net, 7)?) {
        spawner.spawn(task);
    }
    if let Ok(task) = discards(TcpListener::bind(net, 9)?) {
        spawner.spawn(task);
    }
    if let Ok(task) = names(net, TcpListener::bind(net, 53)?) {
        spawner.spawn(task);
    }
    for _ in 0..2 {
        if let Ok(task) = characters(net) {
            spawner.spawn(task);
        }
    }
    if let Ok(task) = itself(net) {
        spawner.spawn(task);
    }
    loop {
        // One task per socket, so no connection waits for a task.
        match echoes(echo.accept().await.0) {
            Ok(task) => spawner.spawn(task),
            Err(error) => println!("echo: {error:?}"),
        }
    }
}

#[task(pool_size = NET_SOCKETS)]
async fn echoes(stream: TcpStream) {
    let mut buffer = [0; 2048];
    loop {
        let length = match stream.read(&mut buffer).await {
            Ok(0) => return,
            Ok(length) => length,
            Err(error) => return println!("echo: {error}"),
        };
        if let Err(error) = stream.write_all(&buffer[..length]).await {
            return println!("echo: {error}");
        }
    }
}

/// Reads to the end, then tells how much and its checksum (FNV-1a).
#[task]
async fn discards(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await;
        let (mut bytes, mut sum) = (0_u64, 0xcbf2_9ce4_8422_2325_u64);
        let end = loop {
            let read = stream.read_with(|piece| {
                for byte in piece {
                    sum = (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
                }
                (piece.len(), piece.len())
            });
            match read.await {
                Ok(0) => break Ok(()),
                Ok(length) => bytes += length as u64,
                Err(error) => break Err(error),
            }
        };
        match end {
            Ok(()) => {
                let mut answer = [0; 16];
                answer[..8].copy_from_slice(&bytes.to_be_bytes());
                answer[8..].copy_from_slice(&sum.to_be_bytes());
                let _ = stream.write_all_vectored(&[&answer[..8], &answer[8..]]).await;
            }
            Err(error) => println!("discard: {error}"),
        }
    }
}

/// Sends as many bytes as it is asked for: those of a counter of 32 bits.
#[task(pool_size = 2)]
async fn characters(net: Net) {
    let Ok(listener) = TcpListener::bind(net, 19).or_else(|_| TcpListener::bind(net, 20)) else { return };
    loop {
        let (stream, _) = listener.accept().await;
        let mut wanted = [0; 8];
        let mut got = 0;
        while got < wanted.len() {
            match stream.read(&mut wanted[got..]).await {
                Ok(0) | Err(_) => break,
                Ok(length) => got += length,
            }
        }
        let total = u64::from_be_bytes(wanted);
        let mut sent = 0;
        while sent < total {
            let mut piece = [0; 4096];
            for (index, word) in piece.chunks_mut(4).enumerate() {
                word.copy_from_slice(&((sent / 4) as u32 + index as u32).to_be_bytes());
            }
            let length = piece.len().min((total - sent) as usize);
            if stream.write_all(&piece[..length]).await.is_err() {
                break;
            }
            sent += length as u64;
        }
    }
}

#[task]
async fn datagrams(socket: UdpSocket) {
    let mut buffer = [0; 2048];
    loop {
        if let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
            let _ = socket.send_to(&buffer[..length], peer).await;
        }
    }
}

/// Looks up the name that comes, and prints what it is.
#[task]
async fn names(net: Net, listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await;
        let mut buffer = [0; 256];
        let Ok(length) = stream.read(&mut buffer).await else { continue };
        let Ok(name) = core::str::from_utf8(&buffer[..length]) else { continue };
        match net.resolve(name, Family::V4).await {
            Ok(address) => println!("{name}: {address}"),
            Err(error) => println!("{name}: {error}"),
        }
    }
}

/// Connects to this very machine, by 127.0.0.1 and by its address.
#[task]
async fn itself(net: Net) {
    let own = net.up().await;
    for address in [Ipv4Addr::LOCALHOST, own] {
        let outcome = greet(&net, SocketAddr::new(address.into(), 7)).await;
        println!("itself at {address}: {outcome:?}");
    }
    println!("closed port: {:?}", TcpStream::connect(net, SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 1)).await.err());
}

/// Sends 100 KB to the echo of an address and compares, by the traits that other crates use.
async fn greet<T: TcpConnect<Error = Error>>(network: &T, address: SocketAddr) -> Result<usize, Error> {
    let mut connection = network.connect(address).await?;
    let mut total = 0;
    for round in 0..50_u8 {
        let sent = [round; 2000];
        connection.write_all(&sent).await?;
        connection.flush().await?;
        let mut got = [0; 2000];
        if connection.read_exact(&mut got).await.is_err() || got != sent {
            break;
        }
        total += got.len();
    }
    Ok(total)
}
