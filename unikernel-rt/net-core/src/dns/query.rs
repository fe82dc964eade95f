//! A name that is asked for: one question for each family, each with its own server, number and port.

use super::DnsAddresses;
use super::message::{Answer, Kind, MOST_ADDRESSES, MOST_ALIASES};
use super::name::Name;
use crate::address::IpAddr;
use crate::error::Error;
use crate::list::List;
use crate::time::Instant;
use crate::wakers;
use core::net::Ipv4Addr;
use core::task::Waker;
use core::time::Duration;

/// How often each server is asked.
const ROUNDS: u8 = 3;
/// How long the first answer is waited for; twice as long in the next round.
const FIRST_TIMEOUT: Duration = Duration::from_secs(1);
/// RFC 8305, section 3: addresses of IPv6 are waited for after those of IPv4 have come.
const RESOLUTION_DELAY: Duration = Duration::from_millis(50);

/// The memory of one name that is asked for.
#[derive(Debug)]
pub struct DnsQuery {
    pub(super) generation: u32,
    pub(super) state: Option<Query>,
}

impl DnsQuery {
    /// A query of nobody.
    pub const FREE: DnsQuery = DnsQuery { generation: 0, state: None };
}

#[derive(Debug)]
pub(super) struct Query {
    pub(super) name: Name,
    pub(super) questions: [Question; 2],
    pub(super) waker: Option<Waker>,
    /// When the first addresses have come.
    pub(super) first_at: Option<Instant>,
    /// How many addresses have been told.
    pub(super) told: usize,
}

/// What is asked of a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) kind: Kind,
    /// The name, or what stands for it.
    pub(super) name: Name,
    pub(super) aliases: u8,
    /// For how long the aliases may be kept.
    pub(super) seconds: u32,
    pub(super) id: u16,
    pub(super) port: u16,
    /// Which server was asked last, and how often all were.
    pub(super) server: usize,
    pub(super) round: u8,
    /// Servers that have failed in this round.
    pub(super) failed: usize,
    pub(super) is_sent: bool,
    /// When it is asked again.
    pub(super) next: Instant,
    /// What has come of it; `None` while it is asked.
    pub(super) result: Option<Result<List<IpAddr, MOST_ADDRESSES>, Error>>,
}

impl Question {
    pub(super) fn new(kind: Kind, name: Name, now: Instant) -> Self {
        Question {
            kind,
            name,
            aliases: 0,
            seconds: u32::MAX,
            id: 0,
            port: 0,
            server: 0,
            round: 0,
            failed: 0,
            is_sent: false,
            next: now,
            result: None,
        }
    }

    pub(super) fn finish(&mut self, result: Result<List<IpAddr, MOST_ADDRESSES>, Error>) {
        (self.result, self.next, self.is_sent) = (Some(result), Instant::NEVER, false);
    }

    pub(super) fn timeout(&self) -> Duration {
        FIRST_TIMEOUT * (1 << self.round)
    }

    /// Goes on to the next server, or ends with the error.
    pub(super) fn go_on(&mut self, servers: usize, has_failed: bool, error: Error, now: Instant) {
        self.is_sent = false;
        self.failed += usize::from(has_failed);
        self.server += 1;
        self.next = now;
        if self.server >= servers {
            // Where all say that they cannot answer, to ask again at once would change nothing.
            if self.failed >= servers || self.round + 1 == ROUNDS {
                return self.finish(Err(error));
            }
            (self.server, self.failed) = (0, 0);
            self.round += 1;
        }
    }

    /// Takes the answer of its server.
    pub(super) fn take(&mut self, answer: Answer, seconds: u32, servers: usize, now: Instant) {
        self.seconds = self.seconds.min(seconds);
        match answer {
            Answer::Addresses(addresses) => self.finish(Ok(addresses)),
            Answer::NoSuchName => self.finish(Err(Error::NoSuchName)),
            Answer::NoAddress => self.finish(Err(Error::NoAddress)),
            Answer::Truncated => self.finish(Err(Error::Truncated)),
            Answer::Alias(name) if self.aliases < MOST_ALIASES => {
                let (aliases, seconds) = (self.aliases + 1, self.seconds);
                *self = Question { aliases, seconds, server: self.server, ..Question::new(self.kind, name, now) };
            }
            Answer::Alias(_) => self.finish(Err(Error::ServerFailed)),
            Answer::Failed => self.go_on(servers, true, Error::ServerFailed, now),
        }
    }

    pub(super) fn addresses(&self) -> &[IpAddr] {
        match &self.result {
            Some(Ok(addresses)) => addresses.as_slice(),
            _ => &[],
        }
    }
}

impl Query {
    pub(super) fn is_finished(&self) -> bool {
        self.questions.iter().all(|question| question.result.is_some())
    }

    fn has_addresses(&self, kind: Kind) -> bool {
        self.questions.iter().any(|question| question.kind == kind && !question.addresses().is_empty())
    }

    fn count(&self) -> usize {
        self.questions.iter().map(|question| question.addresses().len()).sum()
    }

    /// When what is there is told, without waiting for the rest (RFC 8305, section 3).
    pub(super) fn told_at(&self) -> Instant {
        match self.first_at {
            _ if self.is_finished() => Instant::START,
            _ if self.told > 0 && self.count() == self.told => Instant::NEVER,
            _ if self.has_addresses(Kind::Aaaa) => Instant::START,
            Some(first) => first + RESOLUTION_DELAY,
            None => Instant::NEVER,
        }
    }

    /// Takes note of what has come, and wakes who waits for it.
    pub(super) fn settle(&mut self, now: Instant) {
        if self.first_at.is_none() && (self.has_addresses(Kind::A) || self.has_addresses(Kind::Aaaa)) {
            self.first_at = Some(now);
        }
        if self.told_at() <= now {
            wakers::wake(&mut self.waker);
        }
    }

    /// When something is to be done.
    pub(super) fn deadline(&self) -> Instant {
        let told = if self.waker.is_some() { self.told_at() } else { Instant::NEVER };
        self.questions.iter().map(|question| question.next).fold(told, Instant::min)
    }

    /// The addresses, of both families in turns and those of IPv6 first (RFC 8305, section 4), or why there are none.
    pub(super) fn addresses(&self) -> Result<DnsAddresses, Error> {
        let mut addresses = List::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        for at in 0..MOST_ADDRESSES {
            addresses.extend(self.questions.iter().rev().filter_map(|question| question.addresses().get(at).copied()));
        }
        if !addresses.as_slice().is_empty() {
            return Ok(addresses);
        }
        // The error that says most: "there is more, by TCP" before "there is none" before "nobody has answered".
        let errors = || self.questions.iter().filter_map(|question| question.result?.err());
        let order = [Error::Truncated, Error::NoSuchName, Error::ServerFailed, Error::TimedOut, Error::NoRoute];
        let worst = order.into_iter().find(|error| errors().any(|other| other == *error));
        Err(worst.or_else(|| errors().next()).unwrap_or(Error::NoAddress))
    }
}
