//! Opening: a SYN of somebody else's, the acknowledgement that completes it, and our own.

use super::connection::{New, Spare, State};
use super::half_open::{self, Entry};
use super::input::Outcome;
use super::segment::{ACK, Options, RST, SYN, Segment};
use super::{Config, Tcp, TcpHandle, hash, initial_sequence, output, timestamp_offset};
use crate::address::SocketAddr;
use crate::card::Card;
use crate::counters::Tally;
use crate::error::Error;
use crate::families::Families;
use crate::hash::Purpose;
use crate::packet::Packet;
use crate::time::{Instant, Micros};
use crate::transport::Context;

/// How long cookies are believed after the last one was given.
const COOKIES_LAST: Micros = Micros::from_secs(128);

/// RFC 6335, section 6.
const FIRST_EPHEMERAL: u16 = 49152;

impl Tcp<'_> {
    /// A segment that is of no connection yet.
    pub(super) fn open<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        packet: &Packet,
        segment: &Segment,
        payload: &[u8],
        hash: u64,
    ) -> Outcome {
        let local = SocketAddr::new(packet.destination, segment.destination);
        let at = self.half_open.find(hash, packet, segment);
        if segment.has(RST) {
            // RFC 5961, section 3.2: exact.
            if let Some(at) = at
                && self.half_open.get(at).is_some_and(|entry| segment.sequence == entry.peer_initial.plus(1))
            {
                self.half_open.remove(at);
            }
            return Outcome::Taken;
        }
        let Some(listener) = self.listener_at(local) else { return Outcome::Reset };
        match segment.flags & (SYN | ACK) {
            SYN => {
                self.on_syn(context, card, packet, segment, (hash, at, listener));
                Outcome::Taken
            }
            ACK => self.on_completion(context, card, packet, segment, payload, (hash, at, listener)),
            // RFC 9293, section 3.10.7.2: an acknowledgement of what was never sent.
            0 => Outcome::Taken,
            _ => Outcome::Reset,
        }
    }

    /// Answers a SYN.
    fn on_syn<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        packet: &Packet,
        segment: &Segment,
        (hash, at, listener): (u64, Option<usize>, usize),
    ) {
        let Some(path) = context.link.path_back(card, packet) else { return };
        if let Some(at) = at {
            match self.half_open.get(at).copied() {
                Some(entry) if entry.peer_initial == segment.sequence => {
                    answer(context, &self.config, &entry, false);
                    return;
                }
                _ => self.half_open.remove(at),
            }
        }
        if self.is_backlog_full(listener) {
            context.link.tally.count(|traffic| traffic.turned_away += 1);
            return;
        }
        let remote = SocketAddr::new(packet.source, segment.source);
        let local = SocketAddr::new(packet.destination, segment.destination);
        let initial = initial_sequence(&context.link.key, local, remote, context.now);
        let mut entry = Entry::new(&context.link.key, path, segment, initial);
        if self.half_open.insert(hash, entry, context.now).is_some() {
            answer(context, &self.config, &entry, false);
            return;
        }
        self.half_open.overflowed_at = Some(context.now);
        entry.initial = half_open::cookie(&context.link.key, packet, segment, context.now);
        if segment.options.timestamps.is_none() {
            // There is no place to keep them in.
            entry.options = Options { mss: segment.options.mss, ..Options::default() };
        }
        answer(context, &self.config, &entry, true);
    }

    /// The acknowledgement of a SYN that was answered, or of nothing.
    fn on_completion<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        packet: &Packet,
        segment: &Segment,
        payload: &[u8],
        (hash, at, listener): (u64, Option<usize>, usize),
    ) -> Outcome {
        let Some(entry) = self.completed(context, card, packet, segment, at) else { return Outcome::Reset };
        if self.is_backlog_full(listener) || !(self.slots.has_room() || self.make_room(context)) {
            // It is sent again, by them or by us.
            context.link.tally.count(|traffic| traffic.turned_away += 1);
            return Outcome::Taken;
        }
        let local = SocketAddr::new(packet.destination, segment.destination);
        let remote = SocketAddr::new(packet.source, segment.source);
        let now = context.now;
        let mut path = context.link.path(packet.source, Some(packet.destination)).unwrap_or(entry.path);
        context.link.learn(context.cards, &mut path, packet.source_mac, now);
        let new = New {
            path: &path,
            ports: (local.port(), remote.port()),
            initial: entry.initial,
            state: State::Established,
            timestamp_offset: entry.timestamp_offset,
            now,
        };
        let Some((index, connection)) = self.slots.insert(hash, new) else { return Outcome::Taken };
        context.link.tally.count(|traffic| traffic.accepted += 1);
        connection.nxt = entry.initial.plus(1);
        connection.una = connection.nxt;
        (connection.lost_until, connection.resent, connection.resent_mark) =
            (connection.una, connection.una, connection.una);
        connection.next = entry.peer_initial.plus(1);
        connection.last_acknowledged = connection.next;
        connection.agree(&entry.options, &self.config, now);
        connection.told = connection.next.plus(usize::from(told_window(&self.config)));
        connection.set_window(segment, u32::from(segment.window) << connection.agreed.send_shift);
        connection.begin();
        if let Some(at) = at {
            self.half_open.remove(at);
        }
        self.note_recent(remote, index);
        self.offer(listener, index);
        self.on_segment(context, index, segment, payload)
    }

    /// What was kept of the SYN that a segment completes: in the table, or in a cookie.
    fn completed<F: Families, C: Card>(
        &self,
        context: &Context<'_, '_, F, C>,
        card: usize,
        packet: &Packet,
        segment: &Segment,
        at: Option<usize>,
    ) -> Option<Entry> {
        if let Some(entry) = at.and_then(|at| self.half_open.get(at)) {
            let is_next =
                segment.sequence.is_at_most(entry.peer_initial.plus(1 + usize::from(told_window(&self.config))));
            let is_right = segment.acknowledgement == entry.initial.plus(1);
            return (is_right && is_next && entry.peer_initial.is_before(segment.sequence)).then_some(*entry);
        }
        let overflowed_at = self.half_open.overflowed_at?;
        if context.now.micros_since(overflowed_at) > COOKIES_LAST {
            return None;
        }
        let mss = half_open::open_cookie(&context.link.key, packet, segment, context.now)?;
        let path = context.link.path_back(card, packet)?;
        let mut entry = Entry::new(&context.link.key, path, segment, segment.acknowledgement.minus(1));
        entry.peer_initial = segment.sequence.minus(1);
        entry.options = match segment.options.timestamps {
            Some((value, echo)) => half_open::options_of(echo.wrapping_sub(entry.timestamp_offset), value, mss),
            None => Options { mss: Some(mss), ..Options::default() },
        };
        Some(entry)
    }

    /// Frees the slot of a connection that can be spared: of one in TIME-WAIT, else of one that has been idle for a while; the oldest of
    /// them. Whether there was one.
    fn make_room<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) -> bool {
        /// Who has just answered is about to ask again.
        const LEAST_IDLE: Micros = Micros::from_secs(1);
        if let Some(index) = self.slots.first_spare(Spare::TimeWait) {
            self.slots.remove(context.pool, index);
            return self.slots.has_room();
        }
        let Some(index) = self.slots.first_spare(Spare::Idle) else { return false };
        let heard_at = self.slots.get(index).map_or(Instant::NEVER, |connection| connection.heard_at);
        if context.now.micros_since(heard_at) < LEAST_IDLE {
            return false;
        }
        self.end(context, index);
        self.slots.has_room()
    }

    /// Answers those again who have not completed.
    pub(super) fn answer_again<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        let Tcp { half_open, config, .. } = self;
        half_open.expire(context.now, |entry| {
            context.link.tally.count(|traffic| traffic.retransmitted += 1);
            answer(context, config, entry, false);
        });
    }

    /// Connects, from an address and port of ours or from those that fit. It is under way when this returns: a wake of the writer
    /// tells that it is there, or failed.
    ///
    /// # Errors
    ///
    /// [`Error::NoRoute`], [`Error::NoMemory`], [`Error::AddressInUse`], [`Error::AddressNotAvailable`].
    pub fn connect<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        local: Option<SocketAddr>,
        remote: SocketAddr,
    ) -> Result<TcpHandle, Error> {
        if remote.port() == 0 || remote.ip().is_multicast() || remote.ip().is_unspecified() {
            return Err(Error::AddressNotAvailable);
        }
        let bound = local.map(|local| local.ip()).filter(|address| !address.is_unspecified());
        if bound.is_some_and(|address| !context.link.is_local(address)) {
            return Err(Error::AddressNotAvailable);
        }
        let path = context.link.path(remote.ip(), bound)?;
        if path.next == crate::path::NextHop::Card(crate::Mac::BROADCAST) {
            return Err(Error::AddressNotAvailable);
        }
        if !(self.slots.has_room() || self.make_room(context)) {
            return Err(Error::NoMemory);
        }
        let port = match local.map_or(0, |local| local.port()) {
            0 => self.draw_port(context, path.source, remote)?,
            port => port,
        };
        let local = SocketAddr::new(path.source, port);
        let hash = hash(&context.link.key, local, remote);
        if self.find(hash, local, remote).is_some() {
            return Err(Error::AddressInUse);
        }
        let initial = initial_sequence(&context.link.key, local, remote, context.now);
        let new = New {
            path: &path,
            ports: (port, remote.port()),
            initial,
            state: State::SynSent,
            timestamp_offset: timestamp_offset(&context.link.key, local.ip(), remote.ip()),
            now: context.now,
        };
        let (index, _) = self.slots.insert(hash, new).ok_or(Error::NoMemory)?;
        context.link.tally.count(|traffic| traffic.connecting += 1);
        self.look_after(context.pool, index);
        Ok(TcpHandle { index: index as u32, generation: self.slots.generation(index).ok_or(Error::NoMemory)? })
    }

    /// RFC 6056, section 3.3.1: random ports, until one is free.
    fn draw_port<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        source: crate::address::IpAddr,
        remote: SocketAddr,
    ) -> Result<u16, Error> {
        const ATTEMPTS: u32 = 64;
        for _ in 0..ATTEMPTS {
            let port = FIRST_EPHEMERAL | context.draw(&mut self.draws, Purpose::Port, &[remote.ip()]) as u16;
            let local = SocketAddr::new(source, port);
            let hash = hash(&context.link.key, local, remote);
            if self.find(hash, local, remote).is_none() && self.listener_at(local).is_none() {
                return Ok(port);
            }
        }
        Err(Error::AddressInUse)
    }
}

/// The window of the answer to a SYN, which is never scaled.
fn told_window(config: &Config) -> u16 {
    u16::try_from(config.receive_window).unwrap_or(u16::MAX)
}

/// Sends the answer to a SYN; with a cookie, its timestamp has the options in it.
fn answer<F: Families, C: Card>(context: &mut Context<'_, '_, F, C>, config: &Config, entry: &Entry, is_cookie: bool) {
    let now = context.now;
    let clock = milliseconds(now);
    let clock = if is_cookie { half_open::timestamp_with(clock, &entry.options) } else { clock };
    let options = Options {
        mss: Some(entry.path.mtu.saturating_sub(super::connection::header_bytes(entry.path.destination))),
        window_shift: entry.options.window_shift.map(|_| config.window_shift()),
        may_sack: entry.options.may_sack,
        timestamps: entry.options.timestamps.map(|(value, _)| (entry.timestamp_offset.wrapping_add(clock), value)),
        ..Options::default()
    };
    let segment = Segment {
        source: entry.local_port,
        destination: entry.remote_port,
        sequence: entry.initial,
        acknowledgement: entry.peer_initial.plus(1),
        flags: SYN | ACK,
        window: told_window(config),
        options,
    };
    let mut path = entry.path;
    output::send_bare(context, &mut path, &segment);
}

/// The clock of timestamps, before its offset.
fn milliseconds(now: Instant) -> u32 {
    (now.as_micros() / 1000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a cookie's timestamp says is what the SYN has said, and no later than now.
    #[test]
    fn options_survive_in_a_timestamp() {
        for timestamp in [0, 31, 32, 1000, u32::MAX] {
            for (window_shift, may_sack) in [(None, false), (Some(0), true), (Some(14), false)] {
                let options = Options { window_shift, may_sack, ..Options::default() };
                let with = half_open::timestamp_with(timestamp, &options);
                assert!(timestamp.wrapping_sub(with) < 64);
                let read = half_open::options_of(with, 7, 1460);
                assert_eq!((read.window_shift, read.may_sack, read.mss), (window_shift, may_sack, Some(1460)));
            }
        }
        assert_eq!(milliseconds(Instant::from_micros(2_000)), 2);
    }
}
