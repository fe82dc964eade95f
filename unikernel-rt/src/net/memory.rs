//! The memory of a stack, table by table: what the network core keeps of each kind, of the sizes that a declaration gives.

#[cfg(feature = "sockets")]
use super::loopback;
use crate::sync::{Uninit, bytes_mut, fill_from};
use core::mem::MaybeUninit;
use unikernel_net::{
    BLOCK_BYTES, Block, DnsEntry, DnsQuery, FRAME_BYTES, Fragment, HalfOpen, Interface, Neighbour, Pool, QueuedFrame,
    Route, TcpListener, TcpMemory, TcpSlot, UdpSocket,
};

/// The card, and where there are sockets the way back to this machine.
const CARDS: usize = if cfg!(feature = "sockets") { 2 } else { 1 };
/// Frames that wait for neighbours. Without sockets, only those who have asked are answered.
const QUEUED: usize = if cfg!(feature = "sockets") { 16 } else { 0 };
const ROUTES: usize = if cfg!(feature = "dhcp") { 24 } else { 8 };
/// Half-open connections, before cookies are given.
const HALF_OPEN: usize = if cfg!(feature = "tcp") { 64 } else { 0 };
/// Answers of name servers that are kept.
const NAMES: usize = if cfg!(feature = "dns") { 16 } else { 0 };
#[cfg(feature = "sockets")]
const LOOPED: usize = loopback::FRAMES + 1;
#[cfg(not(feature = "sockets"))]
const LOOPED: usize = 0;

/// The memory of the stack of one `net`.
pub struct StackMemory<
    const FRAME: usize,
    const NEIGHBOURS: usize,
    const BLOCKS: usize,
    const CONNECTIONS: usize,
    const LISTENERS: usize,
    const UDP: usize,
    const FRAGMENTS: usize,
    const QUERIES: usize,
    const RECEIVE: u32,
    const SEND: u32,
    const DATAGRAMS: usize,
> {
    interfaces: [MaybeUninit<Interface>; CARDS],
    neighbours: [MaybeUninit<Neighbour>; NEIGHBOURS],
    queued: [MaybeUninit<QueuedFrame>; QUEUED],
    queued_bytes: [MaybeUninit<[u8; FRAME_BYTES]>; QUEUED],
    routes: [MaybeUninit<Option<Route>>; ROUTES],
    blocks: [MaybeUninit<Block>; BLOCKS],
    bytes: [MaybeUninit<[u8; BLOCK_BYTES]>; BLOCKS],
    connections: [MaybeUninit<TcpSlot>; CONNECTIONS],
    listeners: [MaybeUninit<TcpListener>; LISTENERS],
    half_open: [MaybeUninit<HalfOpen>; HALF_OPEN],
    udp: [MaybeUninit<UdpSocket>; UDP],
    fragments: [MaybeUninit<Fragment>; FRAGMENTS],
    queries: [MaybeUninit<DnsQuery>; QUERIES],
    names: [MaybeUninit<DnsEntry>; NAMES],
    looped: [[MaybeUninit<u8>; FRAME]; LOOPED],
}

// SAFETY: every field is an array of `MaybeUninit`, or an array of such arrays.
#[expect(unsafe_code, reason = "the memory is too large to be initialised at boot")]
unsafe impl<
    const FRAME: usize,
    const NEIGHBOURS: usize,
    const BLOCKS: usize,
    const CONNECTIONS: usize,
    const LISTENERS: usize,
    const UDP: usize,
    const FRAGMENTS: usize,
    const QUERIES: usize,
    const RECEIVE: u32,
    const SEND: u32,
    const DATAGRAMS: usize,
> Uninit
    for StackMemory<
        FRAME,
        NEIGHBOURS,
        BLOCKS,
        CONNECTIONS,
        LISTENERS,
        UDP,
        FRAGMENTS,
        QUERIES,
        RECEIVE,
        SEND,
        DATAGRAMS,
    >
{
}

/// The same without its sizes.
#[allow(dead_code)] // the tables of a protocol that is not linked are empty
pub(crate) struct Tables {
    pub(super) interfaces: &'static mut [MaybeUninit<Interface>],
    pub(super) neighbours: &'static mut [Neighbour],
    pub(super) queued: &'static mut [QueuedFrame],
    pub(super) queued_bytes: &'static mut [[u8; FRAME_BYTES]],
    pub(super) routes: &'static mut [Option<Route>],
    pub(super) pool: Pool<'static>,
    pub(super) tcp: TcpMemory<'static>,
    pub(super) udp: &'static mut [UdpSocket],
    pub(super) fragments: &'static mut [Fragment],
    pub(super) queries: &'static mut [DnsQuery],
    pub(super) names: &'static mut [DnsEntry],
    pub(super) looped: Pieces,
}

/// Memory of a stack, whatever its sizes.
#[expect(private_bounds, private_interfaces, reason = "it is implemented here alone")]
pub trait Sizes: Uninit + 'static {
    /// The most bytes of the pool that a connection takes for what it has received.
    const RECEIVE_BYTES: u32;
    /// The most for what it is to send.
    const SEND_BYTES: u32;
    /// The most datagrams that a UDP socket keeps.
    const DATAGRAMS: usize;

    /// All tables, with nothing in them.
    fn tables(&'static mut self) -> Tables;
}

impl<
    const FRAME: usize,
    const NEIGHBOURS: usize,
    const BLOCKS: usize,
    const CONNECTIONS: usize,
    const LISTENERS: usize,
    const UDP: usize,
    const FRAGMENTS: usize,
    const QUERIES: usize,
    const RECEIVE: u32,
    const SEND: u32,
    const DATAGRAMS: usize,
> Sizes
    for StackMemory<
        FRAME,
        NEIGHBOURS,
        BLOCKS,
        CONNECTIONS,
        LISTENERS,
        UDP,
        FRAGMENTS,
        QUERIES,
        RECEIVE,
        SEND,
        DATAGRAMS,
    >
{
    const RECEIVE_BYTES: u32 = RECEIVE;
    const SEND_BYTES: u32 = SEND;
    const DATAGRAMS: usize = DATAGRAMS;

    #[allow(private_interfaces)] // see the trait
    fn tables(&'static mut self) -> Tables {
        Tables {
            interfaces: &mut self.interfaces,
            neighbours: fill(&mut self.neighbours, || Neighbour::FREE),
            queued: fill(&mut self.queued, || QueuedFrame::FREE),
            queued_bytes: bytes_mut(&mut self.queued_bytes),
            routes: fill(&mut self.routes, || None),
            pool: Pool::new(fill(&mut self.blocks, || Block::FREE), bytes_mut(&mut self.bytes)),
            tcp: TcpMemory {
                slots: fill(&mut self.connections, || TcpSlot::FREE),
                listeners: fill(&mut self.listeners, || TcpListener::FREE),
                half_open: fill(&mut self.half_open, || HalfOpen::FREE),
            },
            udp: fill(&mut self.udp, || UdpSocket::FREE),
            fragments: fill(&mut self.fragments, || Fragment::FREE),
            queries: fill(&mut self.queries, || DnsQuery::FREE),
            names: fill(&mut self.names, || DnsEntry::FREE),
            looped: Pieces(self.looped.as_flattened_mut().chunks_exact_mut(FRAME)),
        }
    }
}

fn fill<T>(memory: &'static mut [MaybeUninit<T>], free: impl FnMut() -> T) -> &'static mut [T] {
    fill_from(memory, core::iter::repeat_with(free))
}

/// Pieces of memory of one size, one after the other.
pub(super) struct Pieces(core::slice::ChunksExactMut<'static, MaybeUninit<u8>>);

impl Iterator for Pieces {
    type Item = &'static mut [u8];

    fn next(&mut self) -> Option<&'static mut [u8]> {
        self.0.next().map(bytes_mut)
    }
}
