//! The network core, lent to who makes sockets of his own of it: those of programs of the standard library.

use super::Net;
use super::port::Port;
use super::protocols::{self, Families};
use core::task::Waker;
use unikernel_net::Link;

/// What a call of the core needs besides the protocol.
pub(crate) type Calls<'a, 'b> = unikernel_net::Context<'a, 'static, Families, Port<'b>>;

impl Net {
    /// Lends TCP.
    #[cfg(feature = "tcp")]
    #[inline]
    pub(crate) fn with_tcp<R>(self, call: impl FnOnce(&mut unikernel_net::Tcp<'static>, &mut Calls<'_, '_>) -> R) -> R {
        self.shared.with(|stack| stack.with(|all, calls| call(protocols::tcp(all), calls)))
    }

    /// As [`Net::with_tcp`], for a call from which a time is counted.
    #[cfg(feature = "tcp")]
    pub(crate) fn with_tcp_now<R>(
        self,
        call: impl FnOnce(&mut unikernel_net::Tcp<'static>, &mut Calls<'_, '_>) -> R,
    ) -> R {
        self.shared.with(|stack| stack.with_now(|all, calls| call(protocols::tcp(all), calls)))
    }

    /// Lends UDP.
    #[cfg(feature = "udp")]
    pub(crate) fn with_udp<R>(self, call: impl FnOnce(&mut unikernel_net::Udp<'static>, &mut Calls<'_, '_>) -> R) -> R {
        self.shared.with(|stack| stack.with_now(|all, calls| call(protocols::udp(all), calls)))
    }

    /// Lends the network layer, to look at addresses and routes.
    pub(crate) fn with_link<R>(self, look: impl FnOnce(&Link<'static, Families>) -> R) -> R {
        self.shared.with(|stack| look(stack.core.link()))
    }

    /// Whether a datagram finds room in the card.
    #[cfg(feature = "udp")]
    pub(crate) fn has_room(self) -> bool {
        self.shared.with(|stack| stack.card.transmitter.can_send_longest())
    }

    /// Has a task woken once a datagram that had no room may find some.
    #[cfg(feature = "udp")]
    pub(crate) fn wait_for_room(self, waker: &Waker) {
        self.shared.with(|stack| stack.senders.wait(waker));
    }

    /// Whether they are the same network.
    #[cfg(feature = "udp")]
    pub(crate) fn is(self, other: Net) -> bool {
        core::ptr::eq(self.shared, other.shared)
    }

    /// Has a task woken once an address has come or gone.
    pub(crate) fn wait_for_address(self, waker: &Waker) {
        self.shared.with(|stack| stack.wait_for_address(waker));
    }

    /// Whether it has an address that others reach it by.
    #[cfg(feature = "dns")]
    pub(crate) fn has_address(self) -> bool {
        #[cfg(feature = "ipv6")]
        if self.address6().is_some() {
            return true;
        }
        self.address().is_some()
    }

    /// Whether the network is asked for an address of a family, and has not given one yet.
    pub(crate) fn expects_address(self, is_ipv4: bool) -> bool {
        self.shared.with(|stack| {
            #[cfg(feature = "ipv6")]
            let has_address = if is_ipv4 { stack.address().is_some() } else { stack.address6().is_some() };
            #[cfg(not(feature = "ipv6"))]
            let has_address = stack.address().is_some();
            !has_address && protocols::asks_for_addresses(stack.core.transports(), is_ipv4)
        })
    }
}
