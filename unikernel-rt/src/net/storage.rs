//! The static memory of one `net`: its rings and frames, its stack, and the stack's tables.

use super::memory::{Sizes, Tables};
use super::shared::Shared;
use crate::drivers::virtio::net::Memory;
use crate::sync::{Node, TakeOnce, Uninit};
use core::mem::MaybeUninit;

/// The memory of one `net`, of the sizes that its declaration gives. Nothing is read before it is written.
pub struct Storage<const RX: usize, const TX: usize, const FRAME: usize, const SPILL: usize, S>(
    TakeOnce<Parts<RX, TX, FRAME, SPILL, S>>,
);

/// The parts of a storage.
#[repr(C)]
struct Parts<const RX: usize, const TX: usize, const FRAME: usize, const SPILL: usize, S> {
    received: MaybeUninit<Memory<RX, FRAME, SPILL>>,
    sent: MaybeUninit<Memory<TX, FRAME>>,
    shared: MaybeUninit<Node<Shared>>,
    stack: S,
}

// SAFETY: every field is `MaybeUninit`, or is `Uninit` itself.
#[expect(unsafe_code, reason = "the memory is too large to be initialised at boot")]
unsafe impl<const RX: usize, const TX: usize, const FRAME: usize, const SPILL: usize, S: Uninit> Uninit
    for Parts<RX, TX, FRAME, SPILL, S>
{
}

/// The parts of a storage, for the one who takes it.
pub(crate) struct Places<const RX: usize, const TX: usize, const FRAME: usize, const SPILL: usize> {
    pub(crate) received: &'static mut MaybeUninit<Memory<RX, FRAME, SPILL>>,
    pub(crate) sent: &'static mut MaybeUninit<Memory<TX, FRAME>>,
    pub(crate) shared: &'static mut MaybeUninit<Node<Shared>>,
    pub(crate) tables: Tables,
}

impl<const RX: usize, const TX: usize, const FRAME: usize, const SPILL: usize, S: Sizes>
    Storage<RX, TX, FRAME, SPILL, S>
{
    /// Memory with nothing in it.
    #[allow(clippy::new_without_default)] // It is for statics alone.
    pub const fn new() -> Self {
        Storage(TakeOnce::new())
    }

    /// The parts, the first time; `None` from then on.
    pub(crate) fn take(&'static self) -> Option<Places<RX, TX, FRAME, SPILL>> {
        let Parts { received, sent, shared, stack } = self.0.take_fields()?;
        Some(Places { received, sent, shared, tables: stack.tables() })
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
        neighbours = $neighbours:literal,
        pool = $pool:tt,
        sockets = $sockets:literal,
        receive_buffer = $receive:tt,
        send_buffer = $send:tt,
        listeners = $listeners:literal,
        udp_sockets = $udp:literal,
        udp_datagrams = $datagrams:literal,
        fragments = $fragments:literal,
        dns_queries = $queries:literal
    ) => {
        $crate::__private::net::Storage<
            { $crate::__private::net::ring($rx) },
            { $crate::__private::net::ring($tx) },
            { $crate::__private::net::frame($mtu) },
            { $crate::__private::net::spill($rx, $mtu, ::core::stringify!($receive)) },
            $crate::__private::net::StackMemory<
                { $crate::__private::net::frame($mtu) },
                { $crate::__private::net::neighbours($neighbours) },
                { $crate::__private::net::blocks(::core::stringify!($pool)) },
                { $crate::__private::net::tcp($sockets) },
                { $crate::__private::net::tcp($listeners) },
                { $crate::__private::net::udp($udp) },
                { $crate::__private::net::fragments($fragments) },
                { $crate::__private::net::dns($queries) },
                { $crate::__private::net::buffer(::core::stringify!($receive)) },
                { $crate::__private::net::buffer(::core::stringify!($send)) },
                $datagrams,
            >,
        >
    };
}
