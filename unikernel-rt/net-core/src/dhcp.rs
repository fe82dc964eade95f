//! DHCP (RFC 2131, 2132, 3442): an address, routes and name servers that a server lends to a card.
//!
//! Differs from the RFC where a machine that has to be there at once needs it: the first message is sent at once and again after one
//! second (not ten and four), and the probes for duplicates (RFC 5227) are sent faster than it says; all are the caller's to choose.

use crate::address;
use crate::address::IpAddr;
use crate::card::{Card, Payload};
use crate::error::Error;
use crate::ethernet::Mac;
use crate::families::Families;
use crate::hash::{Key, Purpose};
use crate::header::Header;
use crate::link::Outgoing;
use crate::packet::{self, Packet};
use crate::path::{NextHop, Path};
use crate::pool::Pool;
use crate::report::Report;
use crate::time::Instant;
use crate::transport::{Context, Transport, sealed};
use crate::wakers;
use core::net::Ipv4Addr;
use core::task::Waker;
use core::time::Duration;

mod client;
mod install;
mod lease;
mod message;

pub use lease::{Lease, LeasedRoute};
pub(crate) use message::CLIENT_PORT;

use client::State;
use message::{Kind, Message, SERVER_PORT, Writer, code};

/// The longest client identifier.
pub(crate) const MOST_IDENTIFIER_BYTES: usize = 64;
/// The longest label of a name (RFC 1035, section 2.3.4).
const MOST_LABEL_BYTES: usize = 63;

/// How a client is.
#[derive(Clone, Copy, Debug)]
pub struct DhcpConfig<'m> {
    /// The name that the server is told (option 12), if any: one label.
    pub host_name: Option<&'m str>,
    /// What the server knows the client by (option 61); without one, the card's address.
    pub identifier: Option<&'m [u8]>,
    /// Of the lease's routes, the better ones having less: several cards may lead to one network.
    pub metric: u32,
    /// How often it asks whether another host has the address, before it is used. With 0 it does not ask.
    pub probes: u8,
    /// Between two probes, and from the last one to the use of the address. RFC 5227 has 1 to 2 s, for links as slow as that.
    pub probe_interval: Duration,
}

impl Default for DhcpConfig<'_> {
    fn default() -> Self {
        DhcpConfig {
            host_name: None,
            identifier: None,
            metric: 0,
            probes: 3,
            probe_interval: Duration::from_millis(150),
        }
    }
}

/// The client of one card. It is a protocol of the stack, and is to stand before [`Udp`](crate::Udp): `(Dhcp, Udp)`.
pub struct Dhcp<'m> {
    card: usize,
    config: DhcpConfig<'m>,
    state: State,
    transaction: u32,
    /// Of the message that waits for an answer.
    attempts: u8,
    /// Without a lease in between.
    failures: u8,
    /// When the client began to ask: servers see how long it has waited.
    began: Instant,
    /// When the state ends, or something is sent again.
    next: Instant,
    announcements: u8,
    announce_at: Instant,
    /// When another host was last seen to have the address.
    contested_at: Option<Instant>,
    lease: Option<Lease>,
    /// A lease whose address is not known to be free yet.
    probed: Option<Lease>,
    /// When the lease was asked for, and when it was last asked for again: it lasts from there (RFC 2131, section 4.4.1).
    asked_at: Instant,
    renewal_asked_at: Instant,
    /// The card's own MTU, while that of a lease is in force.
    card_mtu: Option<u16>,
    draws: u64,
    waker: Option<Waker>,
}

impl<'m> Dhcp<'m> {
    /// A client that begins at the first [`Stack::transmit`](crate::Stack::transmit).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidName`] where the name is no label of 1 to 63 letters, digits and hyphens; [`Error::MessageTooLarge`] where the
    /// identifier has not 2 to 64 bytes (RFC 2132, section 9.14).
    pub fn new(card: usize, config: DhcpConfig<'m>) -> Result<Self, Error> {
        let is_label = |name: &str| {
            (1..=MOST_LABEL_BYTES).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !name.starts_with('-')
                && !name.ends_with('-')
        };
        if !config.host_name.is_none_or(is_label) {
            return Err(Error::InvalidName);
        }
        if !config.identifier.is_none_or(|identifier| (2..=MOST_IDENTIFIER_BYTES).contains(&identifier.len())) {
            return Err(Error::MessageTooLarge);
        }
        Ok(Dhcp {
            card,
            config,
            state: State::Waiting,
            transaction: 0,
            attempts: 0,
            failures: 0,
            began: Instant::START,
            next: Instant::START,
            announcements: 0,
            announce_at: Instant::NEVER,
            contested_at: None,
            lease: None,
            probed: None,
            asked_at: Instant::START,
            renewal_asked_at: Instant::START,
            card_mtu: None,
            draws: 0,
            waker: None,
        })
    }

    /// The lease that is in force.
    pub fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }

    /// Has a task woken once, when there is a lease, or another one, or none any more.
    pub fn register(&mut self, waker: &Waker) {
        wakers::keep(&mut self.waker, waker);
    }

    /// Gives the address back (RFC 2131, section 4.4.6), and asks for none until [`Dhcp::restart`].
    pub fn release<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        if let Some(lease) = self.lease {
            self.draw_transaction(context);
            let own = self.own_address();
            let mut message = self.message(context, Kind::Release, own);
            message.option(code::SERVER, &lease.server.octets());
            self.send(context, own, Some(lease.server), message.finish());
        }
        self.uninstall(context);
        self.enter(State::Released, Instant::NEVER);
    }

    /// Begins anew, with nothing known.
    pub fn restart<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        self.uninstall(context);
        self.failures = 0;
        self.enter(State::Waiting, context.now);
    }

    fn own_address(&self) -> Option<Ipv4Addr> {
        self.lease.as_ref().map(Lease::ipv4)
    }

    /// A number that nobody can guess who does not hear it.
    fn draw<F: Families, C: Card>(&mut self, context: &Context<'_, '_, F, C>) -> u64 {
        let card = IpAddr::V4(Ipv4Addr::from(self.card as u32));
        context.draw(&mut self.draws, Purpose::Dhcp, &[card])
    }

    fn draw_transaction<F: Families, C: Card>(&mut self, context: &Context<'_, '_, F, C>) {
        self.transaction = self.draw(context) as u32;
    }

    /// A message with what all of a client's have.
    fn message<F: Families, C: Card>(
        &self,
        context: &Context<'_, '_, F, C>,
        kind: Kind,
        own: Option<Ipv4Addr>,
    ) -> Writer {
        let mac = context.link.mac(self.card);
        let seconds = u16::try_from(context.now.since(self.began).as_secs()).unwrap_or(u16::MAX);
        let mut message = Writer::new(kind, self.transaction, seconds, mac, own);
        let mut identifier = [1; 7];
        identifier[1..].copy_from_slice(&mac.0);
        message.option(code::CLIENT, self.config.identifier.unwrap_or(&identifier));
        message
    }

    /// Sends a message to all servers, or to one whose address is known.
    fn send<F: Families, C: Card>(
        &self,
        context: &mut Context<'_, '_, F, C>,
        own: Option<Ipv4Addr>,
        server: Option<Ipv4Addr>,
        message: &[u8],
    ) {
        let path = match server {
            Some(server) => context.link.path(IpAddr::V4(server), own.map(IpAddr::V4)),
            None => {
                let source = IpAddr::V4(own.unwrap_or(Ipv4Addr::UNSPECIFIED));
                let next = NextHop::Card(Mac::BROADCAST);
                Ok(Path::new(self.card, source, IpAddr::V4(Ipv4Addr::BROADCAST), next, u16::MAX))
            }
        };
        // A server without a route is asked by broadcast, when it is time for that.
        let Ok(mut path) = path else { return };
        let mut header = Header::udp(CLIENT_PORT, SERVER_PORT, (packet::UDP_HEADER_BYTES + message.len()) as u16);
        let payload = &[Payload::Borrowed(message)];
        // What is lost here is sent again as what is lost on the way.
        let _ = context.link.send(context.cards, &mut path, &mut header, &Outgoing::udp(payload), context.now);
    }
}

impl sealed::Sealed for Dhcp<'_> {}

impl<F: Families> Transport<F> for Dhcp<'_> {
    fn receive<C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        frame: &[u8],
        packet: &Packet,
    ) -> bool {
        let is_ours = packet.protocol == packet::UDP && packet.source.is_ipv4() && card == self.card;
        let Some((_, CLIENT_PORT, length)) = Some(packet).filter(|_| is_ours).and_then(|packet| packet.datagram(frame))
        else {
            return false;
        };
        let payload = packet.payload(frame).get(packet::UDP_HEADER_BYTES..length).unwrap_or_default();
        match Message::parse(payload) {
            Some(message) if self.is_for_us(context, &message) => self.on_message(context, &message),
            Some(_) => {}
            None => context.link.counters.malformed += 1,
        }
        true
    }

    fn report(&mut self, _: &mut Pool<'_>, _: &Report, _: &Key) {}

    fn transmit<C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        if context.link.interfaces().get(self.card).is_some_and(|interface| interface.claims.are_contested()) {
            self.on_contest(context);
        }
        if context.now >= self.next {
            self.on_timer(context);
        }
        if context.now >= self.announce_at {
            self.announce(context);
        }
    }

    fn deadline(&self) -> Instant {
        self.next.min(self.announce_at)
    }
}

/// Whether an address is one that a host can have.
fn is_host(address: Ipv4Addr) -> bool {
    address::is_host(IpAddr::V4(address))
}
