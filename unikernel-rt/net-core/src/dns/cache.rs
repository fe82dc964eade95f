//! Answers that are kept for as long as their servers allow (RFC 1035, section 7.4; RFC 2308 for "there is none").

use super::message::{Answer, Kind};
use super::name::Name;
use crate::time::Instant;
use core::time::Duration;

/// The memory of one answer.
#[derive(Clone, Copy, Debug)]
pub struct DnsEntry {
    name: Name,
    kind: Kind,
    answer: Answer,
    until: Instant,
}

impl DnsEntry {
    /// An answer to nothing.
    pub const FREE: DnsEntry =
        DnsEntry { name: Name::ROOT, kind: Kind::A, answer: Answer::Failed, until: Instant::START };
}

/// All answers: few, so that they are looked at one after the other.
pub(super) struct Cache<'m> {
    pub(super) entries: &'m mut [DnsEntry],
}

impl Cache<'_> {
    pub(super) fn get(&self, name: &Name, kind: Kind, now: Instant) -> Option<Answer> {
        let is_it = |entry: &&DnsEntry| now < entry.until && entry.kind == kind && entry.name == *name;
        self.entries.iter().find(is_it).map(|entry| entry.answer)
    }

    /// Keeps an answer, in place of the one that ends first.
    pub(super) fn put(&mut self, name: &Name, kind: Kind, (answer, seconds): (Answer, u32), now: Instant) {
        let until = now + Duration::from_secs(seconds.into());
        if until == now {
            return;
        }
        let is_same = |entry: &DnsEntry| entry.kind == kind && entry.name == *name;
        let at = self.entries.iter().position(is_same);
        let at = at.or_else(|| (0..self.entries.len()).min_by_key(|at| self.entries[*at].until));
        if let Some(entry) = at.and_then(|at| self.entries.get_mut(at)) {
            *entry = DnsEntry { name: *name, kind, answer, until };
        }
    }
}
