//! All that `std::net` has, over this machine's own addresses: it prints the same lines on every system.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use unikernel_rt::unikernel;

/// How long is waited for what must not come.
const SHORT: Duration = Duration::from_millis(30);
const HERE: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

#[unikernel(std, console, net(ip = "10.0.0.2/24"))]
fn main() -> io::Result<()> {
    streams()?;
    half_closed()?;
    timeouts()?;
    nonblocking()?;
    stream_errors()?;
    shut_from_elsewhere()?;
    many()?;
    large()?;
    without_memory()?;
    datagrams()?;
    datagram_errors()?;
    six()?;
    names()?;
    println!("done");
    Ok(())
}

fn kind<T>(outcome: io::Result<T>) -> ErrorKind {
    outcome.map(drop).expect_err("it fails").kind()
}

/// Both ends of a connection.
fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind(HERE)?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, peer) = listener.accept()?;
    assert_eq!((peer, client.peer_addr()?), (client.local_addr()?, listener.local_addr()?));
    assert_eq!((server.local_addr()?, server.peer_addr()?), (client.peer_addr()?, client.local_addr()?));
    Ok((client, server))
}

fn streams() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    println!("address {} port {}", client.local_addr()?.ip(), client.local_addr()?.port() != 0);
    println!("nodelay {} {:?} ttl {}", client.nodelay()?, client.take_error()?.map(|_| ()), client.ttl()?);
    client.set_nodelay(true)?;
    println!("nodelay {}", client.nodelay()?);
    let sent = client.write_vectored(&[IoSlice::new(b"one "), IoSlice::new(b""), IoSlice::new(b"two")])?;
    let mut buffer = [0; 16];
    println!("peeked {} of {sent}", server.peek(&mut buffer)?);
    let (mut first, mut second) = ([0; 4], [0; 8]);
    let received = server.read_vectored(&mut [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)])?;
    println!("read {received} {:?} {:?}", text(&first), text(&second[..3]));
    let mut clone = server.try_clone()?;
    let echo = thread::spawn(move || io::copy(&mut server, &mut clone));
    client.write_all(b"echo")?;
    client.read_exact(&mut buffer[..4])?;
    println!("{}", text(&buffer[..4]));
    client.shutdown(Shutdown::Write)?;
    println!("end {} echoed {}", client.read(&mut buffer)?, echo.join().expect("it returns")?);
    Ok(())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn half_closed() -> io::Result<()> {
    let (mut client, mut server) = pair()?;
    client.write_all(b"request")?;
    client.shutdown(Shutdown::Write)?;
    println!("after the end {:?}", kind(client.write(b"more")));
    let mut all = String::new();
    server.read_to_string(&mut all)?;
    server.write_all(b"answer to ")?;
    server.write_all(all.as_bytes())?;
    drop(server);
    all.clear();
    client.read_to_string(&mut all)?;
    println!("{all}");
    let (mut client, mut server) = pair()?;
    client.shutdown(Shutdown::Read)?;
    println!("read side shut {}", client.read(&mut [0; 4])?);
    client.write_all(b"still")?;
    server.read_exact(&mut [0; 5])?;
    Ok(())
}

fn timeouts() -> io::Result<()> {
    let (mut client, _server) = pair()?;
    println!("none {:?} {:?}", client.read_timeout()?, client.write_timeout()?);
    println!("zero {:?}", kind(client.set_read_timeout(Some(Duration::ZERO))));
    client.set_read_timeout(Some(SHORT))?;
    let began = Instant::now();
    println!("read {} {:?}", client.read_timeout()?.is_some(), kind(client.read(&mut [0; 4])));
    println!("waited {}", began.elapsed() >= SHORT);
    client.set_write_timeout(Some(SHORT))?;
    let full = loop {
        match client.write(&[7; 1 << 16]) {
            Ok(count) => assert!(count > 0),
            Err(error) => break error.kind(),
        }
    };
    println!("write {full:?}");
    client.set_read_timeout(None)?;
    println!("none {:?}", client.read_timeout()?);
    let socket = UdpSocket::bind(HERE)?;
    socket.set_read_timeout(Some(SHORT))?;
    println!("datagram {:?}", kind(socket.recv(&mut [0; 4])));
    Ok(())
}

fn nonblocking() -> io::Result<()> {
    let listener = TcpListener::bind(HERE)?;
    listener.set_nonblocking(true)?;
    println!("accept {:?}", kind(listener.accept()));
    let (mut client, server) = pair()?;
    client.set_nonblocking(true)?;
    println!("read {:?} peek {:?}", kind(client.read(&mut [0; 4])), kind(client.peek(&mut [0; 4])));
    let full = loop {
        match client.write(&[7; 1 << 16]) {
            Ok(count) => assert!(count > 0),
            Err(error) => break error.kind(),
        }
    };
    println!("write {full:?}");
    client.set_nonblocking(false)?;
    drop(server);
    let socket = UdpSocket::bind(HERE)?;
    socket.set_nonblocking(true)?;
    println!("datagram {:?}", kind(socket.recv_from(&mut [0; 4])));
    // Who asks again and again is answered.
    let client = thread::spawn(move || {
        let mut stream = TcpStream::connect(listener.local_addr()?)?;
        thread::sleep(SHORT);
        stream.write_all(b"x")?;
        let (accepted, _) = listener.accept()?;
        accepted.set_nonblocking(true)?;
        loop {
            match (&accepted).read(&mut [0; 4]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
        }
    });
    println!("asked until {}", client.join().expect("it returns")?);
    Ok(())
}

fn stream_errors() -> io::Result<()> {
    let listener = TcpListener::bind(HERE)?;
    let address = listener.local_addr()?;
    println!("in use {:?}", kind(TcpListener::bind(address)));
    println!("elsewhere {:?}", kind(TcpListener::bind("192.0.2.1:0")));
    drop(listener);
    println!("refused {:?} {:?}", kind(TcpStream::connect(address)), kind(TcpStream::connect_timeout(&address, SHORT)));
    let listener = TcpListener::bind(address)?;
    let client = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
    println!("in time {:?}", client.take_error()?.map(|_| ()));
    let (mut server, _) = listener.accept()?;
    (&client).write_all(b"unread")?;
    server.read_exact(&mut [0])?;
    // What is not read when it is closed is told by a reset.
    drop(server);
    let mut client = client;
    thread::sleep(SHORT);
    println!("reset {:?}", kind(client.read(&mut [0; 4])));
    println!("then {} {:?}", client.read(&mut [0; 4])?, kind(client.write(b"x")));
    println!("peer {:?}", kind(client.peer_addr()));
    Ok(())
}

fn shut_from_elsewhere() -> io::Result<()> {
    let (client, _server) = pair()?;
    let mut reader = client.try_clone()?;
    let blocked = thread::spawn(move || reader.read(&mut [0; 4]));
    thread::sleep(SHORT);
    client.shutdown(Shutdown::Both)?;
    println!("woken {}", blocked.join().expect("it returns")?);
    Ok(())
}

fn many() -> io::Result<()> {
    const CONNECTIONS: usize = 300;
    let listener = TcpListener::bind(HERE)?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || {
        let mut served = 0;
        for stream in listener.incoming().take(CONNECTIONS) {
            let mut stream = stream.expect("nobody is gone");
            thread::spawn(move || {
                let mut byte = [0];
                stream.read_exact(&mut byte)?;
                stream.write_all(&[byte[0] + 1])
            });
            served += 1;
        }
        served
    });
    let mut right = 0;
    for _ in 0..CONNECTIONS / 20 {
        let streams: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(address)).collect::<Result<_, _>>()?;
        for mut stream in streams {
            stream.write_all(&[1])?;
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            right += usize::from(byte == [2]);
        }
    }
    println!("served {} right {right}", server.join().expect("it returns"));
    Ok(())
}

fn large() -> io::Result<()> {
    const BYTES: usize = 4 << 20;
    let (mut client, mut server) = pair()?;
    let sender = thread::spawn(move || {
        let bytes: Vec<u8> = (0..BYTES).map(|at| (at % 251) as u8).collect();
        server.write_all(&bytes)
    });
    let mut all = Vec::new();
    client.read_to_end(&mut all)?;
    sender.join().expect("it returns")?;
    let right = all.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at % 251);
    println!("bytes {} right {right}", all.len() == BYTES);
    Ok(())
}

/// Where connections that nobody reads have taken all memory, a writer waits, and is woken once they are gone.
fn without_memory() -> io::Result<()> {
    const MOST: usize = 40;
    let mut full = Vec::new();
    let (writer, mut reader) = loop {
        let (client, server) = pair()?;
        client.set_nonblocking(true)?;
        let mut written = 0;
        while let Ok(count) = (&client).write(&[7; 1 << 14]) {
            written += count;
        }
        if written == 0 || full.len() == MOST {
            break (client, server);
        }
        full.push((client, server));
    };
    writer.set_nonblocking(false)?;
    let blocked = thread::spawn(move || (&writer).write_all(b"woken by memory"));
    thread::sleep(SHORT);
    drop(full);
    let mut last = Vec::new();
    reader.read_to_end(&mut last)?;
    blocked.join().expect("it returns")?;
    println!("{}", text(&last[last.len() - 15..]));
    Ok(())
}

fn datagrams() -> io::Result<()> {
    let (one, other) = (UdpSocket::bind(HERE)?, UdpSocket::bind(HERE)?);
    let (at_one, at_other) = (one.local_addr()?, other.local_addr()?);
    println!("sent {}", one.send_to(b"hello", at_other)?);
    let mut buffer = [0; 16];
    println!("peeked {}", other.peek_from(&mut buffer)? == (5, at_one));
    println!("received {}", other.recv_from(&mut buffer)? == (5, at_one));
    one.send_to(b"too long", at_other)?;
    one.send_to(b"", at_other)?;
    println!("cut {} empty {}", other.recv(&mut buffer[..3])?, other.recv(&mut buffer)?);
    one.connect(at_other)?;
    other.connect(at_one)?;
    println!("peer {}", one.peer_addr()? == at_other);
    let stranger = UdpSocket::bind(HERE)?;
    stranger.send_to(b"stranger", at_other)?;
    println!("sent {}", one.send(b"friend")?);
    println!("peeked {} received {}", other.peek(&mut buffer)?, other.recv(&mut buffer)?);
    let clone = other.try_clone()?;
    let receiver = thread::spawn(move || clone.recv(&mut [0; 16]));
    thread::sleep(SHORT);
    one.send(b"wake up")?;
    println!("woken {}", receiver.join().expect("it returns")?);
    Ok(())
}

fn datagram_errors() -> io::Result<()> {
    let socket = UdpSocket::bind(HERE)?;
    println!("no peer {:?} {:?}", socket.send(b"x").expect_err("it fails").raw_os_error(), kind(socket.peer_addr()));
    println!("in use {:?}", kind(UdpSocket::bind(socket.local_addr()?)));
    println!("too long {:?}", socket.send_to(&[0; 70_000], socket.local_addr()?).expect_err("it fails").raw_os_error());
    println!("broadcast {} {:?}", socket.broadcast()?, kind(socket.send_to(b"x", "127.255.255.255:9")));
    socket.set_broadcast(true)?;
    println!("broadcast {}", socket.broadcast()?);
    let gone = UdpSocket::bind(HERE)?.local_addr()?;
    socket.connect(gone)?;
    socket.send(b"anybody?")?;
    println!("nobody {:?}", kind(socket.recv(&mut [0; 4])));
    socket.send(b"anybody?")?;
    thread::sleep(SHORT);
    println!("error {:?} then {:?}", socket.take_error()?.map(|error| error.kind()), socket.take_error()?.map(|_| ()));
    Ok(())
}

fn six() -> io::Result<()> {
    let listener = TcpListener::bind("[::1]:0")?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut server, peer) = listener.accept()?;
    server.write_all(b"six")?;
    let mut buffer = [0; 3];
    client.read_exact(&mut buffer)?;
    println!("{} from {} to {}", text(&buffer), server.local_addr()?.ip(), peer.ip());
    let listener = TcpListener::bind("[::]:0")?;
    let port = listener.local_addr()?.port();
    let client = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let (_server, peer) = listener.accept()?;
    println!("{} is {} of all {}", client.local_addr()?.ip(), peer.ip(), listener.local_addr()?.ip());
    let (one, other) = (UdpSocket::bind("[::1]:0")?, UdpSocket::bind("[::]:0")?);
    one.send_to(b"x", (IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]), other.local_addr()?.port()))?;
    println!("datagram {}", other.recv_from(&mut [0; 4])?.1 == one.local_addr()?);
    Ok(())
}

fn names() -> io::Result<()> {
    for name in ["127.0.0.1:80", "[::1]:80", "10.9.8.7:65535"] {
        println!("{:?}", name.to_socket_addrs()?.collect::<Vec<_>>());
    }
    println!("{:?}", ("10.9.8.7", 7).to_socket_addrs()?.collect::<Vec<_>>());
    let local: Vec<SocketAddr> = "localhost:80".to_socket_addrs()?.collect();
    println!("local {}", !local.is_empty() && local.iter().all(|address| address.ip().is_loopback()));
    println!("no port {:?}", kind("localhost".to_socket_addrs()));
    Ok(())
}
