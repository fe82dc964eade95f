//! The protocols above IP, as a type: `()` is none, `(Udp, Tcp)` is both.

use crate::address::IpAddr;
use crate::card::Card;
use crate::families::Families;
use crate::hash::{Key, Purpose};
use crate::link::Link;
use crate::packet::Packet;
use crate::pool::Pool;
use crate::report::Report;
use crate::time::Instant;

/// What a call needs besides the protocol that it is of: everything below, and the time.
pub struct Context<'a, 'm, F: Families, C> {
    pub(crate) link: &'a mut Link<'m, F>,
    pub(crate) pool: &'a mut Pool<'m>,
    pub(crate) cards: &'a mut [C],
    pub(crate) now: Instant,
}

impl<F: Families, C: Card> Context<'_, '_, F, C> {
    /// A port, a transaction or a delay that nobody can guess who does not hear of it. The counter tells the draws of one protocol apart.
    pub(crate) fn draw(&self, count: &mut u64, purpose: Purpose, addresses: &[IpAddr]) -> u64 {
        *count = count.wrapping_add(1) ^ C::fresh_number();
        self.link.key.hash(purpose, addresses, *count)
    }
}

/// One protocol, or several. This crate alone implements it.
pub trait Transport<F: Families>: sealed::Sealed {
    /// Takes a packet; whether it is of this protocol.
    #[doc(hidden)]
    fn receive<C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        frame: &[u8],
        packet: &Packet,
    ) -> bool;

    /// Takes news of a packet that was sent.
    #[doc(hidden)]
    fn report(&mut self, pool: &mut Pool<'_>, report: &Report, key: &Key);

    /// Sends what can be sent.
    #[doc(hidden)]
    fn transmit<C: Card>(&mut self, context: &mut Context<'_, '_, F, C>);

    /// When it has something to send, if nothing happens before.
    #[doc(hidden)]
    fn deadline(&self) -> Instant;
}

pub(crate) mod sealed {
    /// Nobody else's.
    pub trait Sealed {}
    impl Sealed for () {}
    impl<A: Sealed, B: Sealed> Sealed for (A, B) {}
    impl<A: Sealed> Sealed for Option<A> {}
}

impl<F: Families> Transport<F> for () {
    fn receive<C: Card>(&mut self, _: &mut Context<'_, '_, F, C>, _: usize, _: &[u8], _: &Packet) -> bool {
        false
    }

    fn report(&mut self, _: &mut Pool<'_>, _: &Report, _: &Key) {}

    fn transmit<C: Card>(&mut self, _: &mut Context<'_, '_, F, C>) {}

    fn deadline(&self) -> Instant {
        Instant::NEVER
    }
}

impl<F: Families, A: Transport<F>, B: Transport<F>> Transport<F> for (A, B) {
    fn receive<C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        frame: &[u8],
        packet: &Packet,
    ) -> bool {
        self.0.receive(context, card, frame, packet) || self.1.receive(context, card, frame, packet)
    }

    fn report(&mut self, pool: &mut Pool<'_>, report: &Report, key: &Key) {
        self.0.report(pool, report, key);
        self.1.report(pool, report, key);
    }

    fn transmit<C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        self.0.transmit(context);
        self.1.transmit(context);
    }

    fn deadline(&self) -> Instant {
        self.0.deadline().min(self.1.deadline())
    }
}

/// A protocol that is wanted or not, as is found out at the start.
impl<F: Families, A: Transport<F>> Transport<F> for Option<A> {
    fn receive<C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        frame: &[u8],
        packet: &Packet,
    ) -> bool {
        self.as_mut().is_some_and(|protocol| protocol.receive(context, card, frame, packet))
    }

    fn report(&mut self, pool: &mut Pool<'_>, report: &Report, key: &Key) {
        if let Some(protocol) = self {
            protocol.report(pool, report, key);
        }
    }

    fn transmit<C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        if let Some(protocol) = self {
            protocol.transmit(context);
        }
    }

    fn deadline(&self) -> Instant {
        self.as_ref().map_or(Instant::NEVER, A::deadline)
    }
}
