//! A host of a test: a stack in memory of its own, with cards that keep what they are given.

use crate::network::Node;
use core::cell::Cell;
use core::time::Duration;
use unikernel_net::{
    BLOCK_BYTES, Block, Card, CardProperties, Config, Context, Counted, DualStack, Error, FRAME_BYTES, HalfOpen,
    Instant, Interface, Key, LinkMemory, ListenerHandle, Mac, Neighbour, Offload, Payload, Pool, Prefix, QueuedFrame,
    Route, Stack, Tcp, TcpHandle, TcpListener, TcpMemory, TcpSlot, Transport, Udp, UdpSocket,
};

/// The protocols of the tests.
pub type Protocols<'m> = (Udp<'m>, Tcp<'m>);

/// A card that keeps frames.
#[derive(Default)]
pub struct TestCard {
    pub sent: Vec<Vec<u8>>,
    pub is_full: bool,
}

thread_local! {
    /// What [`Card::fresh_number`] gives in a test.
    pub static FRESH: Cell<u64> = const { Cell::new(0) };
}

impl Card for TestCard {
    fn fresh_number() -> u64 {
        FRESH.get()
    }

    fn has_room(&mut self) -> bool {
        !self.is_full
    }

    fn transmit(&mut self, header: &[u8], payload: &[Payload<'_>], offload: Option<Offload>) {
        let mut frame = header.to_vec();
        payload.iter().for_each(|part| frame.extend_from_slice(part.bytes()));
        match offload {
            None => self.sent.push(frame),
            Some(Offload { start, offset, segment_bytes: None }) => {
                complete(&mut frame[start..], offset);
                self.sent.push(frame);
            }
            Some(Offload { segment_bytes: Some(bytes), .. }) => self.sent.extend(cut(&frame, bytes.get().into())),
        }
    }
}

/// What a card does: the field has the sum of the pseudo-header.
fn complete(bytes: &mut [u8], offset: usize) {
    let mut sum = 0_u32;
    for word in bytes.chunks(2) {
        sum += u32::from(u16::from_be_bytes([word[0], *word.get(1).unwrap_or(&0)]));
    }
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    bytes[offset..offset + 2].copy_from_slice(&(!(sum as u16)).to_be_bytes());
}

/// What a card makes of a frame of TCP over IPv4 that is longer than the wire takes.
fn cut(frame: &[u8], segment_bytes: usize) -> Vec<Vec<u8>> {
    const IP: usize = 14;
    const TCP: usize = IP + 20;
    const FIN_AND_PSH: u8 = 9;
    let data = TCP + usize::from(frame[TCP + 12] >> 4) * 4;
    let sequence = u32::from_be_bytes(frame[TCP + 4..TCP + 8].try_into().unwrap());
    let pieces = frame[data..].chunks(segment_bytes);
    let last = pieces.len() - 1;
    let segment = |(index, piece): (usize, &[u8])| {
        let mut segment = [&frame[..data], piece].concat();
        let packet_bytes = (segment.len() - IP) as u16;
        segment[IP + 2..IP + 4].copy_from_slice(&packet_bytes.to_be_bytes());
        let sequence = sequence.wrapping_add((index * segment_bytes) as u32);
        segment[TCP + 4..TCP + 8].copy_from_slice(&sequence.to_be_bytes());
        if index < last {
            segment[TCP + 13] &= !FIN_AND_PSH;
        }
        // Both checksums are of the segment: that of IP without the pseudo-header, that of TCP with it.
        segment[IP + 10..IP + 12].fill(0);
        complete(&mut segment[IP..TCP], 10);
        let (source, destination): ([u8; 4], [u8; 4]) =
            (frame[IP + 12..IP + 16].try_into().unwrap(), frame[IP + 16..IP + 20].try_into().unwrap());
        let mut sum = u32::from(packet_bytes) - 20 + 6;
        for half in source.chunks(2).chain(destination.chunks(2)) {
            sum += u32::from(u16::from_be_bytes([half[0], half[1]]));
        }
        let folded = (sum & 0xFFFF) + (sum >> 16);
        let folded = (folded & 0xFFFF) + (folded >> 16);
        segment[TCP + 16..TCP + 18].copy_from_slice(&(folded as u16).to_be_bytes());
        complete(&mut segment[TCP..], 16);
        segment
    };
    pieces.enumerate().map(segment).collect()
}

/// What a stack lives in.
pub struct Memory {
    interfaces: Vec<Interface>,
    neighbours: Vec<Neighbour>,
    queued: Vec<QueuedFrame>,
    queued_bytes: Vec<[u8; FRAME_BYTES]>,
    routes: Vec<Option<Route>>,
    blocks: Vec<Block>,
    bytes: Vec<[u8; BLOCK_BYTES]>,
    sockets: Vec<UdpSocket>,
    slots: Vec<TcpSlot>,
    listeners: Vec<TcpListener>,
    half_open: Vec<HalfOpen>,
    config: Config,
    key: [u8; 16],
}

pub struct Sizes {
    pub cards: Vec<CardProperties>,
    pub neighbours: usize,
    pub queued: usize,
    pub blocks: usize,
    pub connections: usize,
    pub half_open: usize,
    pub config: Config,
    pub key: [u8; 16],
}

impl Default for Sizes {
    fn default() -> Self {
        Sizes {
            cards: vec![card(1)],
            neighbours: 64,
            queued: 8,
            blocks: 64,
            connections: 8,
            half_open: 8,
            config: Config::default(),
            key: [7; 16],
        }
    }
}

/// The properties of an ordinary card.
pub fn card(number: u8) -> CardProperties {
    CardProperties { mac: mac(number), mtu: 1500, completes_checksums: false, cut_bytes: 0, is_loopback: false }
}

pub fn mac(number: u8) -> Mac {
    Mac([0x02, 0, 0, 0, 0, number])
}

impl Memory {
    pub fn new(sizes: &Sizes) -> Memory {
        Memory {
            interfaces: sizes.cards.iter().map(|card| Interface::new(*card)).collect(),
            neighbours: vec![Neighbour::FREE; sizes.neighbours],
            queued: vec![QueuedFrame::FREE; sizes.queued],
            queued_bytes: vec![[0; FRAME_BYTES]; sizes.queued],
            routes: vec![None; 8],
            blocks: vec![Block::FREE; sizes.blocks],
            bytes: vec![[0; BLOCK_BYTES]; sizes.blocks],
            sockets: (0..8).map(|_| UdpSocket::FREE).collect(),
            slots: (0..sizes.connections).map(|_| TcpSlot::FREE).collect(),
            listeners: (0..4).map(|_| TcpListener::FREE).collect(),
            half_open: vec![HalfOpen::FREE; sizes.half_open],
            config: sizes.config,
            key: sizes.key,
        }
    }
}

impl Memory {
    /// What a stack of other families or protocols is made of.
    pub fn parts(&mut self) -> (LinkMemory<'_>, Pool<'_>, Udp<'_>) {
        let link = LinkMemory {
            interfaces: &mut self.interfaces,
            neighbours: &mut self.neighbours,
            queued: &mut self.queued,
            queued_bytes: &mut self.queued_bytes,
            routes: &mut self.routes,
        };
        (link, Pool::new(&mut self.blocks, &mut self.bytes), Udp::new(&mut self.sockets, 32))
    }
}

/// Both families; and what passes is counted.
pub type Spoken = Counted<DualStack>;

pub struct Host<'m, T = Protocols<'m>> {
    pub stack: Stack<'m, Spoken, T>,
    pub cards: Vec<TestCard>,
    pub now: Instant,
}

impl<'m> Host<'m> {
    pub fn new(memory: &'m mut Memory) -> Self {
        Host::with_protocols(memory, |protocols| protocols)
    }

    /// With one card, and these addresses.
    pub fn with_addresses(memory: &'m mut Memory, addresses: &[(&str, u8)]) -> Self {
        let mut host = Host::new(memory);
        for (address, bits) in addresses {
            host.add_address(0, address, *bits);
        }
        host
    }

    /// The protocols, and what their calls need.
    pub fn calls(&mut self) -> (&mut Udp<'m>, Context<'_, 'm, Spoken, TestCard>) {
        let (protocols, context) = self.stack.split(&mut self.cards, self.now);
        (&mut protocols.0, context)
    }

    pub fn tcp(&mut self) -> (&mut Tcp<'m>, Context<'_, 'm, Spoken, TestCard>) {
        let (protocols, context) = self.stack.split(&mut self.cards, self.now);
        (&mut protocols.1, context)
    }

    pub fn accept(&mut self, listener: ListenerHandle) -> Result<TcpHandle, Error> {
        let (tcp, mut context) = self.tcp();
        tcp.accept(&mut context, listener).map(|accepted| accepted.handle)
    }

    pub fn udp_send(&mut self, local: &str, remote: &str, payload: &[u8]) -> Result<(), Error> {
        let (protocols, mut context) = self.calls();
        let handle = protocols.bind(&mut context, local.parse().unwrap()).unwrap();
        let sent = protocols.send(&mut context, handle, &[Payload::Borrowed(payload)], Some(remote.parse().unwrap()));
        protocols.close(&mut context, handle).unwrap();
        sent
    }
}

impl<'m, T: Transport<Spoken>> Host<'m, T> {
    /// With protocols before, after or in place of the usual ones.
    pub fn with_protocols(memory: &'m mut Memory, protocols: impl FnOnce(Protocols<'m>) -> T) -> Self {
        let cards = memory.interfaces.iter().map(|_| TestCard::default()).collect();
        let link = LinkMemory {
            interfaces: &mut memory.interfaces,
            neighbours: &mut memory.neighbours,
            queued: &mut memory.queued,
            queued_bytes: &mut memory.queued_bytes,
            routes: &mut memory.routes,
        };
        let tcp =
            TcpMemory { slots: &mut memory.slots, listeners: &mut memory.listeners, half_open: &mut memory.half_open };
        let protocols = protocols((Udp::new(&mut memory.sockets, 8), Tcp::new(tcp, memory.config)));
        let stack = Stack::new(link, Pool::new(&mut memory.blocks, &mut memory.bytes), protocols, Key(memory.key));
        Host { stack, cards, now: Instant::from_micros(1_000_000) }
    }

    /// The addresses of its first card.
    pub fn addresses(&mut self) -> Vec<String> {
        let addresses = self.stack.link().interfaces()[0].addresses();
        addresses.map(|prefix| format!("{}/{}", prefix.address(), prefix.bits())).collect()
    }

    /// Its routes: network, gateway and metric.
    pub fn routes(&mut self) -> Vec<String> {
        let text = |route: &Route| {
            let gateway = route.gateway.map_or("link".to_owned(), |gateway| gateway.to_string());
            format!("{}/{} {gateway} {}", route.network.address(), route.network.bits(), route.metric)
        };
        self.stack.link().routes().map(text).collect()
    }

    /// All of its protocols, and what their calls need.
    pub fn split(&mut self) -> (&mut T, Context<'_, 'm, Spoken, TestCard>) {
        self.stack.split(&mut self.cards, self.now)
    }

    pub fn add_address(&mut self, card: usize, address: &str, bits: u8) {
        let prefix = Prefix::new(address.parse().unwrap(), bits).unwrap();
        self.stack.link().add_address(card, prefix).unwrap();
    }

    pub fn add_route(&mut self, network: &str, bits: u8, card: usize, gateway: Option<&str>) {
        let network = Prefix::new(network.parse().unwrap(), bits).unwrap();
        let gateway = gateway.map(|gateway| gateway.parse().unwrap());
        self.stack.link().add_route(Route { network, card, gateway, source: None, metric: 0 }).unwrap();
    }

    /// Gives it a frame; what it sends for that.
    pub fn receive(&mut self, frame: &[u8]) -> Vec<Vec<u8>> {
        self.receive_on(0, frame)
    }

    pub fn receive_on(&mut self, card: usize, frame: &[u8]) -> Vec<Vec<u8>> {
        self.stack.receive(&mut self.cards, card, frame, false, self.now);
        self.stack.transmit(&mut self.cards, self.now);
        self.take_sent(card)
    }

    pub fn take_sent(&mut self, card: usize) -> Vec<Vec<u8>> {
        core::mem::take(&mut self.cards[card].sent)
    }

    /// Lets time pass, deadline by deadline; what it sends meanwhile.
    pub fn pass(&mut self, time: Duration) -> Vec<Vec<u8>> {
        let end = self.now + time;
        let mut rounds = 0;
        while self.stack.deadline() <= end {
            self.now = self.now.max(self.stack.deadline());
            self.stack.transmit(&mut self.cards, self.now);
            rounds += 1;
            assert!(rounds < 100_000, "its deadline does not move");
        }
        self.now = end;
        self.take_sent(0)
    }
}

impl<T: Transport<Spoken>> Node for Host<'_, T> {
    fn receive(&mut self, frame: &[u8], now: Instant) {
        self.now = now;
        self.stack.receive(&mut self.cards, 0, frame, false, now);
    }

    fn transmit(&mut self, now: Instant) -> Vec<Vec<u8>> {
        self.now = now;
        self.stack.transmit(&mut self.cards, now);
        self.take_sent(0)
    }

    fn deadline(&self) -> Instant {
        self.stack.deadline()
    }
}
