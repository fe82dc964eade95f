//! A segment arrives at a connection (RFC 9293, section 3.10.7.4, with RFC 5961 and RFC 7323).

use super::connection::{Connection, State};
use super::segment::{ACK, FIN, Options, RST, SYN, Segment};
use super::{Config, LEAST_CHALLENGE_GAP_MS, TIME_WAIT};
use crate::error::Error;
use crate::pool::Pool;
use crate::time::{Instant, Micros};

/// What is to be done for a segment besides what the connection keeps in mind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    Taken,
    /// It is of no connection: the sender is to be told by a reset.
    Reset,
}

/// How long a timestamp of the peer is compared to (RFC 7323, section 5.5).
const RECENT_LASTS: Micros = Micros::from_secs(24 * 24 * 3600);

/// How long an acknowledgement is held back (RFC 9293, section 3.8.6.3: less than 500 ms).
const HOLD_BACK: Micros = Micros::from_millis(40);

impl Connection {
    pub(super) fn on_segment(
        &mut self,
        pool: &mut Pool<'_>,
        config: &Config,
        segment: &Segment,
        payload: &[u8],
        now: Instant,
    ) -> Outcome {
        match self.state {
            State::Closed => return Outcome::Reset,
            State::SynSent => return self.on_segment_in_syn_sent(pool, config, segment, now),
            _ => {}
        }
        if !self.is_timely(segment, now) {
            return Outcome::Taken;
        }
        if !self.is_in_window(segment, payload) {
            // A window that is shut still takes acknowledgements, resets, and nothing else (section 3.10.7.4, first).
            let is_probe = segment.sequence == self.next && self.told == self.next;
            if !segment.has(RST) {
                // Who sends again what is here already has not heard of it; others are told as rarely as an attacker.
                self.must_acknowledge |= segment.length(payload) > 0 || segment.sequence == self.next.minus(1);
                if !is_probe {
                    if !self.must_acknowledge {
                        self.challenge(now);
                    }
                    if self.state == State::TimeWait && segment.has(FIN) {
                        self.expires_at = now + TIME_WAIT;
                    }
                    return Outcome::Taken;
                }
            } else if !is_probe {
                return Outcome::Taken;
            }
        }
        if segment.has(RST) {
            // RFC 5961, section 3.2: a reset is exact, or is asked back.
            if segment.sequence == self.next {
                let error = if self.state == State::SynReceived { Error::Refused } else { Error::Reset };
                match self.state {
                    State::Closing | State::LastAck | State::TimeWait => self.finish(pool),
                    _ => self.fail(pool, error),
                }
            } else {
                self.challenge(now);
            }
            return Outcome::Taken;
        }
        if segment.has(SYN) {
            // RFC 5961, section 4.2. Of two that open at the same time, it is the other's first that is acknowledged.
            if self.state == State::SynReceived {
                self.must_send_syn = true;
            } else {
                self.challenge(now);
            }
            return Outcome::Taken;
        }
        if !segment.has(ACK) {
            return Outcome::Taken;
        }
        let acknowledgement = segment.acknowledgement;
        if self.state == State::SynReceived {
            if !(self.una.is_before(acknowledgement) && acknowledgement.is_at_most(self.nxt)) {
                return Outcome::Reset;
            }
            self.on_syn_acknowledged(segment, now);
            self.establish(segment);
        }
        // RFC 5961, section 5.2: what acknowledges too much, or what nobody waits for any more, is not believed.
        let oldest = self.una.minus(self.most_send_window as usize);
        if self.nxt.is_before(acknowledgement) || acknowledgement.is_before(oldest) {
            self.challenge(now);
            return Outcome::Taken;
        }
        self.heard_at = now;
        self.keep_alive_probes = 0;
        if let Some((value, _)) = segment.options.timestamps
            && self.agreed.has_timestamps
            && segment.sequence.is_at_most(self.last_acknowledged)
        {
            (self.recent, self.recent_at) = (value, now);
        }
        self.on_acknowledgement(pool, config, segment, payload, now);
        self.update_window(segment);
        if self.state == State::Closed {
            return Outcome::Taken;
        }
        if self.state.receives() {
            self.take_data(pool, config, segment, payload, now);
            if self.state == State::Closed {
                return Outcome::Reset;
            }
        }
        Outcome::Taken
    }

    /// Section 3.10.7.3: the answer to our SYN, or another's that has crossed it.
    fn on_segment_in_syn_sent(
        &mut self,
        pool: &mut Pool<'_>,
        config: &Config,
        segment: &Segment,
        now: Instant,
    ) -> Outcome {
        let acknowledges = segment.has(ACK);
        let is_right = segment.acknowledgement == self.initial.plus(1) && self.nxt != self.initial;
        if acknowledges && !is_right {
            return if segment.has(RST) { Outcome::Taken } else { Outcome::Reset };
        }
        if segment.has(RST) {
            if acknowledges {
                self.fail(pool, Error::Refused);
            }
            return Outcome::Taken;
        }
        if !segment.has(SYN) {
            return Outcome::Taken;
        }
        self.next = segment.sequence.plus(1);
        (self.told, self.last_acknowledged) = (self.next, self.next);
        self.agree(&segment.options, config, now);
        self.told = self.window_edge(pool, config.receive_window.min(u32::from(u16::MAX)));
        if acknowledges {
            self.on_syn_acknowledged(segment, now);
            // The window of a segment with SYN is not scaled (RFC 7323, section 2.2).
            self.set_window(segment, u32::from(segment.window));
            self.state = State::Established;
            self.begin();
            self.must_acknowledge = true;
            self.wake_writers();
        } else {
            self.state = State::SynReceived;
            self.must_send_syn = true;
        }
        Outcome::Taken
    }

    /// Takes what the peer's SYN says.
    pub(super) fn agree(&mut self, options: &Options, config: &Config, now: Instant) {
        // RFC 9293, section 3.7.1: 536 where nothing is said, 1,220 with IPv6.
        let unsaid = if self.path.destination.is_ipv4() { 536 } else { 1220 };
        self.agreed.peer_mss = options.mss.filter(|mss| *mss > 0).unwrap_or(unsaid);
        self.agreed.may_sack = options.may_sack;
        if let Some(shift) = options.window_shift {
            (self.agreed.send_shift, self.agreed.receive_shift) = (shift, config.window_shift());
        }
        if let Some((value, _)) = options.timestamps {
            self.agreed.has_timestamps = true;
            (self.recent, self.recent_at) = (value, now);
        }
        self.set_mss();
    }

    /// The other's acknowledgement of our SYN has come.
    fn establish(&mut self, segment: &Segment) {
        self.state = State::Established;
        self.set_window(segment, u32::from(segment.window) << self.agreed.send_shift);
        self.begin();
        self.wake_writers();
        self.wake_readers();
    }

    /// RFC 7323, section 5.3 (R1), and section 3.2: without its timestamp a segment is not the peer's.
    fn is_timely(&mut self, segment: &Segment, now: Instant) -> bool {
        if !self.agreed.has_timestamps || segment.has(RST) {
            return true;
        }
        let Some((value, _)) = segment.options.timestamps else { return false };
        let is_older = (value.wrapping_sub(self.recent) as i32) < 0;
        if is_older && now.micros_since(self.recent_at) < RECENT_LASTS {
            self.must_acknowledge = true;
            return false;
        }
        true
    }

    /// Section 3.4, the four cases: some of it is in the window.
    fn is_in_window(&self, segment: &Segment, payload: &[u8]) -> bool {
        let (start, length) = (segment.sequence, segment.length(payload));
        let end = start.plus(length);
        if length == 0 {
            return start == self.next || (self.next.is_before(start) && start.is_before(self.told));
        }
        start.is_before(self.told) && self.next.is_before(end)
    }

    /// RFC 5961, section 7: an acknowledgement, at a limited rate.
    fn challenge(&mut self, now: Instant) {
        let now_ms = (now.as_micros() / 1_000) as u32;
        if now_ms.wrapping_sub(self.challenged_at_ms) >= LEAST_CHALLENGE_GAP_MS {
            self.challenged_at_ms = now_ms;
            self.must_acknowledge = true;
        }
    }

    /// The window of a segment, if none is known that is newer.
    fn update_window(&mut self, segment: &Segment) {
        // By the acknowledgement first: what is sent again has an old sequence number and a new window, which would be missed by the
        // RFC's order, and the old one, of an older acknowledgement, would be taken to reach farther than it does.
        let known = self.window_acknowledgement;
        let is_newer = known.is_before(segment.acknowledgement)
            || (known == segment.acknowledgement && self.window_sequence.is_at_most(segment.sequence));
        if is_newer && self.una.is_at_most(segment.acknowledgement) {
            let was_shut = self.send_window == 0;
            self.set_window(segment, u32::from(segment.window) << self.agreed.send_shift);
            if was_shut && self.send_window > 0 && self.timer == super::connection::Timer::WindowProbe {
                self.trip.backoff = 0;
                self.timer_at = Instant::NEVER;
                if self.in_flight() > 0 {
                    // The probe was thrown away: it is sent again, with what follows it.
                    (self.recovery, self.lost_until) = (Some(self.nxt), self.nxt);
                    (self.resent, self.resent_mark) = (self.una, self.nxt);
                }
            }
        }
    }

    pub(super) fn set_window(&mut self, segment: &Segment, window: u32) {
        self.send_window = window;
        self.most_send_window = self.most_send_window.max(window);
        (self.window_sequence, self.window_acknowledgement) = (segment.sequence, segment.acknowledgement);
    }

    /// Seventh and eighth of section 3.10.7.4: the data, and the FIN after it.
    fn take_data(&mut self, pool: &mut Pool<'_>, config: &Config, segment: &Segment, payload: &[u8], now: Instant) {
        let room = self.told.since(segment.sequence.max(self.next)) + self.next.since(segment.sequence);
        let data = &payload[..payload.len().min(room)];
        let end = segment.sequence.plus(payload.len());
        if segment.has(FIN) && end.is_at_most(self.told.max(self.next)) {
            self.end = Some(end);
        }
        if !payload.is_empty() {
            if self.is_orphan {
                // RFC 9293, section 3.6.1: nobody reads it, and the peer is to know.
                self.fail(pool, Error::Reset);
                return;
            }
            let was_waiting = self.received.is_waiting();
            let before = self.next;
            self.next = self.received.insert(pool, before, segment.sequence, data, config.most_waiting_blocks());
            self.told = self.told.max(self.next);
            if before != self.next {
                self.wake_readers();
            }
            // RFC 5681, section 4.2: at once where something is missing or was; every second full segment otherwise.
            self.unacknowledged_segments = self.unacknowledged_segments.saturating_add(1);
            let is_odd = before == self.next || was_waiting || self.received.is_waiting();
            if is_odd || self.unacknowledged_segments >= 2 {
                self.must_acknowledge = true;
            } else if self.acknowledge_at == Instant::NEVER {
                self.acknowledge_at = now + HOLD_BACK;
            }
        }
        if self.end == Some(self.next) {
            self.next = self.next.plus(1);
            self.told = self.told.max(self.next);
            self.must_acknowledge = true;
            match self.state {
                State::Established => self.state = State::CloseWait,
                State::FinWait1 => self.state = State::Closing,
                _ => self.enter_time_wait(now),
            }
            self.wake_readers();
        } else if segment.has(FIN) {
            self.must_acknowledge = true;
        }
    }

    pub(super) fn enter_time_wait(&mut self, now: Instant) {
        self.state = State::TimeWait;
        self.timer_at = Instant::NEVER;
        self.expires_at = now + TIME_WAIT;
    }
}
