//! The memory of one `net`: its rings and frames, its sockets and their buffers, its stack. All of it is static.

use super::shared::Shared;
use crate::drivers::virtio::net::{Memory, frame_bytes, spill_bytes};
use crate::sync::Static;
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
>(Static<MaybeUninit<Parts<RX, TX, FRAME, SOCKETS, RECEIVE, SEND, SPILL>>>);

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
    received: Memory<RX, FRAME, SPILL>,
    sent: Memory<TX, FRAME>,
    shared: Shared,
    #[cfg(feature = "tcp")]
    slots: [super::tcp::Slot; SOCKETS],
    #[cfg(feature = "tcp")]
    heads: [u16; SOCKETS],
    #[cfg(feature = "tcp")]
    receive: [[u8; RECEIVE]; SOCKETS],
    #[cfg(feature = "tcp")]
    send: [[u8; SEND]; SOCKETS],
    #[cfg(feature = "tcp")]
    sockets: [SocketStorage<'static>; SOCKETS],
    #[cfg(feature = "sockets")]
    other_sockets: [SocketStorage<'static>; OTHER_SOCKETS],
    #[cfg(feature = "udp")]
    datagrams: super::udp::Buffers,
    #[cfg(feature = "dns")]
    queries: [Option<smoltcp::socket::dns::DnsQuery>; super::dns::QUERIES],
    #[cfg(feature = "sockets")]
    looped: [[u8; FRAME]; super::loopback::FRAMES + 1],
}

/// Sockets that are not TCP's: those of UDP, one of DNS, one of DHCP.
#[cfg(feature = "sockets")]
const OTHER_SOCKETS: usize = 8;

/// The parts, without their sizes. Each is to be used once.
pub(crate) struct Places<R, S> {
    pub(crate) received: *mut R,
    pub(crate) sent: *mut S,
    pub(crate) shared: *mut Shared,
    pub(crate) memory: Buffers,
}

/// What the sockets of a stack are made of.
pub(crate) struct Buffers {
    #[cfg(feature = "sockets")]
    pub(crate) sockets: &'static mut [SocketStorage<'static>],
    #[cfg(feature = "tcp")]
    pub(super) tcp: super::tcp::Places<core::iter::Zip<Pieces, Pieces>>,
    #[cfg(feature = "udp")]
    pub(crate) datagrams: *mut super::udp::Buffers,
    #[cfg(feature = "dns")]
    pub(crate) queries: &'static mut [Option<smoltcp::socket::dns::DnsQuery>],
    #[cfg(feature = "sockets")]
    pub(crate) looped: Pieces,
}

/// Pieces of memory, one after the other.
#[cfg(feature = "sockets")]
pub(crate) struct Pieces {
    next: *mut u8,
    bytes: usize,
    left: usize,
}

#[cfg(feature = "sockets")]
impl Iterator for Pieces {
    type Item = &'static mut [u8];

    fn next(&mut self) -> Option<&'static mut [u8]> {
        self.left = self.left.checked_sub(1)?;
        // SAFETY: `left` pieces lie there, which nobody else uses and which live for ever. They are plain bytes, of a static
        // that the machine's memory has filled with something.
        let piece = unsafe { core::slice::from_raw_parts_mut(self.next, self.bytes) };
        self.next = self.next.wrapping_add(self.bytes);
        Some(piece)
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
        Storage(Static::new(MaybeUninit::uninit()))
    }

    /// The parts.
    ///
    /// # Safety
    /// To be called once.
    pub(crate) unsafe fn places(&'static self) -> Places<Memory<RX, FRAME, SPILL>, Memory<TX, FRAME>> {
        let parts = self.0.get().cast::<Parts<RX, TX, FRAME, SOCKETS, RECEIVE, SEND, SPILL>>();
        // SAFETY: this is a static of that layout, and all parts are handed out once. Room for sockets is written before a
        // reference is made; places of slots need not be.
        unsafe {
            Places {
                received: &raw mut (*parts).received,
                sent: &raw mut (*parts).sent,
                shared: &raw mut (*parts).shared,
                memory: Buffers {
                    #[cfg(feature = "sockets")]
                    sockets: empty(&raw mut (*parts).other_sockets),
                    #[cfg(feature = "tcp")]
                    tcp: super::tcp::Places {
                        slots: core::slice::from_raw_parts_mut((&raw mut (*parts).slots).cast(), SOCKETS),
                        heads: {
                            (&raw mut (*parts).heads).write([0; SOCKETS]);
                            &mut (*parts).heads
                        },
                        sockets: empty(&raw mut (*parts).sockets),
                        buffers: Pieces { next: (&raw mut (*parts).receive).cast(), bytes: RECEIVE, left: SOCKETS }
                            .zip(Pieces { next: (&raw mut (*parts).send).cast(), bytes: SEND, left: SOCKETS }),
                    },
                    #[cfg(feature = "udp")]
                    datagrams: &raw mut (*parts).datagrams,
                    #[cfg(feature = "dns")]
                    queries: {
                        (&raw mut (*parts).queries).write([const { None }; super::dns::QUERIES]);
                        &mut (*parts).queries
                    },
                    #[cfg(feature = "sockets")]
                    looped: Pieces {
                        next: (&raw mut (*parts).looped).cast(),
                        bytes: FRAME,
                        left: super::loopback::FRAMES + 1,
                    },
                },
            }
        }
    }
}

/// Writes that there is no socket yet.
///
/// # Safety
/// The place is valid for ever, and nobody else uses it.
#[cfg(feature = "sockets")]
unsafe fn empty<const COUNT: usize>(
    place: *mut [SocketStorage<'static>; COUNT],
) -> &'static mut [SocketStorage<'static>] {
    // SAFETY: the caller's promise; every element is written before a reference is made.
    unsafe {
        for index in 0..COUNT {
            place.cast::<SocketStorage<'static>>().add(index).write(SocketStorage::EMPTY);
        }
        &mut *place
    }
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
