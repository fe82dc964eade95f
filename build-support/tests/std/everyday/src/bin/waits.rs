//! async-io, futures and socket2: what waits, and options of sockets.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use async_io::{Async, Timer};
use futures::executor::{ThreadPool, block_on};
use futures::io::{AsyncReadExt as _, AsyncWriteExt as _};
use futures::stream::{self, StreamExt as _};
use futures::task::SpawnExt as _;
use socket2::{Domain, Protocol, Socket, Type};
use unikernel_rt::unikernel;

#[unikernel(std, console, net(ip = "10.0.0.2/24"))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    block_on(waits())?;
    pool()?;
    options()?;
    println!("done");
    Ok(())
}

async fn waits() -> std::io::Result<()> {
    let began = Instant::now();
    Timer::after(Duration::from_millis(20)).await;
    println!("timer {}", began.elapsed() >= Duration::from_millis(20));
    let listener = Async::<TcpListener>::bind(([127, 0, 0, 1], 0))?;
    let address = listener.get_ref().local_addr()?;
    let serve = async {
        let (mut stream, _) = listener.accept().await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        bytes.reverse();
        stream.write_all(&bytes).await?;
        stream.close().await
    };
    let ask = async {
        let mut stream = Async::<TcpStream>::connect(address).await?;
        stream.write_all(b"drawn").await?;
        stream.get_ref().shutdown(Shutdown::Write)?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        std::io::Result::Ok(text)
    };
    let (served, told) = futures::join!(serve, ask);
    served?;
    println!("told {}", told?);
    let socket = Async::<UdpSocket>::bind(([127, 0, 0, 1], 0))?;
    socket.send_to(b"to itself", socket.get_ref().local_addr()?).await?;
    let mut buffer = [0; 32];
    let (count, _) = socket.recv_from(&mut buffer).await?;
    println!("{}", String::from_utf8_lossy(&buffer[..count]));
    let nothing = Box::pin(socket.recv(&mut buffer));
    let late = futures::future::select(nothing, Timer::after(Duration::from_millis(10))).await;
    println!("late {}", matches!(late, futures::future::Either::Right(_)));
    Ok(())
}

fn pool() -> Result<(), Box<dyn std::error::Error>> {
    let pool = ThreadPool::builder().pool_size(3).create()?;
    let handles: Vec<_> =
        (0..20_u64).map(|number| pool.spawn_with_handle(async move { number * number })).collect::<Result<_, _>>()?;
    println!("pool {}", block_on(stream::iter(handles).buffer_unordered(4).fold(0, async |sum, number| sum + number)));
    Ok(())
}

fn options() -> std::io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_keepalive(true)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    socket.listen(8)?;
    println!("{} {} {:?}", socket.tcp_nodelay()?, socket.keepalive()?, socket.r#type()?);
    println!("{:?} {:?}", socket.domain()?, socket.protocol()?);
    let listener = TcpListener::from(socket);
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut server, _) = listener.accept()?;
    client.write_all(b"over socket2")?;
    drop(client);
    let mut text = String::new();
    server.read_to_string(&mut text)?;
    println!("{text}");
    Ok(())
}
