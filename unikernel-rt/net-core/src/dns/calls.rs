//! What an application asks of the resolver.

use super::cache::{Cache, DnsEntry};
use super::message::{self, Answer, Kind};
use super::name::Name;
use super::query::{DnsQuery, Query, Question};
use super::{Dns, DnsAddresses, literal};
use crate::address::{self, IpAddr, SocketAddr};
use crate::error::Error;
use crate::families::Families;
use crate::list::List;
use crate::time::Instant;
use crate::transport::Context;
use crate::wakers;
use core::net::Ipv4Addr;
use core::task::Waker;

/// A name that is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DnsHandle {
    index: u32,
    generation: u32,
}

/// The families whose addresses are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DnsFamilies {
    /// IPv4 alone.
    Ipv4,
    /// IPv6 alone.
    Ipv6,
    /// Both, side by side, where the stack speaks both.
    Any,
}

impl<'m> Dns<'m> {
    /// A resolver that asks for as many names at once, and keeps as many answers, as there is memory handed in for.
    pub fn new(queries: &'m mut [DnsQuery], cache: &'m mut [DnsEntry]) -> Self {
        let servers = List::new(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
        Dns { servers, queries, cache: Cache { entries: cache }, next: Instant::NEVER, draws: 0 }
    }

    /// Sets who is asked, in this order; four at most. What is being asked is asked of them from now on.
    pub fn set_servers(&mut self, servers: impl IntoIterator<Item = SocketAddr>) {
        let mut list = List::new(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
        list.extend(servers);
        if list == self.servers {
            return;
        }
        self.servers = list;
        for query in self.queries.iter_mut().filter_map(|query| query.state.as_mut()) {
            for question in query.questions.iter_mut().filter(|question| question.result.is_none()) {
                *question = Question::new(question.kind, query.name, Instant::START);
                self.next = Instant::START;
            }
        }
    }

    /// Begins to ask for the addresses of a name; of a literal address, and of what is kept, the answer is there at once.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidName`]; [`Error::NoMemory`] where as many names are being asked for as can be.
    pub fn resolve<F: Families, C>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        name: &str,
        families: DnsFamilies,
    ) -> Result<DnsHandle, Error> {
        let now = context.now;
        // A literal of IPv6 is no name.
        let parsed = Name::parse(name).or_else(|| address::parse(name).map(|_| Name::ROOT));
        let asked = parsed.ok_or(Error::InvalidName)?;
        let index = self.queries.iter().position(|query| query.state.is_none()).ok_or(Error::NoMemory)?;
        let questions = [Kind::A, Kind::Aaaa].map(|kind| {
            let mut question = Question::new(kind, asked, now);
            let is_wanted = match kind {
                Kind::A => families != DnsFamilies::Ipv6,
                Kind::Aaaa => families != DnsFamilies::Ipv4 && F::IPV6,
            };
            if !is_wanted {
                question.finish(Err(Error::NoAddress));
            } else if let Some(result) = literal(name, kind) {
                question.finish(result);
            } else if let Some(answer) = self.cache.get(&asked, kind, now) {
                question.take(answer, 0, 0, now);
            }
            question
        });
        let mut query = Query { name: asked, questions, waker: None, first_at: None, told: 0 };
        query.settle(now);
        self.next = self.next.min(query.deadline());
        let place = &mut self.queries[index];
        place.state = Some(query);
        Ok(DnsHandle { index: index as u32, generation: place.generation })
    }

    fn query(&mut self, handle: DnsHandle) -> Result<&mut Query, Error> {
        let query = self.queries.get_mut(handle.index as usize).ok_or(Error::BadHandle)?;
        if query.generation != handle.generation {
            return Err(Error::BadHandle);
        }
        query.state.as_mut().ok_or(Error::BadHandle)
    }

    /// The addresses, in the order in which they are to be tried (RFC 8305, section 4). Those of IPv6 are waited for a little when those of IPv4
    /// are there. Where they come still later, who calls again gets all; where none come, the same as before when that is known.
    ///
    /// # Errors
    ///
    /// [`Error::WouldBlock`] while the answer is waited for, or more than was told. [`Error::NoSuchName`] where there is no such name, [`Error::NoAddress`] where
    /// it has no address of the families that are wanted; [`Error::TimedOut`] where nobody has answered, [`Error::ServerFailed`] where all
    /// servers have said that they cannot, [`Error::NoRoute`] and [`Error::Unreachable`] where none can be asked. [`Error::Truncated`] where
    /// the answer is longer than a datagram: see [`Dns::tcp_request`]. [`Error::BadHandle`].
    pub fn addresses(&mut self, handle: DnsHandle, now: Instant) -> Result<DnsAddresses, Error> {
        let query = self.query(handle)?;
        if query.told_at() > now {
            return Err(Error::WouldBlock);
        }
        let addresses = query.addresses()?;
        query.told = addresses.as_slice().len();
        Ok(addresses)
    }

    /// Has a task woken once, when [`Dns::addresses`] says something else than [`Error::WouldBlock`].
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn register(&mut self, handle: DnsHandle, waker: &Waker) -> Result<(), Error> {
        let query = self.query(handle)?;
        wakers::keep(&mut query.waker, waker);
        let deadline = query.deadline();
        self.next = self.next.min(deadline);
        Ok(())
    }

    /// After [`Error::Truncated`]: whom to connect to, and what to send there, which is written to the buffer; how many bytes.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`]; [`Error::WouldBlock`] where nothing has to be asked so; [`Error::NoMemory`] where the buffer has less than 273
    /// bytes.
    pub fn tcp_request(&mut self, handle: DnsHandle, buffer: &mut [u8]) -> Result<(SocketAddr, usize), Error> {
        let servers = self.servers;
        let query = self.query(handle)?;
        let is_wanted = |question: &&Question| question.result == Some(Err(Error::Truncated));
        let question = query.questions.iter().find(is_wanted).ok_or(Error::WouldBlock)?;
        let server = servers.as_slice().get(question.server).ok_or(Error::NoRoute)?;
        let (length, rest) = buffer.split_first_chunk_mut::<2>().ok_or(Error::NoMemory)?;
        let message = rest.first_chunk_mut::<{ message::MOST_BYTES }>().ok_or(Error::NoMemory)?;
        let bytes = message::question(question.id, &question.name, question.kind, message);
        *length = (bytes as u16).to_be_bytes();
        Ok((*server, 2 + bytes))
    }

    /// Takes what has come by TCP, without the two bytes of its length. The addresses are then there, or the other family is to be asked for
    /// in the same way: where there are still none, [`Dns::addresses`] says [`Error::Truncated`] again.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`]; [`Error::ServerFailed`] where it is no answer to what was asked.
    pub fn tcp_answer(&mut self, handle: DnsHandle, message: &[u8], now: Instant) -> Result<(), Error> {
        let query = self.query(handle)?;
        let is_wanted = |question: &Question| question.result == Some(Err(Error::Truncated));
        let at = query.questions.iter().position(is_wanted).ok_or(Error::ServerFailed)?;
        let question = &query.questions[at];
        // An answer by TCP that says again that it is cut would be asked for without end.
        match message::read(message, question.id, &question.name, question.kind) {
            None | Some((Answer::Truncated, _)) => Err(Error::ServerFailed),
            Some(_) => {
                self.on_answer(handle.index as usize, at, message, now);
                Ok(())
            }
        }
    }

    /// Ends it, whether or not there is an answer. What is kept is kept.
    ///
    /// # Errors
    ///
    /// [`Error::BadHandle`].
    pub fn close(&mut self, handle: DnsHandle) -> Result<(), Error> {
        self.query(handle)?;
        let query = &mut self.queries[handle.index as usize];
        query.state = None;
        query.generation = query.generation.wrapping_add(1);
        Ok(())
    }
}
