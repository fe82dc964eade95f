//! What a connection sends next (RFC 9293, section 3.10.8; RFC 6675, section 5; RFC 1122, section 4.2.3.4 for silly windows).

use super::Config;
use super::connection::{Connection, State, Timer, header_bytes};
use super::rtt::Timing;
use super::segment::{ACK, FIN, Options, PSH, SYN, Segment};
use super::sequence::Seq;
use crate::card::{Card, Payload};
use crate::counters::Tally;
use crate::families::Families;
use crate::header::Header;
use crate::link::{HOP_LIMIT, Link, Outgoing};
use crate::packet;
use crate::path::Path;
use crate::pool::Pool;
use crate::time::Instant;
use crate::transport::Context;
use core::num::NonZeroU16;

/// The way out, and what is sent.
struct Out<'p, 'm, F: Families, C> {
    pool: &'p Pool<'m>,
    link: &'p mut Link<'m, F>,
    cards: &'p mut [C],
    now: Instant,
}

/// What to send.
#[derive(Clone, Copy, Debug)]
struct Plan {
    sequence: Seq,
    most: usize,
    flags: u8,
    is_again: bool,
}

/// The most parts of a segment: of a full one from blocks that are half full.
const PARTS: usize = 4;

/// The most parts of what a card cuts into segments: those of the longest packet.
const PARTS_OF_MANY: usize = 46;

impl Connection {
    /// Sends one segment, if there is one to send; whether there may be another.
    pub(super) fn send_one<F: Families, C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        config: &Config,
    ) -> bool {
        let cut_bytes = context.link.cut_bytes(&self.path);
        let Some(plan) = self.plan(cut_bytes, context.now) else { return false };
        let Context { link, pool, cards, now } = context;
        let mut out = Out { pool, link, cards, now: *now };
        if plan.most > self.segment_bytes() {
            self.send_many(&mut out, config, &plan);
        } else {
            self.send_planned(&mut out, config, &plan, &mut [Payload::Static(&[]); PARTS]);
        }
        self.may_have_more()
    }

    /// Whether there may be something to send besides what was just sent, and has acknowledged everything.
    fn may_have_more(&self) -> bool {
        let has_new = !self.is_fin_sent() && (self.has_sent_close || self.nxt != self.queue_end());
        has_new || self.recovery.is_some() || self.must_keep_alive
    }

    /// As [`Connection::send_planned`], of what the card is to cut into several segments.
    #[inline(never)]
    fn send_many<F: Families, C: Card>(&mut self, out: &mut Out<'_, '_, F, C>, config: &Config, plan: &Plan) {
        self.send_planned(out, config, plan, &mut [Payload::Static(&[]); PARTS_OF_MANY]);
    }

    /// Sends what is planned, of as many parts as there is room for.
    fn send_planned<'p, F: Families, C: Card>(
        &mut self,
        out: &mut Out<'p, '_, F, C>,
        config: &Config,
        plan: &Plan,
        parts: &mut [Payload<'p>],
    ) {
        let now = out.now;
        let mut options = if plan.flags & SYN == 0 { self.options(now) } else { self.syn_options(config, now) };
        let is_of_ranges = self.agreed.may_sack && self.received.is_waiting();
        if is_of_ranges && plan.most == 0 && plan.flags & (SYN | FIN) == 0 {
            self.received.report(out.pool, &mut options);
        }
        if plan.flags & ACK != 0 {
            self.told = self.window_edge(out.pool, config.receive_window);
        }
        let (bytes, count) = match plan.most {
            0 => (0, 0),
            most => self.parts(out.pool, plan.sequence, most, parts),
        };
        let end = plan.sequence.plus(bytes);
        let mut flags = plan.flags;
        // The FIN is the last of what is sent, with the last data where it can be.
        let is_last = self.has_sent_close && self.state.is_synchronized() && end == self.queue_end();
        if is_last && flags & SYN == 0 && (plan.most > 0 || plan.flags & FIN != 0) && !self.is_beyond_window(end) {
            flags |= FIN;
        } else {
            flags &= !FIN;
        }
        if bytes > 0 && end == self.queue_end() {
            flags |= PSH;
        }
        let window = self.told.since(self.next) >> if flags & SYN == 0 { self.agreed.receive_shift } else { 0 };
        let segment = Segment {
            source: self.local_port,
            destination: self.remote_port,
            sequence: plan.sequence,
            acknowledgement: if flags & ACK == 0 { Seq(0) } else { self.next },
            flags,
            window: window.min(usize::from(u16::MAX)) as u16,
            options,
        };
        let (header_bytes, length) = segment.bytes();
        let mut header = Header::new();
        header.prepend(&header_bytes[..length]);
        let segment_bytes = NonZeroU16::new(self.segment_bytes() as u16).filter(|one| bytes > usize::from(one.get()));
        let outgoing = Outgoing {
            protocol: packet::TCP,
            hop_limit: HOP_LIMIT,
            checksum_at: Some(16),
            payload: &parts[..count],
            segment_bytes,
        };
        if plan.is_again {
            out.link.tally.count(|traffic| traffic.retransmitted += 1);
        }
        // What is lost on the way out is lost as on the way: it is sent again.
        let _ = out.link.send(out.cards, &mut self.path, &mut header, &outgoing, now);
        self.on_sent(plan, end, flags, now);
    }

    /// Whether the FIN would be after the window's end.
    fn is_beyond_window(&self, end: Seq) -> bool {
        !self.is_fin_sent() && !self.must_probe && !end.is_before(self.una.plus(self.send_window as usize))
    }

    fn syn_options(&self, config: &Config, now: Instant) -> Options {
        let is_first = self.state == State::SynSent;
        Options {
            mss: Some(self.path.mtu.saturating_sub(header_bytes(self.path.destination))),
            window_shift: (is_first || self.agreed.receive_shift > 0).then(|| config.window_shift()),
            may_sack: is_first || self.agreed.may_sack,
            timestamps: (is_first || self.agreed.has_timestamps).then(|| (self.timestamp(now), self.recent)),
            ..Options::default()
        }
    }

    /// The next segment: what is lost, what is new, or an acknowledgement.
    fn plan(&mut self, cut_bytes: usize, now: Instant) -> Option<Plan> {
        if self.must_send_syn {
            let flags = if self.state == State::SynSent { SYN } else { SYN | ACK };
            return Some(Plan { sequence: self.initial, most: 0, flags, is_again: self.nxt != self.initial });
        }
        if !self.state.is_synchronized() {
            return None;
        }
        let segment = self.segment_bytes();
        if let Some(again) = self.plan_again(segment) {
            return Some(again);
        }
        let end = self.queue_end();
        let unsent = end.since(self.nxt);
        let must_close = self.has_sent_close && !self.is_fin_sent();
        if unsent > 0 || must_close {
            if self.in_flight() == 0 && now.micros_since(self.stalled_since) > self.trip.timeout() {
                self.congestion.on_idle(segment as u32);
            }
            let window = self.una.plus(self.send_window as usize).since(self.nxt);
            let pipe = self.pipe();
            // Nagle (RFC 9293, section 3.7.4): a part of a segment waits while something is on its way.
            let is_prompt = self.no_delay || self.has_sent_close || self.nxt == self.una;
            let mut most = unsent.min(window);
            if most > segment {
                let room = (self.congestion.window as usize).saturating_sub(pipe);
                most = most.min(self.longest(cut_bytes)).min(room.max(segment));
                if most < unsent || !is_prompt {
                    most -= most % segment;
                }
            }
            let fits = pipe == 0 || pipe + most <= self.congestion.window as usize;
            let is_whole = most >= segment || most == unsent;
            let may_be_short = is_prompt || most >= segment;
            let is_half = most > 0 && most >= self.most_send_window as usize / 2;
            let closes = must_close && unsent == 0 && window > 0;
            if closes || (fits && most > 0 && ((is_whole && may_be_short) || is_half)) {
                return Some(Plan { sequence: self.nxt, most, flags: ACK | FIN, is_again: false });
            }
            if self.must_probe {
                return Some(self.plan_probe(unsent, segment));
            }
            if self.in_flight() == 0 && self.timer_at == Instant::NEVER {
                // Section 3.8.6.1: the window is asked for, ever more rarely, as long as it is shut.
                (self.timer, self.timer_at) = (Timer::WindowProbe, now + self.trip.timeout());
            }
        } else if self.must_probe {
            return Some(self.plan_probe(0, segment));
        }
        if core::mem::take(&mut self.must_keep_alive) {
            // Section 3.8.4: one before the next, so that the peer answers.
            return Some(Plan { sequence: self.una.minus(1), most: 0, flags: ACK, is_again: false });
        }
        let acknowledges = core::mem::take(&mut self.must_acknowledge);
        acknowledges.then_some(Plan { sequence: self.nxt, most: 0, flags: ACK, is_again: false })
    }

    /// The most bytes of data to send at once: those of several segments where the card cuts packets of so many bytes.
    fn longest(&self, cut_bytes: usize) -> usize {
        const HEADERS: usize = 20 + 20 + 12;
        let segment = self.segment_bytes();
        segment.max(cut_bytes.saturating_sub(HEADERS) / segment * segment)
    }

    /// The first of what is lost and was not sent again (RFC 6675, section 4, NextSeg, rule 1).
    fn plan_again(&self, segment: usize) -> Option<Plan> {
        self.recovery?;
        let is_first = self.resent == self.una;
        if !is_first && self.pipe() + segment > self.congestion.window as usize {
            return None;
        }
        let (start, end) = self.scoreboard.hole(self.resent.max(self.una), self.lost_until.min(self.nxt))?;
        // The last of them goes on with what is new, as far as the window does.
        let edge = self.una.plus(self.send_window as usize);
        let end = if end == self.nxt { end.max(self.queue_end().min(edge)) } else { end };
        Some(Plan { sequence: start, most: end.since(start).min(segment), flags: ACK | FIN, is_again: true })
    }

    /// A probe of the window or of the tail: something new if there is any, else the last once more.
    fn plan_probe(&self, unsent: usize, segment: usize) -> Plan {
        let is_of_window = self.timer == Timer::WindowProbe;
        if is_of_window && self.in_flight() > 0 {
            return Plan { sequence: self.una, most: self.in_flight().min(segment), flags: ACK | FIN, is_again: true };
        }
        let is_new = unsent > 0 || (self.has_sent_close && !self.is_fin_sent());
        if is_new && (is_of_window || self.send_window as usize >= self.in_flight() + unsent.min(segment)) {
            let window = self.send_window as usize;
            let most = unsent.min(segment).min(if is_of_window { window.max(1) } else { segment });
            return Plan { sequence: self.nxt, most, flags: ACK | FIN, is_again: false };
        }
        let data_end = self.nxt.min(self.queue_end());
        let sequence = data_end.minus(data_end.since(self.una).min(segment));
        Plan { sequence, most: data_end.since(sequence), flags: ACK | FIN, is_again: true }
    }

    /// How much of the window is used, the most in a round. The acknowledgement of one segment does not tell: those of a burst come before
    /// anything else is sent.
    fn note_flown(&mut self) {
        let in_flight = self.in_flight() as u32;
        let (most, until) = self.flown;
        self.flown = if until.is_at_most(self.una) { (in_flight, self.nxt) } else { (most.max(in_flight), until) };
    }

    /// It was sent: timers and marks.
    fn on_sent(&mut self, plan: &Plan, end: Seq, flags: u8, now: Instant) {
        let end = end.plus(usize::from(flags & SYN != 0) + usize::from(flags & FIN != 0));
        let takes_numbers = end != plan.sequence;
        if flags & ACK != 0 {
            self.last_acknowledged = self.next;
            self.acknowledge_at = Instant::NEVER;
            self.unacknowledged_segments = 0;
            self.must_acknowledge = false;
        }
        if flags & FIN != 0 && !self.is_fin_sent() {
            self.state = if self.state == State::CloseWait { State::LastAck } else { State::FinWait1 };
        }
        let was_idle = self.nxt == self.una;
        if self.nxt.is_before(end) {
            if self.timing.is_none() && !plan.is_again {
                self.timing = Some(Timing { sequence: plan.sequence, sent: now });
            }
            self.nxt = end;
            self.note_flown();
            if was_idle {
                self.stalled_since = now;
            }
        } else if plan.is_again && self.timing.is_some_and(|timing| !timing.sequence.is_before(plan.sequence)) {
            // Karn: whose answer it is cannot be told.
            self.timing = None;
        }
        let was_probe = core::mem::take(&mut self.must_probe);
        self.must_send_syn = false;
        if was_probe {
            if self.timer == Timer::TailProbe {
                self.tail_probe = Some(self.nxt);
                self.is_tail_resent = plan.is_again;
                (self.timer, self.timer_at) = (Timer::Retransmit, now + self.trip.timeout());
            } else {
                self.timer_at = now + self.trip.timeout();
            }
        } else if plan.is_again && plan.flags & SYN == 0 {
            if self.resent == self.una {
                self.resent_mark = self.nxt;
            }
            self.resent = self.resent.max(end);
            if self.timer_at == Instant::NEVER {
                (self.timer, self.timer_at) = (Timer::Retransmit, now + self.trip.timeout());
            }
        } else if takes_numbers {
            if was_idle {
                self.timer_at = Instant::NEVER;
            }
            self.rearm_for_tail(now);
        }
    }
}

/// Sends a segment of no connection.
pub(super) fn send_bare<F: Families, C: Card>(context: &mut Context<'_, '_, F, C>, path: &mut Path, segment: &Segment) {
    let (bytes, length) = segment.bytes();
    let mut header = Header::new();
    header.prepend(&bytes[..length]);
    let outgoing = Outgoing {
        protocol: packet::TCP,
        hop_limit: HOP_LIMIT,
        checksum_at: Some(16),
        payload: &[],
        segment_bytes: None,
    };
    let _ = context.link.send(context.cards, path, &mut header, &outgoing, context.now);
}
