//! The stack on a tap of this machine, with Linux as its peer.
//!
//! ```text
//! ip tuntap add tap0 mode tap && ip addr add 10.0.0.1/24 dev tap0 && ip link set tap0 up
//! cargo run -p unikernel-net --example tap -- tap0 10.0.0.2/24 10.0.0.1
//! ping 10.0.0.2; curl http://10.0.0.2/; nc 10.0.0.2 7; nc -u 10.0.0.2 7
//! ```
//! Port 7 sends back what it gets (RFC 862), port 9 drops it (RFC 863), port 80 gives 4 MiB to whoever asks.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::ioctl::{Setter, ioctl};
use std::fs::{File, OpenOptions};
use std::io::{Error as IoError, ErrorKind, Read, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Instant as Clock;
use unikernel_net::{
    BLOCK_BYTES, Block, Card, CardProperties, Config, Context, DualStack, Error, FRAME_BYTES, HalfOpen, Instant,
    Interface, Key, LinkMemory, ListenerHandle, Mac, Neighbour, Offload, Payload, Pool, Prefix, QueuedFrame, Route,
    Stack, Tcp, TcpHandle, TcpListener, TcpMemory, TcpSlot, Udp, UdpHandle, UdpSocket,
};

static BODY: [u8; 4 << 20] = [b'.'; 4 << 20];
static HEAD: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Length: 4194304\r\n\r\n";

/// The tap is the wire: what is written to it, Linux gets.
struct Tap(File);

impl Card for Tap {
    fn has_room(&mut self) -> bool {
        true
    }

    fn transmit(&mut self, header: &[u8], payload: &[Payload<'_>], _: Option<Offload>) {
        let mut frame = header.to_vec();
        payload.iter().for_each(|part| frame.extend_from_slice(part.bytes()));
        // A frame that the tap does not take is lost, as on any wire.
        let _ = self.0.write(&frame);
    }
}

#[expect(unsafe_code, reason = "the one way to attach to a tap is an ioctl")]
fn open_tap(name: &str) -> std::io::Result<Tap> {
    const TUNSETIFF: u32 = 0x4004_54CA;
    const IFF_TAP_WITHOUT_HEADER: u16 = 0x1002;
    const O_NONBLOCK: i32 = 0o4000;
    let tap = OpenOptions::new().read(true).write(true).custom_flags(O_NONBLOCK).open("/dev/net/tun")?;
    let mut request = [0_u8; 40];
    let name = name.as_bytes();
    request[..name.len().min(15)].copy_from_slice(&name[..name.len().min(15)]);
    request[16..18].copy_from_slice(&IFF_TAP_WITHOUT_HEADER.to_ne_bytes());
    // SAFETY: TUNSETIFF reads a `struct ifreq`, which has 40 bytes on Linux: a name of 16 and then the flags.
    unsafe { ioctl(&tap, Setter::<{ TUNSETIFF }, [u8; 40]>::new(request)) }?;
    Ok(Tap(tap))
}

/// What a connection is for.
#[derive(Clone, Copy, PartialEq)]
enum Service {
    Echo,
    Discard,
    Http,
}

struct Client {
    handle: TcpHandle,
    service: Service,
    /// Read, and not sent back yet.
    pending: Vec<u8>,
    is_at_end: bool,
}

type Calls<'a, 'm> = Context<'a, 'm, DualStack, Tap>;

/// Does what a connection can do now; whether it goes on.
fn serve(tcp: &mut Tcp<'_>, context: &mut Calls<'_, '_>, client: &mut Client) -> Result<bool, Error> {
    let mut buffer = [0; 16 * 1024];
    let handle = client.handle;
    loop {
        if !client.pending.is_empty() {
            match tcp.write(context, handle, &client.pending) {
                Ok(count) => drop(client.pending.drain(..count)),
                Err(Error::WouldBlock) => return Ok(true),
                Err(error) => return Err(error),
            }
            continue;
        }
        if client.is_at_end {
            return Ok(false);
        }
        match tcp.read(context, handle, &mut buffer) {
            Ok(0) => client.is_at_end = true,
            Ok(count) => match client.service {
                Service::Echo => client.pending.extend_from_slice(&buffer[..count]),
                Service::Discard => {}
                Service::Http => {
                    tcp.write_static(context, handle, HEAD)?;
                    tcp.write_static(context, handle, &BODY)?;
                    client.is_at_end = true;
                }
            },
            Err(Error::WouldBlock) => return Ok(true),
            Err(error) => return Err(error),
        }
    }
}

fn echo_datagrams(udp: &mut Udp<'_>, context: &mut Calls<'_, '_>, socket: UdpHandle) {
    let mut buffer = [0; 2048];
    while let Ok(received) = udp.receive_from(context, socket, &mut buffer) {
        let _ = udp.send(context, socket, &[Payload::Borrowed(&buffer[..received.bytes])], Some(received.peer));
    }
}

fn usage() -> IoError {
    IoError::new(
        ErrorKind::InvalidInput,
        "help: write `tap0 10.0.0.2/24 10.0.0.1`: a tap, our address, a gateway or none",
    )
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(address)) = (arguments.next(), arguments.next()) else { return Err(usage().into()) };
    let (address, bits) = address.split_once('/').ok_or_else(usage)?;
    let prefix = Prefix::new(address.parse()?, bits.parse()?).ok_or_else(usage)?;
    let gateway: Option<IpAddr> = arguments.next().map(|gateway| gateway.parse()).transpose()?;
    let mut cards = [open_tap(&name)?];

    let card = CardProperties {
        mac: Mac([2, 0, 0, 0, 0, 2]),
        mtu: 1500,
        completes_checksums: false,
        cut_bytes: 0,
        is_loopback: false,
    };
    let (mut interfaces, mut neighbours) = ([Interface::new(card)], vec![Neighbour::FREE; 256]);
    let (mut queued, mut queued_bytes) = (vec![QueuedFrame::FREE; 16], vec![[0; FRAME_BYTES]; 16]);
    let mut routes = [None; 8];
    let (mut blocks, mut bytes) = (vec![Block::FREE; 4096], vec![[0; BLOCK_BYTES]; 4096]);
    let mut half_open = vec![HalfOpen::FREE; 128];
    let mut slots: Vec<TcpSlot> = (0..1024).map(|_| TcpSlot::FREE).collect();
    let mut listeners = [const { TcpListener::FREE }; 3];
    let mut sockets = [const { UdpSocket::FREE }; 1];
    let mut key = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut key)?;
    let tcp = TcpMemory { slots: &mut slots, listeners: &mut listeners, half_open: &mut half_open };
    let mut stack: Stack<'_, DualStack, _> = Stack::new(
        LinkMemory {
            interfaces: &mut interfaces,
            neighbours: &mut neighbours,
            queued: &mut queued,
            queued_bytes: &mut queued_bytes,
            routes: &mut routes,
        },
        Pool::new(&mut blocks, &mut bytes),
        (Udp::new(&mut sockets, 64), Tcp::new(tcp, Config::default())),
        Key(key),
    );
    stack.link().add_address(0, prefix)?;
    if let Some(gateway) = gateway {
        let network = if gateway.is_ipv4() { Prefix::ALL_IPV4 } else { Prefix::ALL_IPV6 };
        stack.link().add_route(Route { network, card: 0, gateway: Some(gateway), source: None, metric: 0 })?;
    }
    let clock = Clock::now();
    let now = || Instant::from_micros(clock.elapsed().as_micros() as u64 + 1);
    let any = |port| (prefix.address(), port).into();
    let ((udp, tcp), mut context) = stack.split(&mut cards, now());
    let socket = udp.bind(&mut context, any(7))?;
    let mut listening: Vec<(ListenerHandle, Service)> = Vec::new();
    for (port, service) in [(7, Service::Echo), (9, Service::Discard), (80, Service::Http)] {
        listening.push((tcp.listen(&mut context, any(port), 64)?, service));
    }
    println!("{address} is up");
    let mut clients: Vec<Client> = Vec::new();
    let mut frame = [0; 2048];
    loop {
        for _ in 0..64 {
            match cards[0].0.read(&mut frame) {
                Ok(bytes) => stack.receive(&mut cards, 0, &frame[..bytes], false, now()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        let ((udp, tcp), mut context) = stack.split(&mut cards, now());
        echo_datagrams(udp, &mut context, socket);
        for (listener, service) in &listening {
            while let Ok(accepted) = tcp.accept(&mut context, *listener) {
                clients.push(Client {
                    handle: accepted.handle,
                    service: *service,
                    pending: Vec::new(),
                    is_at_end: false,
                });
            }
        }
        clients.retain_mut(|client| {
            let goes_on = serve(tcp, &mut context, client).unwrap_or(false);
            if !goes_on {
                let _ = tcp.close(&mut context, client.handle);
            }
            goes_on
        });
        stack.transmit(&mut cards, now());
        let micros = stack.deadline().since(now()).as_micros().min(1_000_000) as i64;
        let timeout = Timespec { tv_sec: micros / 1_000_000, tv_nsec: micros % 1_000_000 * 1_000 };
        poll(&mut [PollFd::new(&cards[0].0, PollFlags::IN)], Some(&timeout))?;
    }
}
