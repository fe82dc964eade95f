//! The memory of one `net`: its rings and frames, its sockets and their buffers, its stack. All of it is static.

use super::shared::Shared;
use crate::drivers::virtio::net::{Memory, frame_bytes, spill_bytes};
use crate::sync::{Node, TakeOnce, Uninit};
#[cfg(feature = "sockets")]
use crate::sync::{bytes_mut, fill_from};
use core::mem::MaybeUninit;
#[cfg(feature = "sockets")]
use smoltcp::iface::SocketStorage;
use unikernel_vocabulary::value;

/// The memory of one `net`, of the sizes that its declaration gives. Nobody reads any of it before it is written.
pub struct Storage<
    const RX: usize,
    const TX: usize,
    const FRAME: usize,
    const SOCKETS: usize,
    const RECEIVE: usize,
    const SEND: usize,
    const SPILL: usize,
>(TakeOnce<Parts<RX, TX, FRAME, SOCKETS, RECEIVE, SEND, SPILL>>);

/// What a storage is made of.
#[repr(C)]
pub(crate) struct Parts<
    const RX: usize,
    const TX: usize,
    const FRAME: usize,
    const SOCKETS: usize,
    const RECEIVE: usize,
    const SEND: usize,
    const SPILL: usize,
> {
    received: MaybeUninit<Memory<RX, FRAME, SPILL>>,
    sent: MaybeUninit<Memory<TX, FRAME>>,
    shared: MaybeUninit<Node<Shared>>,
    #[cfg(feature = "tcp")]
    slots: [MaybeUninit<super::tcp::Slot>; SOCKETS],
    #[cfg(feature = "tcp")]
    heads: [MaybeUninit<u16>; SOCKETS],
    #[cfg(feature = "tcp")]
    receive: [[MaybeUninit<u8>; RECEIVE]; SOCKETS],
    #[cfg(feature = "tcp")]
    send: [[MaybeUninit<u8>; SEND]; SOCKETS],
    #[cfg(feature = "tcp")]
    sockets: [MaybeUninit<SocketStorage<'static>>; SOCKETS],
    #[cfg(feature = "sockets")]
    other_sockets: [MaybeUninit<SocketStorage<'static>>; OTHER_SOCKETS],
    #[cfg(feature = "udp")]
    datagrams: super::udp::Buffers,
    #[cfg(feature = "dns")]
    queries: [MaybeUninit<Option<smoltcp::socket::dns::DnsQuery>>; super::dns::QUERIES],
    #[cfg(feature = "sockets")]
    looped: [[MaybeUninit<u8>; FRAME]; super::loopback::FRAMES + 1],
}

// SAFETY: every field is `MaybeUninit`, or an array of it; so is every field of `udp::Buffers`.
#[expect(unsafe_code, reason = "the memory is too large to be initialised at boot")]
unsafe impl<
    const RX: usize,
    const TX: usize,
    const FRAME: usize,
    const SOCKETS: usize,
    const RECEIVE: usize,
    const SEND: usize,
    const SPILL: usize,
> Uninit for Parts<RX, TX, FRAME, SOCKETS, RECEIVE, SEND, SPILL>
{
}

/// Sockets that are not TCP's: those of UDP, one of DNS, one of DHCP.
#[cfg(feature = "sockets")]
const OTHER_SOCKETS: usize = 8;

/// The parts, without their sizes.
pub(crate) struct Places<R: 'static, S: 'static> {
    pub(crate) received: &'static mut MaybeUninit<R>,
    pub(crate) sent: &'static mut MaybeUninit<S>,
    pub(crate) shared: &'static mut MaybeUninit<Node<Shared>>,
    pub(crate) memory: Buffers,
}

/// What the sockets of a stack are made of.
pub(crate) struct Buffers {
    #[cfg(feature = "sockets")]
    pub(crate) sockets: &'static mut [SocketStorage<'static>],
    #[cfg(feature = "tcp")]
    pub(super) tcp: super::tcp::Places<core::iter::Zip<Pieces, Pieces>>,
    #[cfg(feature = "udp")]
    pub(crate) datagrams: &'static mut super::udp::Buffers,
    #[cfg(feature = "dns")]
    pub(crate) queries: &'static mut [Option<smoltcp::socket::dns::DnsQuery>],
    #[cfg(feature = "sockets")]
    pub(crate) looped: Pieces,
}

/// Pieces of memory of one size, one after the other.
#[cfg(feature = "sockets")]
pub(crate) struct Pieces(core::slice::ChunksExactMut<'static, MaybeUninit<u8>>);

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

impl<
    const RX: usize,
    const TX: usize,
    const FRAME: usize,
    const SOCKETS: usize,
    const RECEIVE: usize,
    const SEND: usize,
    const SPILL: usize,
> Storage<RX, TX, FRAME, SOCKETS, RECEIVE, SEND, SPILL>
{
    /// Memory with nothing in it.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Storage(TakeOnce::new())
    }

    /// The parts, the first time; `None` from then on.
    pub(crate) fn take(&'static self) -> Option<Places<Memory<RX, FRAME, SPILL>, Memory<TX, FRAME>>> {
        let parts = self.0.take_fields()?;
        Some(Places {
            received: &mut parts.received,
            sent: &mut parts.sent,
            shared: &mut parts.shared,
            memory: Buffers {
                #[cfg(feature = "sockets")]
                sockets: empty(&mut parts.other_sockets),
                #[cfg(feature = "tcp")]
                tcp: super::tcp::Places {
                    slots: &mut parts.slots,
                    heads: fill_from(&mut parts.heads, core::iter::repeat(0)),
                    sockets: empty(&mut parts.sockets),
                    buffers: Pieces::new(&mut parts.receive).zip(Pieces::new(&mut parts.send)),
                },
                #[cfg(feature = "udp")]
                datagrams: &mut parts.datagrams,
                #[cfg(feature = "dns")]
                queries: fill_from(&mut parts.queries, core::iter::repeat_with(|| None)),
                #[cfg(feature = "sockets")]
                looped: Pieces::new(&mut parts.looped),
            },
        })
    }
}

/// Writes that there is no socket yet.
#[cfg(feature = "sockets")]
fn empty(memory: &'static mut [MaybeUninit<SocketStorage<'static>>]) -> &'static mut [SocketStorage<'static>] {
    fill_from(memory, core::iter::repeat_with(|| SocketStorage::EMPTY))
}

/// The type of a storage with these declared sizes.
#[doc(hidden)]
#[macro_export]
macro_rules! __net_storage {
    (
        rx_buffers = $rx:literal,
        tx_buffers = $tx:literal,
        mtu = $mtu:literal,
        sockets = $sockets:literal,
        receive_buffer = $receive:tt,
        send_buffer = $send:tt
    ) => {
        $crate::__private::net::Storage<
            { $crate::__private::net::ring($rx) },
            { $crate::__private::net::ring($tx) },
            { $crate::__private::net::frame($mtu) },
            { $crate::__private::net::sockets($sockets) },
            { $crate::__private::net::buffer(::core::stringify!($receive)) },
            { $crate::__private::net::buffer(::core::stringify!($send)) },
            { $crate::__private::net::spill($rx, $mtu, ::core::stringify!($receive)) },
        >
    };
}

/// How many buffers a ring has for a declared number: the next power of two.
pub const fn ring(buffers: usize) -> usize {
    buffers.next_power_of_two()
}

/// Bytes of a frame's buffer for a declared MTU.
pub const fn frame(mtu: usize) -> usize {
    frame_bytes(mtu)
}

/// Bytes behind the buffers of frames that come, for declared sizes: some where frames longer than on a wire are taken.
pub const fn spill(rx_buffers: usize, mtu: usize, receive: &str) -> usize {
    // What is no size is told of once, by the buffer itself.
    match size(receive) {
        Some(window_bytes) => spill_bytes(ring(rx_buffers), frame(mtu), window_bytes),
        None => 0,
    }
}

/// How many TCP sockets there are for a declared number: none where TCP is not linked.
pub const fn sockets(sockets: usize) -> usize {
    if cfg!(feature = "tcp") { sockets } else { 0 }
}

/// Bytes of a socket's buffer for a declared size.
///
/// # Panics
/// Panics where the size is none that a buffer can have, which in a constant is a compile error.
pub const fn buffer(text: &str) -> usize {
    match size(text) {
        Some(bytes) => bytes,
        None => panic!("a socket's buffer has 512 bytes to 1 GiB"),
    }
}

/// The size that a socket's buffer may have.
const fn size(text: &str) -> Option<usize> {
    const MOST: u64 = 1 << 30;
    match value::size(unquoted(text)) {
        Ok(bytes @ 512..=MOST) => Some(bytes as usize),
        _ => None,
    }
}

/// A literal's text: sizes are numbers, or texts with a unit.
const fn unquoted(literal: &str) -> &str {
    let [b'"', text @ .., b'"'] = literal.as_bytes() else { return literal };
    match core::str::from_utf8(text) {
        Ok(text) => text,
        Err(_) => literal,
    }
}
