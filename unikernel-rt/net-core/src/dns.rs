//! DNS (RFC 1035, RFC 2181): the addresses of names, asked of servers that do the rest.
//!
//! A name is asked for both families side by side. Whoever forges answers has to guess the number and the port of each question,
//! which are the generator's (RFC 5452). Names are taken as they are: there is no list of domains to be tried.

use crate::address::{self, IpAddr, SocketAddr};
use crate::card::{Card, Payload};
use crate::error::Error;
use crate::families::Families;
use crate::hash::{Key, Purpose};
use crate::header::Header;
use crate::link::Outgoing;
use crate::list::List;
use crate::packet::{self, Packet, UDP_HEADER_BYTES};
use crate::pool::Pool;
use crate::report::Report;
use crate::time::Instant;
use crate::transport::{Context, Transport, sealed};
use core::net::Ipv4Addr;

mod cache;
mod calls;
mod message;
mod name;
mod query;

pub use cache::DnsEntry;
pub use calls::{DnsFamilies, DnsHandle};
pub use query::DnsQuery;

use cache::Cache;
use message::{Answer, Kind, MOST_ADDRESSES};
use name::Name;
use query::{Query, Question};

/// The most servers that are asked.
const MOST_SERVERS: usize = 4;
/// The first port of the dynamic range (RFC 6335, section 6).
const FIRST_PORT: u16 = 49152;

/// The addresses of a name, in the order in which they are to be tried.
pub type DnsAddresses = List<IpAddr, { 2 * MOST_ADDRESSES }>;

/// The resolver. It is a protocol of the stack, and is to stand before [`Udp`](crate::Udp): `(Dns, Udp)`.
pub struct Dns<'m> {
    servers: List<SocketAddr, MOST_SERVERS>,
    queries: &'m mut [DnsQuery],
    cache: Cache<'m>,
    /// When the first of all queries has something to do, or before.
    next: Instant,
    draws: u64,
}

impl Dns<'_> {
    /// A number and a port that nobody can guess.
    fn draw<F: Families, C: Card>(draws: &mut u64, context: &Context<'_, '_, F, C>) -> (u16, u16) {
        let drawn = context.draw(draws, Purpose::Dns, &[]);
        (drawn as u16, FIRST_PORT | (drawn >> 16) as u16)
    }

    /// Does what is due of a query.
    fn go_on<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>, index: usize) {
        let (now, servers) = (context.now, self.servers);
        let Some(query) = self.queries.get_mut(index).and_then(|query| query.state.as_mut()) else { return };
        for question in &mut query.questions {
            while question.result.is_none() && question.next <= now {
                if question.is_sent {
                    question.go_on(servers.as_slice().len(), false, Error::TimedOut, now);
                    continue;
                }
                let Some(server) = servers.as_slice().get(question.server) else {
                    question.finish(Err(Error::NoRoute));
                    break;
                };
                (question.id, question.port) = Self::draw(&mut self.draws, context);
                match send(context, question, *server) {
                    Ok(()) => (question.is_sent, question.next) = (true, now + question.timeout()),
                    Err(error) => question.go_on(servers.as_slice().len(), true, error, now),
                }
            }
        }
        query.settle(now);
    }

    /// The question that was asked of this server from this port.
    fn find(&self, server: SocketAddr, port: u16) -> Option<(usize, usize)> {
        self.queries.iter().enumerate().find_map(|(index, query)| {
            let questions = &query.state.as_ref()?.questions;
            let is_it = |question: &Question| {
                question.is_sent
                    && question.port == port
                    && self.servers.as_slice().get(question.server) == Some(&server)
            };
            Some((index, questions.iter().position(is_it)?))
        })
    }

    /// An answer to a question; whether it is one.
    fn on_answer(&mut self, index: usize, question: usize, message: &[u8], now: Instant) -> bool {
        let servers = self.servers.as_slice().len();
        let Some(query) = self.queries[index].state.as_mut() else { return false };
        let asked = &mut query.questions[question];
        let Some((answer, seconds)) = message::read(message, asked.id, &asked.name, asked.kind) else { return false };
        asked.take(answer, seconds, servers, now);
        if matches!(answer, Answer::Addresses(_) | Answer::NoSuchName | Answer::NoAddress) {
            self.cache.put(&query.name, asked.kind, (answer, asked.seconds), now);
        }
        query.settle(now);
        self.next = self.next.min(query.deadline());
        true
    }
}

/// Sends a question.
fn send<F: Families, C: Card>(
    context: &mut Context<'_, '_, F, C>,
    question: &Question,
    server: SocketAddr,
) -> Result<(), Error> {
    let mut path = context.link.path(server.ip(), None)?;
    let mut buffer = [0; message::MOST_BYTES];
    let bytes = message::question(question.id, &question.name, question.kind, &mut buffer);
    let mut header = Header::udp(question.port, server.port(), (UDP_HEADER_BYTES + bytes) as u16);
    let payload = &[Payload::Borrowed(&buffer[..bytes])];
    context.link.send(context.cards, &mut path, &mut header, &Outgoing::udp(payload), context.now)
}

impl sealed::Sealed for Dns<'_> {}

impl<F: Families> Transport<F> for Dns<'_> {
    fn receive<C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        _: usize,
        frame: &[u8],
        packet: &Packet,
    ) -> bool {
        // Nothing is due, and nothing will be: nothing is asked.
        if packet.protocol != packet::UDP || self.next == Instant::NEVER {
            return false;
        }
        let Some((source, port, length)) = packet.datagram(frame) else { return false };
        let Some((index, question)) = self.find(SocketAddr::new(packet.source, source), port) else { return false };
        let message = packet.payload(frame).get(UDP_HEADER_BYTES..length).unwrap_or_default();
        self.on_answer(index, question, message, context.now)
    }

    fn report(&mut self, _: &mut Pool<'_>, report: &Report, _: &Key) {
        // A server that is not there: the next one is asked at once, for the time of the answer counts as passed.
        if report.protocol == packet::UDP
            && let Some((index, question)) = self.find(report.remote, report.local.port())
            && let Some(query) = self.queries[index].state.as_mut()
        {
            let servers = self.servers.as_slice().len();
            query.questions[question].go_on(servers, true, Error::Unreachable(report.reason), Instant::START);
            self.next = Instant::START;
        }
    }

    fn transmit<C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        if context.now < self.next {
            return;
        }
        for index in 0..self.queries.len() {
            self.go_on(context, index);
        }
        let queries = self.queries.iter().filter_map(|query| query.state.as_ref());
        self.next = queries.map(Query::deadline).fold(Instant::NEVER, Instant::min);
    }

    fn deadline(&self) -> Instant {
        self.next
    }
}

/// `::1`.
const LOCALHOST: [u8; 16] = 1_u128.to_be_bytes();

/// The addresses of a literal, or of this host itself.
fn literal(text: &str, kind: Kind) -> Option<Result<List<IpAddr, MOST_ADDRESSES>, Error>> {
    let of_host = |name: Name| match kind {
        Kind::A => name.is_localhost().then_some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Kind::Aaaa => address::of_octets(LOCALHOST).filter(|_| name.is_localhost()),
    };
    let address = address::parse(text).or_else(|| Name::parse(text).and_then(of_host))?;
    if address.is_ipv4() != (kind == Kind::A) {
        return Some(Err(Error::NoAddress));
    }
    let mut addresses = List::new(address);
    addresses.extend([address]);
    Some(Ok(addresses))
}
