//! The memory of a stack's sockets, part by part.

#[cfg(feature = "sockets")]
use super::loopback;
#[cfg(feature = "tcp")]
use super::tcp;
#[cfg(feature = "udp")]
use super::udp;
use crate::sync::Uninit;
#[cfg(feature = "sockets")]
use crate::sync::{bytes_mut, fill_from};
#[cfg(feature = "sockets")]
use core::mem::MaybeUninit;
#[cfg(feature = "sockets")]
use smoltcp::iface::{SocketSet, SocketStorage};

/// The memory of the sockets of one `net`.
pub struct SocketMemory<
    const FRAME: usize,
    const SOCKETS: usize,
    const RECEIVE: usize,
    const SEND: usize,
    const LISTENERS: usize,
    const UDP: usize,
    const DATAGRAMS: usize,
    const UDP_BYTES: usize,
    const QUERIES: usize,
    const OTHERS: usize,
> {
    #[cfg(feature = "tcp")]
    slots: [MaybeUninit<tcp::Slot>; SOCKETS],
    #[cfg(feature = "tcp")]
    heads: [MaybeUninit<u16>; SOCKETS],
    #[cfg(feature = "tcp")]
    receive: [[MaybeUninit<u8>; RECEIVE]; SOCKETS],
    #[cfg(feature = "tcp")]
    send: [[MaybeUninit<u8>; SEND]; SOCKETS],
    #[cfg(feature = "tcp")]
    sockets: [MaybeUninit<SocketStorage<'static>>; SOCKETS],
    #[cfg(feature = "tcp")]
    listeners: [MaybeUninit<Option<tcp::Listener>>; LISTENERS],
    #[cfg(feature = "sockets")]
    others: [MaybeUninit<SocketStorage<'static>>; OTHERS],
    #[cfg(feature = "udp")]
    udp: [udp::Memory<DATAGRAMS, UDP_BYTES>; UDP],
    #[cfg(feature = "udp")]
    udp_entries: [MaybeUninit<udp::Entry>; UDP],
    #[cfg(feature = "dns")]
    queries: [MaybeUninit<Option<smoltcp::socket::dns::DnsQuery>>; QUERIES],
    #[cfg(feature = "sockets")]
    looped: [[MaybeUninit<u8>; FRAME]; loopback::FRAMES + 1],
}

// SAFETY: every field is an array of `MaybeUninit`, or of `udp::Memory`, which consists of such arrays.
#[expect(unsafe_code, reason = "the memory is too large to be initialised at boot")]
unsafe impl<
    const FRAME: usize,
    const SOCKETS: usize,
    const RECEIVE: usize,
    const SEND: usize,
    const LISTENERS: usize,
    const UDP: usize,
    const DATAGRAMS: usize,
    const UDP_BYTES: usize,
    const QUERIES: usize,
    const OTHERS: usize,
> Uninit for SocketMemory<FRAME, SOCKETS, RECEIVE, SEND, LISTENERS, UDP, DATAGRAMS, UDP_BYTES, QUERIES, OTHERS>
{
}

/// Memory of sockets, whatever their number.
#[expect(private_bounds, reason = "it is implemented here alone")]
pub trait Sockets: Uninit + 'static {
    /// Bytes of a connection's send buffer.
    const SEND_BYTES: usize;

    /// Makes the sockets and their buffers.
    fn buffers(&'static mut self) -> Buffers;
}

impl<
    const FRAME: usize,
    const SOCKETS: usize,
    const RECEIVE: usize,
    const SEND: usize,
    const LISTENERS: usize,
    const UDP: usize,
    const DATAGRAMS: usize,
    const UDP_BYTES: usize,
    const QUERIES: usize,
    const OTHERS: usize,
> Sockets for SocketMemory<FRAME, SOCKETS, RECEIVE, SEND, LISTENERS, UDP, DATAGRAMS, UDP_BYTES, QUERIES, OTHERS>
{
    const SEND_BYTES: usize = SEND;

    fn buffers(&'static mut self) -> Buffers {
        #[cfg(feature = "sockets")]
        #[allow(unused_mut)] // without UDP, none is added here
        let mut others = SocketSet::new(empty(&mut self.others));
        Buffers {
            #[cfg(feature = "tcp")]
            tcp: tcp::Places {
                slots: &mut self.slots,
                heads: fill_from(&mut self.heads, core::iter::repeat(0)),
                sockets: empty(&mut self.sockets),
                listeners: fill_from(&mut self.listeners, core::iter::repeat_with(|| None)),
                buffers: Pieces::new(&mut self.receive).zip(Pieces::new(&mut self.send)),
            },
            #[cfg(feature = "udp")]
            udp: udp::Pool::new(&mut others, &mut self.udp, &mut self.udp_entries),
            #[cfg(feature = "dns")]
            queries: fill_from(&mut self.queries, core::iter::repeat_with(|| None)),
            #[cfg(feature = "sockets")]
            looped: Pieces::new(&mut self.looped),
            #[cfg(feature = "sockets")]
            others,
        }
    }
}

/// The sockets and buffers of a stack.
pub struct Buffers {
    /// The set of all sockets but TCP's.
    #[cfg(feature = "sockets")]
    pub(super) others: SocketSet<'static>,
    #[cfg(feature = "tcp")]
    pub(super) tcp: tcp::Places<core::iter::Zip<Pieces, Pieces>>,
    #[cfg(feature = "udp")]
    pub(super) udp: udp::Pool,
    #[cfg(feature = "dns")]
    pub(super) queries: &'static mut [Option<smoltcp::socket::dns::DnsQuery>],
    #[cfg(feature = "sockets")]
    pub(super) looped: Pieces,
}

/// Buffers of one size, one after the other.
#[cfg(feature = "sockets")]
pub(super) struct Pieces(core::slice::ChunksExactMut<'static, MaybeUninit<u8>>);

#[cfg(feature = "sockets")]
impl Pieces {
    fn new<const BYTES: usize>(pieces: &'static mut [[MaybeUninit<u8>; BYTES]]) -> Self {
        Pieces(pieces.as_flattened_mut().chunks_exact_mut(BYTES))
    }
}

#[cfg(feature = "sockets")]
impl Iterator for Pieces {
    type Item = &'static mut [u8];

    fn next(&mut self) -> Option<&'static mut [u8]> {
        self.0.next().map(bytes_mut)
    }
}

/// Room for sockets, with none in it.
#[cfg(feature = "sockets")]
fn empty(memory: &'static mut [MaybeUninit<SocketStorage<'static>>]) -> &'static mut [SocketStorage<'static>] {
    fill_from(memory, core::iter::repeat_with(|| SocketStorage::EMPTY))
}
