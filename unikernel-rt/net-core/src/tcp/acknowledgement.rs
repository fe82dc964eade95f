//! An acknowledgement arrives: what was received, what was lost, and how much more may be sent (RFC 5681, RFC 6675, RFC 6582).

use super::connection::{Connection, State, Timer};
use super::segment::{FIN, SYN, Segment};
use super::{Config, ORPHAN_LASTS};
use crate::pool::Pool;
use crate::time::{Instant, Micros};

/// RFC 5681, section 3.2.
const DUPLICATES: u8 = 3;

impl Connection {
    pub(super) fn on_acknowledgement(
        &mut self,
        pool: &mut Pool<'_>,
        config: &Config,
        segment: &Segment,
        payload: &[u8],
        now: Instant,
    ) {
        let acknowledgement = segment.acknowledgement;
        let mut is_news = false;
        let mut tells_of_duplicate = false;
        if self.agreed.may_sack {
            for range in segment.options.ranges().iter().copied() {
                // RFC 2883: a range before the acknowledgement is of what came twice.
                tells_of_duplicate |= range.1.is_at_most(acknowledgement);
                is_news |= self.scoreboard.insert(range, self.una.max(acknowledgement), self.nxt);
            }
        }
        if self.una.is_before(acknowledgement) {
            self.on_progress(pool, config, segment, tells_of_duplicate, now);
        } else if acknowledgement == self.una && self.tail_probe == Some(self.una) {
            // Both have arrived, the probe and what it repeats.
            self.tail_probe = None;
        } else if acknowledgement == self.una && self.in_flight() > 0 {
            // RFC 5681, section 2: what makes it a duplicate; with SACK, news do (RFC 6675, section 2).
            let has_window = self.send_window == u32::from(segment.window) << self.agreed.send_shift;
            let is_empty = payload.is_empty() && segment.flags & (SYN | FIN) == 0;
            let asks_window = self.timer == Timer::WindowProbe && self.timer_at != Instant::NEVER;
            if if self.agreed.may_sack { is_news } else { is_empty && has_window && !asks_window } {
                self.duplicates = self.duplicates.saturating_add(1);
            }
        }
        self.look_for_losses();
    }

    /// Our SYN was acknowledged.
    pub(super) fn on_syn_acknowledged(&mut self, segment: &Segment, now: Instant) {
        self.una = self.initial.plus(1);
        self.sample(segment, now);
        self.trip.backoff = 0;
        self.stalled_since = now;
        (self.lost_until, self.resent, self.resent_mark) = (self.una, self.una, self.una);
        self.rearm(now);
    }

    /// Something was acknowledged for the first time.
    fn on_progress(
        &mut self,
        pool: &mut Pool<'_>,
        config: &Config,
        segment: &Segment,
        tells_of_duplicate: bool,
        now: Instant,
    ) {
        let acknowledgement = segment.acknowledgement;
        let in_flight = self.in_flight();
        let total = acknowledgement.since(self.una);
        let is_of_fin = self.is_fin_sent() && acknowledgement == self.nxt && self.nxt != self.queue_end();
        let data = total - usize::from(is_of_fin);
        self.send.consume(pool, data);
        self.cursor.shift(data);
        self.una = acknowledgement;
        self.sample(segment, now);
        let was_backed_off = self.trip.backoff > 0;
        self.trip.backoff = 0;
        self.stalled_since = now;
        self.soft_error = None;
        self.duplicates = 0;
        self.scoreboard.acknowledge(acknowledgement);
        self.resent = self.resent.max(acknowledgement);
        if let Some(end) = self.tail_probe
            && (end.is_before(acknowledgement) || tells_of_duplicate)
        {
            // RFC 8985, section 7.4.2: more is acknowledged, and nobody has told that the probe came twice: it has filled a hole.
            if !tells_of_duplicate && self.is_tail_resent && self.recovery.is_none() {
                self.congestion.on_loss(in_flight as u32, self.segment_bytes() as u32);
            }
            self.tail_probe = None;
        }
        self.go_on(data, was_backed_off, now);
        self.rearm(now);
        if is_of_fin {
            match self.state {
                State::FinWait1 => {
                    self.state = State::FinWait2;
                    if self.is_orphan {
                        self.expires_at = now + ORPHAN_LASTS;
                    }
                }
                State::Closing => self.enter_time_wait(now),
                State::LastAck => self.finish(pool),
                _ => {}
            }
        }
        // A writer is woken once there is room for some segments, not for each (and never while it would only see less).
        // What is more than the buffer's is lasting: who waits for that waits for each of its steps.
        let (queued, most) = (self.send.len(), config.send_buffer as usize);
        if queued == 0 || queued > most || most - queued >= most / 4 {
            self.wake_writers();
        }
    }

    /// The window grows, or the recovery goes on.
    fn go_on(&mut self, data: usize, was_timeout: bool, now: Instant) {
        let segment = self.segment_bytes();
        let round_trip = self.trip.smoothed().unwrap_or(Micros::ZERO);
        match self.recovery {
            Some(end) if self.una.is_before(end) => {
                if !self.agreed.may_sack {
                    // RFC 6582, section 3.2: a partial acknowledgement tells of the next hole.
                    self.lost_until = self.lost_until.max(self.una.plus(segment).min(end));
                }
                // After a time-out it begins anew, slowly (RFC 5681, section 3.1); in fast recovery the window stays.
                if self.congestion.window < self.congestion.threshold() {
                    self.congestion.on_acknowledged(data as u32, segment as u32, round_trip, now);
                }
                return;
            }
            Some(_) => self.recovery = None,
            None => {}
        }
        if self.congestion.is_limit(self.flown.0, segment as u32) || was_timeout {
            self.congestion.on_acknowledged(data as u32, segment as u32, round_trip, now);
        }
    }

    /// The round-trip time, by a segment that was sent once (RFC 6298, section 3), or by the peer's echo (RFC 7323, section 4).
    fn sample(&mut self, segment: &Segment, now: Instant) {
        match self.timing {
            Some(timing) if timing.sequence.is_before(self.una) => {
                self.trip.sample(now.micros_since(timing.sent));
                self.timing = None;
            }
            Some(_) => {}
            None => {
                if let Some((_, echo)) =
                    segment.options.timestamps.filter(|(_, echo)| self.agreed.has_timestamps && *echo != 0)
                {
                    let milliseconds = self.timestamp(now).wrapping_sub(echo);
                    if milliseconds < 60_000 {
                        self.trip.sample(Micros::from_millis(u64::from(milliseconds.max(1))));
                    }
                }
            }
        }
    }

    /// RFC 6675, section 5: whether what was received shows that something before it was not.
    fn look_for_losses(&mut self) {
        if self.in_flight() == 0 {
            return;
        }
        let segment = self.segment_bytes();
        let by_ranges = self.scoreboard.lost_until(segment);
        let Some(_) = self.recovery else {
            if by_ranges.is_some() || self.duplicates >= DUPLICATES {
                self.congestion.on_loss(self.in_flight() as u32, segment as u32);
                self.recovery = Some(self.nxt);
                (self.resent, self.resent_mark) = (self.una, self.nxt);
                // The first is lost whatever else is (section 5, step 4.2).
                self.lost_until = by_ranges.unwrap_or(self.una).max(self.una.plus(segment).min(self.nxt));
                self.timing = None;
                self.tail_probe = None;
            }
            return;
        };
        if let Some(until) = by_ranges {
            self.lost_until = self.lost_until.max(until);
        }
        // What was sent again and is still missing, while what was sent after it is there, is lost again.
        let margin = self.resent_mark.plus(3 * segment);
        if self.una.is_before(self.resent) && self.scoreboard.highest().is_some_and(|highest| margin.is_before(highest))
        {
            (self.resent, self.resent_mark) = (self.una, self.nxt);
        }
    }

    /// How many bytes are on the way: neither received, nor lost and not sent again (RFC 6675, section 4, SetPipe).
    pub(super) fn pipe(&self) -> usize {
        let received = if self.agreed.may_sack {
            self.scoreboard.bytes()
        } else {
            usize::from(self.duplicates) * self.segment_bytes()
        };
        let lost = match self.recovery {
            Some(_) => self.scoreboard.missing(self.resent.max(self.una), self.lost_until),
            None => 0,
        };
        self.in_flight().saturating_sub(received + lost)
    }

    /// After how long the tail is to be probed, if it is (RFC 8985, section 7.2).
    fn probe_time(&self) -> Option<Micros> {
        let may_probe = self.agreed.may_sack
            && self.state.is_synchronized()
            && self.recovery.is_none()
            && self.tail_probe.is_none()
            && self.trip.backoff == 0
            && self.scoreboard.bytes() == 0;
        self.trip.probe_timeout(self.in_flight() <= self.segment_bytes()).filter(|_| may_probe)
    }

    /// Sets the timer of the sending side anew (RFC 6298, section 5).
    pub(super) fn rearm(&mut self, now: Instant) {
        (self.timer, self.timer_at) = match self.probe_time() {
            _ if self.in_flight() == 0 => (self.timer, Instant::NEVER),
            Some(time) => (Timer::TailProbe, now + time),
            None => (Timer::Retransmit, now + self.trip.timeout()),
        };
    }

    /// Something new was sent: the tail is another one; what is to be sent again is still the first (RFC 6298, section 5.1).
    pub(super) fn rearm_for_tail(&mut self, now: Instant) {
        if self.timer_at == Instant::NEVER {
            self.rearm(now);
        } else if let Some(time) = self.probe_time() {
            (self.timer, self.timer_at) = (Timer::TailProbe, now + time);
        }
    }
}
