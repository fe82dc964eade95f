//! Name servers by stateless DHCPv6 (RFC 8415, sections 6.1 and 18.2.6), where a router says that there is such a server (RFC 4861, section
//! 4.2: the flags O and M).
//!
//! Addresses are made of the prefixes that routers tell, never leased: with the flag M as well, only the rest is asked for.

use crate::address::{IpAddr, Ipv6Addr};
use crate::card::{Card, Payload};
use crate::ethernet::Mac;
use crate::families::Families;
use crate::hash::{Key, Purpose};
use crate::header::Header;
use crate::link::Outgoing;
use crate::list::List;
use crate::packet::{self, Packet};
use crate::path::{NextHop, Path};
use crate::pool::Pool;
use crate::report::Report;
use crate::slaac::advertisement::Advertisement;
use crate::time::Instant;
use crate::transport::{Context, Transport, sealed};
use crate::wakers;
use core::task::Waker;
use core::time::Duration;
use message::{CLIENT_PORT, Identifier, Reply, SERVER_PORT};

mod message;

/// The most name servers that are taken note of.
const MOST: usize = 4;

/// All relays and servers of a link.
const SERVERS: Ipv6Addr = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 1, 2);

/// Section 7.6: the first message waits for up to this, so that not all hosts ask when the power is back.
const INF_MAX_DELAY: Duration = Duration::from_secs(1);
const INF_TIMEOUT: Duration = Duration::from_secs(1);
const INF_MAX_RT: Duration = Duration::from_secs(3600);
/// Section 21.23: the least time after which it asks again, and that where none is said.
const IRT_MINIMUM: Duration = Duration::from_secs(600);
const IRT_DEFAULT: Duration = Duration::from_secs(86_400);
/// How often it looks whether the card has an address to ask from.
const PAUSE: Duration = Duration::from_millis(100);

/// The client of one card. It is a protocol of the stack, and stands before [`Slaac`](crate::Slaac): both listen to routers.
pub struct Dhcp6 {
    card: usize,
    name_servers: List<IpAddr, MOST>,
    /// Whether a router has said that there is a server.
    is_told: bool,
    transaction: u32,
    /// When this question was first asked, if it was.
    began: Option<Instant>,
    /// How long the next answer is waited for.
    pause: Duration,
    longest_pause: Duration,
    next: Instant,
    draws: u64,
    waker: Option<Waker>,
}

impl Dhcp6 {
    /// A client that asks when a router says that somebody answers.
    pub const fn new(card: usize) -> Self {
        Dhcp6 {
            card,
            name_servers: List::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
            is_told: false,
            transaction: 0,
            began: None,
            pause: INF_TIMEOUT,
            longest_pause: INF_MAX_RT,
            next: Instant::NEVER,
            draws: 0,
            waker: None,
        }
    }

    /// The name servers of the last answer.
    pub fn name_servers(&self) -> &[IpAddr] {
        self.name_servers.as_slice()
    }

    /// Has a task woken once, when the name servers change.
    pub fn register(&mut self, waker: &Waker) {
        wakers::keep(&mut self.waker, waker);
    }

    fn draw<F: Families, C: Card>(&mut self, context: &Context<'_, '_, F, C>) -> u64 {
        let card = IpAddr::V6(Ipv6Addr::from(self.card as u128));
        context.draw(&mut self.draws, Purpose::Dhcp6, &[card])
    }

    /// A time that is up to a tenth more or less (section 15).
    fn jittered<F: Families, C: Card>(&mut self, context: &Context<'_, '_, F, C>, time: Duration) -> Duration {
        let tenth = time.as_micros() as u64 / 10;
        time - Duration::from_micros(tenth) + Duration::from_micros(self.draw(context) % (2 * tenth).max(1))
    }

    /// Begins to ask after `delay`.
    fn begin<F: Families, C: Card>(&mut self, context: &Context<'_, '_, F, C>, delay: Duration) {
        self.transaction = self.draw(context) as u32 & 0xFF_FFFF;
        self.began = None;
        self.pause = INF_TIMEOUT;
        self.next = context.now + delay;
    }

    fn ask<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        let Some(path) = self.path(context) else {
            self.next = context.now + PAUSE;
            return;
        };
        let began = *self.began.get_or_insert(context.now);
        let identifier = Identifier::of(context.link.mac(self.card));
        let message = message::information_request(self.transaction, &identifier, context.now.since(began));
        self.send(context, path, &message);
        let pause = self.jittered(context, self.pause.min(self.longest_pause));
        self.next = context.now + pause;
        self.pause = (pause * 2).min(self.longest_pause);
    }

    /// The way to all servers of the link, as soon as the card has an address of it.
    fn path<F: Families, C: Card>(&self, context: &Context<'_, '_, F, C>) -> Option<Path> {
        let interface = context.link.interfaces().get(self.card)?;
        let destination = IpAddr::V6(SERVERS);
        let source = interface.source_for(destination)?;
        let next = NextHop::Card(Mac::of_group(destination));
        Some(Path::new(self.card, source, destination, next, interface.card.mtu))
    }

    fn send<F: Families, C: Card>(&self, context: &mut Context<'_, '_, F, C>, mut path: Path, message: &[u8]) {
        let mut header = Header::udp(CLIENT_PORT, SERVER_PORT, (packet::UDP_HEADER_BYTES + message.len()) as u16);
        let payload = &[Payload::Borrowed(message)];
        // What is lost here is sent again as what is lost on the way.
        let _ = context.link.send(context.cards, &mut path, &mut header, &Outgoing::udp(payload), context.now);
    }

    fn on_reply<F: Families, C: Card>(&mut self, context: &Context<'_, '_, F, C>, reply: &Reply<'_>) {
        if let Some(longest) = reply.longest_pause() {
            self.longest_pause = longest;
        }
        if self.began.is_none() || !reply.is_success() {
            return;
        }
        let mut servers = List::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        servers.extend(reply.name_servers().map(IpAddr::V6));
        if servers != self.name_servers {
            self.name_servers = servers;
            wakers::wake(&mut self.waker);
        }
        let refresh = reply.refresh_time().unwrap_or(IRT_DEFAULT).max(IRT_MINIMUM);
        self.begin(context, refresh);
    }
}

impl sealed::Sealed for Dhcp6 {}

impl<F: Families> Transport<F> for Dhcp6 {
    fn receive<C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        frame: &[u8],
        packet: &Packet,
    ) -> bool {
        if card != self.card || !packet.source.is_ipv6() {
            return false;
        }
        if Advertisement::is_in(frame, packet) {
            let is_told = Advertisement::parse(frame, packet).is_some_and(|told| told.has_other_configuration);
            if is_told && !self.is_told {
                self.is_told = true;
                let delay = self.draw(context) % INF_MAX_DELAY.as_micros() as u64;
                self.begin(context, Duration::from_micros(delay));
            }
            return false;
        }
        let datagram = if packet.protocol == packet::UDP { packet.datagram(frame) } else { None };
        let Some((_, CLIENT_PORT, length)) = datagram else { return false };
        let message = packet.payload(frame).get(packet::UDP_HEADER_BYTES..length).unwrap_or_default();
        match Reply::parse(message) {
            Some(reply) if reply.is_for(self.transaction, &Identifier::of(context.link.mac(card))) => {
                self.on_reply(context, &reply);
            }
            Some(_) => {}
            None => context.link.counters.malformed += 1,
        }
        true
    }

    fn report(&mut self, _: &mut Pool<'_>, _: &Report, _: &Key) {}

    fn transmit<C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        if context.now >= self.next {
            self.ask(context);
        }
    }

    fn deadline(&self) -> Instant {
        self.next
    }
}
