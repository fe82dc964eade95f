//! TCP (RFC 9293): listeners, connections, and the way of a segment to them.

use crate::address::{IpAddr, SocketAddr};
use crate::card::Card;
use crate::families::Families;
use crate::hash::{Key, Purpose};
use crate::packet::{self, Packet};
use crate::pool::{BLOCK_BYTES, Pool};
use crate::report::Report;
use crate::time::{Instant, Micros};
use crate::transport::{Context, Transport, sealed};
use core::time::Duration;

mod acknowledgement;
mod calls;
mod connection;
mod cubic;
mod half_open;
mod input;
mod listener;
mod open;
mod output;
mod pace;
mod reassembly;
mod rtt;
mod scoreboard;
mod segment;
mod sequence;
mod slots;
mod slow;
mod timeout;

pub use half_open::HalfOpen;
pub use listener::{Accepted, ListenerHandle, TcpListener};
pub use slots::TcpSlot;

use connection::{Connection, State};
use input::Outcome;
use segment::{ACK, RST, SYN, Segment};
use sequence::Seq;

/// Twice the longest life of a segment, taken for 30 s (RFC 9293, section 3.4.2, allows for other values).
const TIME_WAIT: Micros = Micros::from_secs(60);
/// How long a peer may go on that nobody listens to.
const ORPHAN_LASTS: Micros = Micros::from_secs(60);
/// Between two acknowledgements that an attacker may have asked for.
const LEAST_CHALLENGE_GAP_MS: u32 = 100;

/// How connections are.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The most bytes that a connection takes before they are read. Less is told to the peer while the pool has less.
    pub receive_window: u32,
    /// The most bytes that a connection keeps until they are acknowledged. What is lasting counts too.
    pub send_buffer: u32,
    /// How long an attempt to connect lasts.
    pub connect_timeout: Duration,
    /// How long nothing may be acknowledged.
    pub user_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            receive_window: 256 * 1024,
            send_buffer: 256 * 1024,
            connect_timeout: Duration::from_secs(60),
            user_timeout: Duration::from_secs(120),
        }
    }
}

impl Config {
    /// RFC 7323, section 2: so that the window fits 16 bits.
    fn window_shift(&self) -> u8 {
        (16..30).position(|bits| self.receive_window < 1 << bits).unwrap_or(14) as u8
    }

    /// Blocks of what came too early: twice the window in whole ones, because they need not be full.
    fn most_waiting_blocks(&self) -> usize {
        self.receive_window as usize / BLOCK_BYTES * 2 + 16
    }
}

/// A connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TcpHandle {
    index: u32,
    generation: u32,
}

/// The memory of TCP.
#[derive(Debug)]
pub struct TcpMemory<'m> {
    /// One for each connection.
    pub slots: &'m mut [TcpSlot],
    /// One for each listener.
    pub listeners: &'m mut [TcpListener],
    /// Half-open connections, before cookies are given.
    pub half_open: &'m mut [HalfOpen],
}

/// All connections and listeners.
pub struct Tcp<'m> {
    slots: slots::Slots<'m>,
    listeners: &'m mut [TcpListener],
    half_open: half_open::Table<'m>,
    config: Config,
    draws: u64,
    /// The connections of the last segments, by their remote ports.
    recent: [u32; RECENT],
}

/// How many connections are found without a hash: those of a batch of segments.
const RECENT: usize = 16;

impl<'m> Tcp<'m> {
    /// Connections and listeners in the memory that is handed in.
    pub fn new(memory: TcpMemory<'m>, config: Config) -> Self {
        Tcp {
            slots: slots::Slots::new(memory.slots),
            listeners: memory.listeners,
            half_open: half_open::Table::new(memory.half_open),
            config,
            draws: 0,
            recent: [0; RECENT],
        }
    }

    /// The most bytes that a connection keeps of what it has received, and of what is to be sent.
    pub fn buffers(&self) -> (u32, u32) {
        (self.config.receive_window, self.config.send_buffer)
    }

    /// How many connections there are, those in TIME-WAIT and those not yet accepted included.
    pub fn connections(&self) -> usize {
        self.slots.iter().count()
    }

    /// How many of them are open: not in TIME-WAIT, and not over.
    pub fn open_connections(&self) -> usize {
        let is_open = |state| !matches!(state, State::TimeWait | State::Closed);
        self.slots.iter().filter(|(_, connection)| is_open(connection.state)).count()
    }

    fn find(&self, hash: u64, local: SocketAddr, remote: SocketAddr) -> Option<usize> {
        self.slots.matches(hash).find(|(_, connection)| is_between(connection, local, remote)).map(|(index, _)| index)
    }

    /// The connection of a segment, and the hash where one was needed: most segments are of a connection that has had one lately.
    #[inline]
    fn find_again(&mut self, key: &Key, local: SocketAddr, remote: SocketAddr) -> (Option<usize>, Option<u64>) {
        let known = self.recent[usize::from(remote.port()) % RECENT] as usize;
        // A connection that has given its address free has port 0.
        let is_it = |connection: &Connection| remote.port() != 0 && is_between(connection, local, remote);
        if self.slots.get(known).is_some_and(is_it) {
            return (Some(known), None);
        }
        let hash = hash(key, local, remote);
        let index = self.find(hash, local, remote);
        if let Some(index) = index {
            self.note_recent(remote, index);
        }
        (index, Some(hash))
    }

    /// A connection has had a segment.
    fn note_recent(&mut self, remote: SocketAddr, index: usize) {
        self.recent[usize::from(remote.port()) % RECENT] = index as u32;
    }

    /// A segment for a connection.
    fn on_segment<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        index: usize,
        segment: &Segment,
        payload: &[u8],
    ) -> Outcome {
        let Some(connection) = self.slots.get_mut(index) else { return Outcome::Taken };
        let una = connection.una;
        let outcome = connection.on_segment(context.pool, &self.config, segment, payload, context.now);
        if connection.una != una {
            // What acknowledges has heard us (RFC 4861, section 7.3.1).
            let path = connection.path;
            context.link.confirm(&path, context.now);
        }
        self.look_after(context.pool, index);
        outcome
    }

    /// After a connection has changed: it is sent for, and then timed, or it is gone.
    fn look_after(&mut self, pool: &mut Pool<'_>, index: usize) {
        let Some(connection) = self.slots.get(index) else { return };
        if connection.is_done() {
            self.slots.remove(pool, index);
            return;
        }
        if connection.is_orphan && connection.state == State::TimeWait {
            self.slots.wait_for_late(index);
        } else if let Some(listener) = connection.requeued_at {
            self.look_after_requeued(index, listener);
        }
        self.slots.activate(index);
    }

    /// A connection that a listener has back is accepted again when there is something to read.
    fn look_after_requeued(&mut self, index: usize, listener: u8) {
        let Some(connection) = self.slots.get_mut(index) else { return };
        if !connection.is_orphan && !connection.is_readable() {
            return;
        }
        connection.requeued_at = None;
        self.slots.set_spare(index, None);
        if let Some(connection) = self.slots.get_mut(index).filter(|connection| !connection.is_orphan) {
            connection.expires_at = Instant::NEVER;
            self.offer(listener.into(), index);
        }
    }

    /// Answers what is of no connection (RFC 9293, section 3.10.7.1).
    fn send_reset<F: Families, C: Card>(
        &self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        packet: &Packet,
        segment: &Segment,
        payload: &[u8],
    ) {
        if segment.has(RST) || !packet.may_be_reported() {
            return;
        }
        let (sequence, acknowledgement, flags) = if segment.has(ACK) {
            (segment.acknowledgement, Seq(0), RST)
        } else {
            (Seq(0), segment.sequence.plus(segment.length(payload)), RST | ACK)
        };
        let reset = Segment {
            source: segment.destination,
            destination: segment.source,
            sequence,
            acknowledgement,
            flags,
            window: 0,
            options: segment::Options::default(),
        };
        if let Some(mut path) = context.link.path_back(card, packet) {
            output::send_bare(context, &mut path, &reset);
        }
    }
}

/// Whether a connection is between these two.
#[inline]
fn is_between(connection: &Connection, local: SocketAddr, remote: SocketAddr) -> bool {
    (connection.remote_port, connection.local_port) == (remote.port(), local.port())
        && connection.path.destination == remote.ip()
        && connection.path.source == local.ip()
}

/// The hash of a connection's addresses and ports.
fn hash(key: &Key, local: SocketAddr, remote: SocketAddr) -> u64 {
    key.place(Purpose::Connection, &[local.ip(), remote.ip()], ports(local, remote))
}

fn ports(local: SocketAddr, remote: SocketAddr) -> u64 {
    u64::from(local.port()) << 16 | u64::from(remote.port())
}

/// RFC 6528: a clock of 4 us, from a place that nobody else knows.
fn initial_sequence(key: &Key, local: SocketAddr, remote: SocketAddr, now: Instant) -> Seq {
    let place = key.hash(Purpose::SequenceNumber, &[local.ip(), remote.ip()], ports(local, remote));
    Seq((place as u32).wrapping_add((now.as_micros() / 4) as u32))
}

/// RFC 7323, section 5.4: so that the clock does not tell how long we are up.
fn timestamp_offset(key: &Key, local: IpAddr, remote: IpAddr) -> u32 {
    key.hash(Purpose::TimestampOffset, &[local, remote], 0) as u32
}

impl sealed::Sealed for Tcp<'_> {}

impl<F: Families> Transport<F> for Tcp<'_> {
    #[inline]
    fn receive<C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        frame: &[u8],
        packet: &Packet,
    ) -> bool {
        if packet.protocol != packet::TCP {
            return false;
        }
        let Some((segment, payload)) = Segment::parse(packet.payload(frame)) else {
            context.link.counters.malformed += 1;
            return true;
        };
        // RFC 1122, section 4.2.3.10: no connection is with a group.
        if !packet.may_be_reported() {
            return true;
        }
        let local = SocketAddr::new(packet.destination, segment.destination);
        let remote = SocketAddr::new(packet.source, segment.source);
        let (index, known_hash) = self.find_again(&context.link.key, local, remote);
        let index = index.filter(|index| !self.is_replaced(context.pool, *index, &segment));
        let outcome = match index {
            Some(index) => self.on_segment(context, index, &segment, payload),
            None if context.link.is_broadcast(card, packet.destination) => Outcome::Taken,
            None => {
                let hash = known_hash.unwrap_or_else(|| hash(&context.link.key, local, remote));
                self.open(context, card, packet, &segment, payload, hash)
            }
        };
        if outcome == Outcome::Reset {
            self.send_reset(context, card, packet, &segment, payload);
        }
        true
    }

    fn report(&mut self, pool: &mut Pool<'_>, report: &Report, key: &Key) {
        if report.protocol != packet::TCP {
            return;
        }
        let hash = hash(key, report.local, report.remote);
        let Some(index) = self.find(hash, report.local, report.remote) else { return };
        if let Some(connection) = self.slots.get_mut(index) {
            connection.on_report(pool, report.reason, Seq(report.sequence));
        }
        self.look_after(pool, index);
    }

    fn transmit<C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        self.answer_again(context);
        if context.pool.has_eased() {
            context.pool.note_told();
            self.slots.wake_writers();
        }
        while let Some(index) = self.slots.pop_due(context.now) {
            if let Some(connection) = self.slots.get_mut(index) {
                connection.on_time(context.pool, &self.config, context.now);
            }
            self.look_after(context.pool, index);
        }
        /// One connection's segments, before another's turn: long enough for a card to cut them in one, short enough to be fair.
        const TURN: u32 = 16;
        let mut without_room = 0;
        while let Some(index) = self.slots.next_active() {
            let Some(connection) = self.slots.get_mut(index) else { continue };
            let card = connection.path.card();
            let mut left = TURN;
            let has_room = loop {
                if !context.cards.get_mut(card).is_some_and(Card::has_room) {
                    break false;
                }
                if left == 0 || !connection.send_one(context, &self.config) {
                    break true;
                }
                left -= 1;
            };
            let deadline = connection.deadline();
            self.slots.schedule(index, deadline);
            if left == 0 || !has_room {
                self.slots.activate(index);
            }
            if !has_room {
                // It has its turn when the card has room again; others may have another card.
                without_room += 1;
                if without_room > self.slots.active_count() {
                    return;
                }
            }
        }
    }

    fn deadline(&self) -> Instant {
        // What a call has changed is sent as soon as there is room.
        let calls = if self.slots.active_count() > 0 { Instant::START } else { Instant::NEVER };
        calls.min(self.slots.first_deadline()).min(self.half_open.deadline())
    }
}

impl Tcp<'_> {
    /// Whether a SYN is of a new connection in place of one in TIME-WAIT, which goes (RFC 6191, section 2).
    fn is_replaced(&mut self, pool: &mut Pool<'_>, index: usize, segment: &Segment) -> bool {
        let Some(connection) = self.slots.get(index) else { return false };
        if connection.state != State::TimeWait || segment.flags & (SYN | ACK | RST) != SYN {
            return false;
        }
        let is_later = match segment.options.timestamps {
            Some((value, _)) if connection.agreed.has_timestamps => (value.wrapping_sub(connection.recent) as i32) > 0,
            _ => false,
        };
        let is_new = is_later || connection.next.is_before(segment.sequence);
        if is_new {
            self.remove_or_forget(pool, index);
        }
        is_new
    }

    /// Ends a connection in TIME-WAIT: its slot is free unless the application has its handle.
    fn remove_or_forget(&mut self, pool: &mut Pool<'_>, index: usize) {
        let Some(connection) = self.slots.get_mut(index) else { return };
        if connection.is_orphan {
            self.slots.remove(pool, index);
        } else {
            connection.finish(pool);
            self.slots.forget_address(index);
        }
    }
}
