//! One connection: its variables (RFC 9293, section 3.3.1), and what the application sees of them.

use super::cubic::Cubic;
use super::pace::Pace;
use super::reassembly::Reassembly;
use super::rtt::{RoundTrip, Timing};
use super::scoreboard::Scoreboard;
use super::segment::Options;
use super::sequence::Seq;
use crate::address::{IpAddr, SocketAddr};
use crate::card::Payload;
use crate::error::Error;
use crate::path::Path;
use crate::pool::{BLOCK_BYTES, Cursor, Pool, Queue};
use crate::readiness::Readiness;
use crate::report::Reason;
use crate::time::{Instant, Micros};
use crate::wakers;
use core::num::{NonZeroU16, NonZeroU32};
use core::task::Waker;

/// The states of RFC 9293, section 3.3.2. LISTEN is a listener's; passive connections begin in a table of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    SynSent,
    /// Of two that have opened at the same time.
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
    Closed,
}

impl State {
    pub(super) fn is_synchronized(self) -> bool {
        !matches!(self, State::SynSent | State::SynReceived | State::Closed)
    }

    /// Whether the peer may still send.
    pub(super) fn receives(self) -> bool {
        matches!(self, State::Established | State::FinWait1 | State::FinWait2)
    }
}

/// What the timer of the sending side is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Timer {
    Retransmit,
    /// RFC 8985, section 7.
    TailProbe,
    /// RFC 9293, section 3.8.6.1.
    WindowProbe,
}

/// Both sides of it agreed on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreed {
    /// The most bytes of a segment, options included, that the peer takes.
    pub(super) peer_mss: u16,
    pub(super) send_shift: u8,
    pub(super) receive_shift: u8,
    pub(super) may_sack: bool,
    pub(super) has_timestamps: bool,
}

pub(super) struct Connection {
    pub(super) hash: u64,
    pub(super) local_port: u16,
    pub(super) remote_port: u16,
    pub(super) path: Path,
    pub(super) state: State,
    pub(super) agreed: Agreed,

    pub(super) initial: Seq,
    pub(super) una: Seq,
    /// After the last that was ever sent: retransmissions have a place of their own.
    pub(super) nxt: Seq,
    pub(super) send_window: u32,
    pub(super) most_send_window: u32,
    /// Of the segment that the window is from.
    pub(super) window_sequence: Seq,
    pub(super) window_acknowledgement: Seq,
    pub(super) send: Queue,
    pub(super) cursor: Cursor,
    pub(super) mss: u16,
    pub(super) has_sent_close: bool,

    pub(super) next: Seq,
    /// The right edge of the window that was told.
    pub(super) told: Seq,
    pub(super) last_acknowledged: Seq,
    pub(super) received: Reassembly,
    /// Where the peer's FIN is, once it has come.
    pub(super) end: Option<Seq>,

    pub(super) timestamp_offset: u32,
    pub(super) recent: u32,
    pub(super) recent_at: Instant,

    pub(super) trip: RoundTrip,
    pub(super) timing: Option<Timing>,
    pub(super) congestion: Cubic,
    /// The most bytes that were on the way at once in a round, and where the round ends.
    pub(super) flown: (u32, Seq),
    pub(super) scoreboard: Scoreboard,
    /// Where the recovery ends that is under way.
    pub(super) recovery: Option<Seq>,
    pub(super) lost_until: Seq,
    /// What of the lost was sent again (HighRxt of RFC 6675).
    pub(super) resent: Seq,
    /// What had been sent when the first hole was sent again.
    pub(super) resent_mark: Seq,
    pub(super) duplicates: u8,
    /// Up to where everything was sent when the tail was probed, until it is known what came of it.
    pub(super) tail_probe: Option<Seq>,
    pub(super) is_tail_resent: bool,

    pub(super) timer: Timer,
    pub(super) timer_at: Instant,
    pub(super) acknowledge_at: Instant,
    pub(super) expires_at: Instant,
    /// Since when nothing that was sent was acknowledged.
    pub(super) stalled_since: Instant,
    pub(super) heard_at: Instant,
    /// When an acknowledgement was last sent that an attacker may have asked for, in milliseconds.
    pub(super) challenged_at_ms: u32,
    /// Seconds of silence before the peer is asked whether it is there.
    pub(super) keep_alive: Option<NonZeroU32>,
    pub(super) keep_alive_probes: u8,

    pub(super) must_acknowledge: bool,
    pub(super) must_probe: bool,
    pub(super) must_send_syn: bool,
    pub(super) must_keep_alive: bool,
    pub(super) unacknowledged_segments: u8,
    pub(super) no_delay: bool,
    /// Nobody has a handle of it.
    pub(super) is_orphan: bool,

    pub(super) error: Option<Error>,
    pub(super) soft_error: Option<Reason>,
    pub(super) read_waker: Option<Waker>,
    pub(super) write_waker: Option<Waker>,
    /// The one behind it at its listener, or the ones around it among those that can be spared.
    pub(super) after: u32,
    pub(super) before: u32,
    /// Among which of these it is.
    pub(super) spare: Option<Spare>,
    /// The listener that has it again once there is something to read.
    pub(super) requeued_at: Option<u8>,
    /// Seconds for which nothing may be acknowledged, if not as long as others.
    pub(super) user_timeout: Option<NonZeroU16>,
    pub(super) pace: Pace,
}

/// Why a connection can be spared where there is no room for another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Spare {
    /// It is over, and waits for what is late.
    TimeWait,
    /// The application waits for the peer, which says nothing.
    Idle,
}

/// What a connection begins with.
pub(super) struct New<'a> {
    pub(super) path: &'a Path,
    /// Ours and the peer's.
    pub(super) ports: (u16, u16),
    pub(super) initial: Seq,
    pub(super) state: State,
    pub(super) timestamp_offset: u32,
    pub(super) now: Instant,
}

impl core::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{} to {} ({:?})", self.local(), self.remote(), self.state)
    }
}

impl Connection {
    /// One that has sent nothing yet.
    pub(super) fn new(hash: u64, New { path, ports, initial, state, timestamp_offset, now }: New<'_>) -> Self {
        let agreed = Agreed { peer_mss: 536, send_shift: 0, receive_shift: 0, may_sack: false, has_timestamps: false };
        let mut connection = Connection {
            hash,
            local_port: ports.0,
            remote_port: ports.1,
            path: *path,
            state,
            agreed,
            initial,
            una: initial,
            nxt: initial,
            send_window: 0,
            most_send_window: 0,
            window_sequence: Seq(0),
            window_acknowledgement: initial,
            send: Queue::EMPTY,
            cursor: Cursor::NONE,
            mss: 536,
            has_sent_close: false,
            next: Seq(0),
            told: Seq(0),
            last_acknowledged: Seq(0),
            received: Reassembly::EMPTY,
            end: None,
            timestamp_offset,
            recent: 0,
            recent_at: now,
            trip: RoundTrip::UNKNOWN,
            timing: None,
            congestion: Cubic::new(536),
            flown: (0, initial),
            scoreboard: Scoreboard::EMPTY,
            recovery: None,
            lost_until: initial,
            resent: initial,
            resent_mark: initial,
            duplicates: 0,
            tail_probe: None,
            is_tail_resent: false,
            timer: Timer::Retransmit,
            timer_at: Instant::NEVER,
            acknowledge_at: Instant::NEVER,
            expires_at: Instant::NEVER,
            stalled_since: now,
            heard_at: now,
            challenged_at_ms: ((now.as_micros() / 1_000) as u32).wrapping_sub(super::LEAST_CHALLENGE_GAP_MS),
            keep_alive: None,
            keep_alive_probes: 0,
            must_acknowledge: false,
            must_probe: false,
            must_send_syn: state == State::SynSent,
            must_keep_alive: false,
            unacknowledged_segments: 0,
            no_delay: false,
            is_orphan: false,
            error: None,
            soft_error: None,
            read_waker: None,
            write_waker: None,
            after: crate::chains::NONE,
            before: crate::chains::NONE,
            spare: None,
            requeued_at: None,
            user_timeout: None,
            pace: Pace::new(initial),
        };
        connection.set_mss();
        connection
    }

    pub(super) fn local(&self) -> SocketAddr {
        SocketAddr::new(self.path.source, self.local_port)
    }

    pub(super) fn remote(&self) -> SocketAddr {
        SocketAddr::new(self.path.destination, self.remote_port)
    }

    /// The most bytes of a segment with its options, by what the peer takes and what the path does.
    pub(super) fn set_mss(&mut self) {
        let headers = header_bytes(self.path.destination);
        self.mss = self.agreed.peer_mss.min(self.path.mtu.saturating_sub(headers)).max(48);
        self.congestion.on_segment_size(self.segment_bytes() as u32);
    }

    /// What was agreed on in the handshake is known: the congestion window begins.
    pub(super) fn begin(&mut self) {
        self.set_mss();
        self.congestion = Cubic::new(self.segment_bytes() as u32);
    }

    /// The most bytes of data in a segment.
    pub(super) fn segment_bytes(&self) -> usize {
        const TIMESTAMPS: usize = 12;
        usize::from(self.mss) - if self.agreed.has_timestamps { TIMESTAMPS } else { 0 }
    }

    /// After the last byte that the application has written. There is none before the handshake is over.
    pub(super) fn queue_end(&self) -> Seq {
        self.una.plus(self.send.len()).minus(usize::from(self.is_fin_acknowledged()))
    }

    /// Whether the FIN was sent.
    pub(super) fn is_fin_sent(&self) -> bool {
        matches!(self.state, State::FinWait1 | State::FinWait2 | State::Closing | State::LastAck | State::TimeWait)
    }

    fn is_fin_acknowledged(&self) -> bool {
        matches!(self.state, State::FinWait2 | State::TimeWait)
    }

    pub(super) fn in_flight(&self) -> usize {
        self.nxt.since(self.una)
    }

    /// The clock of the timestamps option, in milliseconds (RFC 7323, section 5.4).
    pub(super) fn timestamp(&self, now: Instant) -> u32 {
        self.timestamp_offset.wrapping_add((now.as_micros() / 1000) as u32)
    }

    /// The window to tell: what memory allows, and never less than was told (RFC 9293, section 3.8.6.2.2, the receiver's part).
    pub(super) fn window_edge(&self, pool: &Pool<'_>, most: u32) -> Seq {
        // A quarter of what is free: so many connections can use theirs at once before the pool is at its end.
        let of_pool = pool.receivable() * BLOCK_BYTES / 4;
        let room = (most as usize).saturating_sub(self.received.ready.len()).min(of_pool);
        let edge = self.next.plus(room.min((u16::MAX as usize) << self.agreed.receive_shift));
        let grown = edge.since(self.told);
        if grown >= self.segment_bytes().min(most as usize / 2) { edge } else { self.told.max(self.next) }
    }

    pub(super) fn readiness(&self, pool: &mut Pool<'_>, most_queued: usize) -> Readiness {
        let is_write_closed = self.state == State::Closed || self.has_sent_close;
        let can_write = self.state == State::Established || self.state == State::CloseWait;
        let has_room = can_write && self.room(most_queued) > 0 && pool.spare() > 0;
        Readiness {
            readable: self.is_readable(),
            writable: is_write_closed || self.error.is_some() || has_room,
            failed: self.error.is_some(),
            is_read_closed: self.is_read_closed(),
            is_write_closed,
        }
    }

    pub(super) fn is_readable(&self) -> bool {
        self.received.ready.len() > 0 || self.is_read_closed() || self.error.is_some()
    }

    fn is_read_closed(&self) -> bool {
        self.state == State::Closed || (!self.state.receives() && self.state.is_synchronized())
    }

    /// How many bytes more the application may write.
    pub(super) fn room(&self, most_queued: usize) -> usize {
        most_queued.saturating_sub(self.send.len())
    }

    pub(super) fn wake_readers(&mut self) {
        wakers::wake(&mut self.read_waker);
    }

    pub(super) fn wake_writers(&mut self) {
        wakers::wake(&mut self.write_waker);
    }

    /// It is over, and why; what it has kept is given back, but for what can still be read.
    pub(super) fn fail(&mut self, pool: &mut Pool<'_>, error: Error) {
        self.error = Some(error);
        self.finish(pool);
    }

    /// It is over.
    pub(super) fn finish(&mut self, pool: &mut Pool<'_>) {
        self.state = State::Closed;
        self.send.clear(pool);
        self.cursor = Cursor::NONE;
        self.timer_at = Instant::NEVER;
        self.acknowledge_at = Instant::NEVER;
        self.expires_at = Instant::NEVER;
        self.keep_alive = None;
        (self.must_acknowledge, self.must_probe, self.must_send_syn) = (false, false, false);
        self.wake_readers();
        self.wake_writers();
    }

    /// When it is to be looked at.
    pub(super) fn deadline(&self) -> Instant {
        self.timer_at.min(self.acknowledge_at).min(self.expires_at).min(self.keep_alive_at())
    }

    pub(super) fn keep_alive_at(&self) -> Instant {
        match self.keep_alive {
            Some(seconds) if self.state.is_synchronized() && self.in_flight() == 0 => {
                self.heard_at + Micros::from_secs(u64::from(seconds.get())) * (1 + u32::from(self.keep_alive_probes))
            }
            _ => Instant::NEVER,
        }
    }

    /// The bytes to send from a sequence number on.
    pub(super) fn parts<'p>(
        &mut self,
        pool: &'p Pool<'_>,
        sequence: Seq,
        most: usize,
        parts: &mut [Payload<'p>],
    ) -> (usize, usize) {
        self.send.parts(pool, &mut self.cursor, sequence.since(self.una), most, parts)
    }

    /// The options of every segment after the handshake.
    pub(super) fn options(&self, now: Instant) -> Options {
        let timestamps = self.agreed.has_timestamps.then(|| (self.timestamp(now), self.recent));
        Options { timestamps, ..Options::default() }
    }
}

/// Bytes of the headers before TCP's options.
pub(super) fn header_bytes(address: IpAddr) -> u16 {
    match address {
        IpAddr::V4(_) => 20 + 20,
        IpAddr::V6(_) => 40 + 20,
    }
}
