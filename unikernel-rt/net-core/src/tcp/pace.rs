//! How fast a peer takes what it is sent.
//!
//! A window that is opened by a byte now and then is TCP's own (RFC 9293, section 3.8.6.1), and keeps a connection and its memory for as long as
//! the peer likes, unless somebody asks for a least rate.

use super::sequence::Seq;
use crate::time::Instant;

/// What a peer has to have taken, and since when it was waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    goal: Seq,
    /// Milliseconds of the stack's clock: it is looked at again long before they are over.
    since_ms: u32,
}

/// A rate that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeastRate {
    pub(super) bytes_per_second: u32,
    /// For as long as this it may be less.
    pub(super) grace_ms: u32,
}

/// A peer that has not taken what there was when it was looked at first, a second ago or more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Slow {
    /// Whether it was given its time.
    pub(super) is_over: bool,
    /// How many bytes it is behind the least rate, or before it where they are less than 0.
    behind_bytes: i64,
}

impl Pace {
    /// Of one who has taken nothing yet.
    pub(super) fn new(una: Seq) -> Pace {
        Pace { goal: una, since_ms: 0 }
    }

    /// Looks at a peer that has acknowledged all before `una`, while there is something to send up to `end`.
    pub(super) fn look(&mut self, una: Seq, end: Seq, now: Instant, least: LeastRate) -> Option<Slow> {
        /// Before a rate says anything.
        const LEAST_TIME_MS: u32 = 1_000;
        let due = |time_ms: u32| (u64::from(least.bytes_per_second) * u64::from(time_ms) / 1_000) as usize;
        let now_ms = (now.as_micros() / 1_000) as u32;
        let waited_ms = now_ms.wrapping_sub(self.since_ms);
        let missing = self.goal.since(una);
        let is_over = waited_ms >= least.grace_ms;
        if missing == 0 || is_over {
            *self = Pace { goal: una.plus(end.since(una).min(due(least.grace_ms))), since_ms: now_ms };
        }
        let behind_bytes = missing as i64 - due(least.grace_ms.saturating_sub(waited_ms)) as i64;
        (missing > 0 && waited_ms >= LEAST_TIME_MS).then_some(Slow { is_over, behind_bytes })
    }
}
