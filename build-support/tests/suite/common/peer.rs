//! A peer on the other end of a wire: smoltcp on the host.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::{tcp, udp};
use smoltcp::time::Instant as Moment;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};

use super::PATIENCE;
use super::frame::PEER_MAC;
use super::ipv4::{GUEST, PEER};
use super::wire::Wire;

/// The end of the wire.
pub(crate) struct Link {
    pub(crate) wire: Wire,
    arrived: VecDeque<Vec<u8>>,
    /// How many have come and gone.
    pub(crate) frames: [u64; 2],
}

impl Link {
    /// Takes what has come, and waits for it at most this long.
    fn fill(&mut self, timeout: Duration) {
        let mut timeout = timeout;
        while let Some(frame) = self.wire.receive(timeout) {
            self.frames[0] += 1;
            self.arrived.push_back(frame);
            timeout = Duration::ZERO;
            if self.arrived.len() > 256 {
                break;
            }
        }
    }
}

pub(crate) struct Frame(Vec<u8>);
pub(crate) struct Room<'a>(&'a mut Link);

impl RxToken for Frame {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut frame = vec![0; length];
        let result = write(&mut frame);
        self.0.frames[1] += 1;
        self.0.wire.send(&frame);
        result
    }
}

impl Device for Link {
    type RxToken<'a> = Frame;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, _now: Moment) -> Option<(Frame, Room<'_>)> {
        self.arrived.pop_front().map(|frame| (Frame(frame), Room(self)))
    }

    fn transmit(&mut self, _now: Moment) -> Option<Room<'_>> {
        Some(Room(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

/// A host with an address.
pub(crate) struct Peer {
    pub(crate) link: Link,
    interface: Interface,
    pub(crate) sockets: SocketSet<'static>,
    start: Instant,
    port: u16,
}

impl Peer {
    pub(crate) fn new(wire: Wire) -> Self {
        let mut link = Link { wire, arrived: VecDeque::new(), frames: [0; 2] };
        let mut config = Config::new(EthernetAddress(PEER_MAC).into());
        config.random_seed = 42;
        let mut interface = Interface::new(config, &mut link, Moment::ZERO);
        let address = IpAddress::v4(PEER[0], PEER[1], PEER[2], PEER[3]);
        interface.update_ip_addrs(|addresses| addresses.push(IpCidr::new(address, 24)).expect("has room"));
        Peer { link, interface, sockets: SocketSet::new(Vec::new()), start: Instant::now(), port: 40_000 }
    }

    /// Moves what can be moved, and waits a little where that is nothing.
    pub(crate) fn poll(&mut self) {
        let now = Moment::from_micros(self.start.elapsed().as_micros() as i64);
        self.interface.poll(now, &mut self.link, &mut self.sockets);
        let delay = self.interface.poll_delay(now, &self.sockets).map(Duration::from);
        self.link.fill(delay.unwrap_or(Duration::from_millis(20)).min(Duration::from_millis(20)));
    }

    /// Polls until `done` answers.
    pub(crate) fn wait_for<T>(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> Option<T>) -> T {
        let mut idle = Instant::now();
        let mut frames = self.link.frames;
        loop {
            if let Some(answer) = done(self) {
                return answer;
            }
            self.poll();
            if self.link.frames != frames {
                (frames, idle) = (self.link.frames, Instant::now());
            }
            assert!(idle.elapsed() < PATIENCE, "{what}: nothing for {PATIENCE:?}");
        }
    }

    /// Begins a connection to a port of the machine.
    pub(crate) fn connect(&mut self, port: u16) -> SocketHandle {
        let buffer = || tcp::SocketBuffer::new(vec![0; 1 << 16]);
        let mut socket = tcp::Socket::new(buffer(), buffer());
        socket.set_nagle_enabled(false);
        // One port after the other, over and over.
        self.port = self.port.wrapping_add(1).max(40_001);
        let address = IpAddress::v4(GUEST[0], GUEST[1], GUEST[2], GUEST[3]);
        socket.connect(self.interface.context(), (address, port), self.port).expect("can be begun");
        self.sockets.add(socket)
    }

    pub(crate) fn tcp(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    /// A port of UDP on this side.
    pub(crate) fn udp(&mut self, port: u16) -> SocketHandle {
        let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 64], vec![0; 1 << 16]);
        let mut socket = udp::Socket::new(buffer(), buffer());
        socket.bind(port).expect("is free");
        self.sockets.add(socket)
    }

    /// Sends `total` bytes of `source` over a new connection, says that this is all, and hands what comes to `sink` up to the end.
    pub(crate) fn converse(
        &mut self,
        port: u16,
        total: u64,
        mut source: impl FnMut(u64, &mut [u8]),
        mut sink: impl FnMut(&[u8]),
    ) {
        let handle = self.connect(port);
        let (mut sent, mut closed) = (0, false);
        self.wait_for("a conversation", |peer| {
            let socket = peer.tcp(handle);
            while sent < total && socket.can_send() {
                sent += socket
                    .send(|room| {
                        let length = (room.len() as u64).min(total - sent) as usize;
                        source(sent, &mut room[..length]);
                        (length, length as u64)
                    })
                    .expect("can send");
            }
            if sent == total && !closed && socket.may_send() {
                socket.close();
                closed = true;
            }
            while socket.can_recv() {
                let taken = socket.recv(|bytes| {
                    sink(bytes);
                    (bytes.len(), ())
                });
                taken.expect("can receive");
            }
            assert!(socket.state() != tcp::State::Closed || closed, "port {port} has ended the connection");
            (closed && !socket.may_recv() && !socket.can_recv()).then_some(())
        });
        // Our last acknowledgement.
        self.poll();
        self.sockets.remove(handle);
    }
}
