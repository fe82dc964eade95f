//! A stack: the network layer, the pool, and the protocols above.

use crate::card::Card;
use crate::families::Families;
use crate::hash::Key;
use crate::link::input::Input;
use crate::link::{Link, LinkMemory};
use crate::pool::Pool;
use crate::time::Instant;
use crate::transport::{Context, Transport};

/// A stack of the families `F`, with the protocols `T` above IP.
pub struct Stack<'m, F: Families, T> {
    link: Link<'m, F>,
    pool: Pool<'m>,
    transports: T,
}

impl<'m, F: Families, T: Transport<F>> Stack<'m, F, T> {
    /// A stack in the memory that is handed in. The key is to be secret, and another one at each start.
    pub fn new(memory: LinkMemory<'m>, pool: Pool<'m>, transports: T, key: Key) -> Self {
        Stack { link: Link::new(memory, key), pool, transports }
    }

    /// Takes a frame that has come from a card; `is_verified` says that the card has seen its checksums to be right. Answers that
    /// cannot wait are sent at once, others by [`Stack::transmit`].
    pub fn receive<C: Card>(&mut self, cards: &mut [C], card: usize, frame: &[u8], is_verified: bool, now: Instant) {
        match self.link.receive(cards, card, frame, is_verified, now) {
            Input::Packet(packet) => {
                let mut context = Context { link: &mut self.link, pool: &mut self.pool, cards, now };
                self.transports.receive(&mut context, card, frame, &packet);
            }
            Input::Whole(place) if F::FRAGMENTS => {
                let packets = self.link.fragments.lend();
                if let Some(packet) = packets.get(place) {
                    self.receive(cards, card, packet.frame(), false, now);
                }
                self.link.fragments.restore(packets);
            }
            Input::Report(report) => self.transports.report(&mut self.pool, &report, &self.link.key),
            Input::Whole(_) | Input::Nothing => {}
        }
    }

    /// Sends what can be sent and does what is due. To be called after frames were given, after calls of the application, when
    /// [`Stack::deadline`] has come, and when a card without room has room again.
    pub fn transmit<C: Card>(&mut self, cards: &mut [C], now: Instant) {
        let Stack { link, pool, transports } = self;
        let key = link.key;
        link.expire(cards, now, |report| transports.report(pool, report, &key));
        transports.transmit(&mut Context { link, pool, cards, now });
    }

    /// Tells the hosts of a card's network which addresses of IPv4 are ours.
    pub fn announce<C: Card>(&mut self, cards: &mut [C], card: usize) {
        self.link.announce(cards, card);
    }

    /// When [`Stack::transmit`] is to be called next, if nothing happens before; [`Instant::START`] where a call of the application has
    /// left something to send.
    pub fn deadline(&self) -> Instant {
        if self.pool.has_eased() {
            return Instant::START;
        }
        self.link.deadline().min(self.transports.deadline())
    }

    /// The network layer: addresses, routes, counters.
    pub fn link(&mut self) -> &mut Link<'m, F> {
        &mut self.link
    }

    /// The memory that connections and sockets share.
    pub fn pool(&self) -> &Pool<'m> {
        &self.pool
    }

    /// The protocols, for calls that only look.
    pub fn transports(&self) -> &T {
        &self.transports
    }

    /// The protocols, and what their calls need.
    pub fn split<'a, C: Card>(&'a mut self, cards: &'a mut [C], now: Instant) -> (&'a mut T, Context<'a, 'm, F, C>) {
        (&mut self.transports, Context { link: &mut self.link, pool: &mut self.pool, cards, now })
    }
}
