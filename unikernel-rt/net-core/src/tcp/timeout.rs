//! A connection's time has come: RFC 6298, section 5; RFC 9293, sections 3.8.3, 3.8.4 and 3.8.6.1.

use super::Config;
use super::connection::{Connection, State, Timer};
use crate::error::Error;
use crate::pool::Pool;
use crate::report::Reason;
use crate::time::{Instant, Micros};

impl Connection {
    /// Does what is due.
    pub(super) fn on_time(&mut self, pool: &mut Pool<'_>, config: &Config, now: Instant) {
        if self.expires_at <= now {
            if self.requeued_at.is_none() {
                self.finish(pool);
                return;
            }
            // Nobody has said anything, and nobody waits for it any longer: it is closed.
            (self.is_orphan, self.has_sent_close, self.expires_at) = (true, true, Instant::NEVER);
        }
        if self.acknowledge_at <= now {
            self.acknowledge_at = Instant::NEVER;
            self.must_acknowledge = true;
        }
        if self.keep_alive_at() <= now {
            /// Unanswered, before the peer is taken for gone.
            const PROBES: u8 = 5;
            if self.keep_alive_probes >= PROBES {
                self.fail(pool, Error::TimedOut);
                return;
            }
            self.keep_alive_probes += 1;
            self.must_keep_alive = true;
        }
        if self.timer_at <= now {
            self.timer_at = Instant::NEVER;
            self.on_timer(pool, config, now);
        }
    }

    fn on_timer(&mut self, pool: &mut Pool<'_>, config: &Config, now: Instant) {
        let patience = match self.user_timeout {
            Some(seconds) => Micros::from_secs(seconds.get().into()),
            None if self.state.is_synchronized() => config.user_timeout.into(),
            None => config.connect_timeout.into(),
        };
        // A window that stays shut is the peer's right, as long as it answers (RFC 9293, section 3.8.6.1, MUST-37).
        let since = if self.timer == Timer::WindowProbe { self.heard_at } else { self.stalled_since };
        if now.micros_since(since) >= patience {
            let error = self.soft_error.map_or(Error::TimedOut, Error::Unreachable);
            self.fail(pool, error);
            return;
        }
        match self.timer {
            Timer::WindowProbe => {
                self.must_probe = true;
                self.trip.back_off();
            }
            Timer::TailProbe => self.must_probe = true,
            Timer::Retransmit => self.on_retransmission_timeout(now, since + patience),
        }
    }

    fn on_retransmission_timeout(&mut self, now: Instant, give_up_at: Instant) {
        self.timing = None;
        let is_first = self.trip.backoff == 0;
        self.trip.back_off();
        // The last wait ends when patience does.
        (self.timer, self.timer_at) = (Timer::Retransmit, (now + self.trip.timeout()).min(give_up_at.max(now)));
        if !self.state.is_synchronized() {
            self.must_send_syn = true;
            return;
        }
        self.try_shorter();
        let segment = self.segment_bytes() as u32;
        self.congestion.on_timeout(self.in_flight() as u32, segment, is_first);
        // RFC 2018, section 8: what was told of by SACK may be gone.
        self.scoreboard.clear();
        self.duplicates = 0;
        self.tail_probe = None;
        self.recovery = Some(self.nxt);
        self.lost_until = self.nxt;
        (self.resent, self.resent_mark) = (self.una, self.nxt);
    }

    /// Segments that never arrive may be too long for a link whose router does not say so (RFC 4821, section 7.7).
    fn try_shorter(&mut self) {
        let least = if self.path.destination.is_ipv4() { 536 } else { 1220 };
        let shorter = match self.trip.backoff {
            2 => 1220,
            4 => least,
            _ => return,
        };
        if self.mss > shorter {
            self.path.mtu = shorter + super::connection::header_bytes(self.path.destination);
            self.set_mss();
        }
    }

    /// The network says something of a segment of ours, which is one that is on its way (RFC 5927, section 4).
    pub(super) fn on_report(&mut self, pool: &mut Pool<'_>, reason: Reason, sequence: super::Seq) {
        if sequence.is_before(self.una) || !sequence.is_before(self.nxt) {
            return;
        }
        match reason {
            Reason::TooLarge { mtu } => {
                // RFC 1191, section 3, and RFC 8201, section 4: no link is narrower that is worth it.
                let least = if self.path.destination.is_ipv4() { 552 } else { 1280 };
                let mtu = mtu.max(least);
                if mtu < self.path.mtu {
                    self.path.mtu = mtu;
                    self.set_mss();
                    // All that is on the way was too long; that is no congestion (RFC 1191, section 6.5).
                    (self.recovery, self.lost_until) = (Some(self.nxt), self.nxt);
                    (self.resent, self.resent_mark) = (self.una, self.nxt);
                    self.timing = None;
                }
            }
            Reason::TimeExceeded => self.soft_error = Some(reason),
            // RFC 5461, section 4: nobody waits for a connection that cannot be; one that is there outlives the news.
            Reason::PortUnreachable | Reason::ProtocolUnreachable if !self.state.is_synchronized() => {
                self.fail(pool, Error::Refused);
            }
            _ if !self.state.is_synchronized() => self.fail(pool, Error::Unreachable(reason)),
            _ => self.soft_error = Some(reason),
        }
    }

    /// Whether its slot can go.
    pub(super) fn is_done(&self) -> bool {
        self.is_orphan && self.state == State::Closed
    }
}
