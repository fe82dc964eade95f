//! Connections of which only a SYN has come: a small table, and cookies where it is full (RFC 4987).

use super::segment::{Options, Segment};
use super::sequence::Seq;
use crate::address::IpAddr;
use crate::hash::{Key, Purpose};
use crate::packet::Packet;
use crate::path::Path;
use crate::time::{Instant, Micros};

/// Entries that a connection can be at.
const WAYS: usize = 4;
/// How often the answer to a SYN is sent.
const ATTEMPTS: u8 = 5;
const FIRST_WAIT: Micros = Micros::from_secs(1);
/// The table is not looked through more often than this.
const LEAST_WAIT: Micros = Micros::from_millis(100);

/// The memory of one half-open connection.
#[derive(Clone, Copy, Debug)]
pub struct HalfOpen(Option<Entry>);

impl HalfOpen {
    /// Memory of nobody.
    pub const FREE: HalfOpen = HalfOpen(None);
}

/// What is kept of a SYN.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) path: Path,
    pub(super) local_port: u16,
    pub(super) remote_port: u16,
    pub(super) initial: Seq,
    pub(super) peer_initial: Seq,
    pub(super) options: Options,
    /// That of our timestamps, where there are any.
    pub(super) timestamp_offset: u32,
    pub(super) attempts: u8,
    at: Instant,
}

impl Entry {
    pub(super) fn new(key: &Key, path: Path, segment: &Segment, initial: Seq) -> Self {
        let offset = |_| super::timestamp_offset(key, path.source, path.destination);
        Entry {
            timestamp_offset: segment.options.timestamps.map_or(0, offset),
            path,
            local_port: segment.destination,
            remote_port: segment.source,
            initial,
            peer_initial: segment.sequence,
            options: segment.options,
            attempts: 0,
            at: Instant::NEVER,
        }
    }

    fn is_of(&self, packet: &Packet, segment: &Segment) -> bool {
        (self.remote_port, self.local_port) == (segment.source, segment.destination)
            && self.path.destination == packet.source
            && self.path.source == packet.destination
    }
}

/// The table.
pub(super) struct Table<'m> {
    entries: &'m mut [HalfOpen],
    next: Instant,
    /// When a SYN was last answered with a cookie.
    pub(super) overflowed_at: Option<Instant>,
}

impl<'m> Table<'m> {
    pub(super) fn new(entries: &'m mut [HalfOpen]) -> Self {
        Table { entries, next: Instant::NEVER, overflowed_at: None }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.next
    }

    fn set(&self, hash: u64) -> core::ops::Range<usize> {
        let sets = (self.entries.len() / WAYS).max(1);
        let set = hash as usize % sets;
        set * WAYS..((set + 1) * WAYS).min(self.entries.len())
    }

    pub(super) fn find(&self, hash: u64, packet: &Packet, segment: &Segment) -> Option<usize> {
        self.set(hash).find(|at| self.entries[*at].0.is_some_and(|entry| entry.is_of(packet, segment)))
    }

    pub(super) fn get(&self, at: usize) -> Option<&Entry> {
        self.entries.get(at)?.0.as_ref()
    }

    pub(super) fn remove(&mut self, at: usize) {
        self.entries[at].0 = None;
    }

    /// Puts one into the table, if there is room; its answer is due.
    pub(super) fn insert(&mut self, hash: u64, entry: Entry, now: Instant) -> Option<usize> {
        let at = self.set(hash).find(|at| self.entries[*at].0.is_none())?;
        self.entries[at].0 = Some(Entry { at: now + FIRST_WAIT, attempts: 1, ..entry });
        self.next = self.next.min(now + FIRST_WAIT);
        Some(at)
    }

    /// Those whose answer is due again; who has not answered for long is forgotten.
    pub(super) fn expire(&mut self, now: Instant, mut answer: impl FnMut(&Entry)) {
        if now < self.next {
            return;
        }
        self.next = Instant::NEVER;
        for place in self.entries.iter_mut() {
            let Some(entry) = &mut place.0 else { continue };
            if entry.at <= now {
                if entry.attempts == ATTEMPTS {
                    place.0 = None;
                    continue;
                }
                answer(entry);
                entry.at = now + FIRST_WAIT * (1 << entry.attempts);
                entry.attempts += 1;
            }
            self.next = self.next.min(entry.at);
        }
        self.next = self.next.max(now + LEAST_WAIT);
    }
}

/// A cookie is good for two of these.
const EPOCH: Micros = Micros::from_secs(64);

/// What a cookie can say of the most bytes of a segment.
const SIZES: [u16; 8] = [536, 1220, 1300, 1400, 1440, 1460, 4312, 8960];

/// The sequence number that says what would be in the table: 24 bits that nobody can guess, when, and the segment's size.
pub(super) fn cookie(key: &Key, packet: &Packet, segment: &Segment, now: Instant) -> Seq {
    let mss = segment.options.mss.unwrap_or(0);
    let size = SIZES.iter().rposition(|size| *size <= mss).unwrap_or(0);
    seal(key, (packet.source, packet.destination), segment, segment.sequence, epoch(now) << 3 | size as u32)
}

/// The segment's size, if an acknowledgement is of one of our cookies.
pub(super) fn open_cookie(key: &Key, packet: &Packet, segment: &Segment, now: Instant) -> Option<u16> {
    let cookie = segment.acknowledgement.minus(1);
    let low = cookie.0 & 0xFF;
    let age = (epoch(now).wrapping_sub(low >> 3)) & 0x1F;
    let peer_initial = segment.sequence.minus(1);
    let is_ours = seal(key, (packet.source, packet.destination), segment, peer_initial, low) == cookie;
    (age <= 1 && is_ours).then(|| SIZES[(low & 7) as usize])
}

fn epoch(now: Instant) -> u32 {
    (now.as_micros() / EPOCH.as_micros()) as u32 & 0x1F
}

fn seal(key: &Key, addresses: (IpAddr, IpAddr), segment: &Segment, peer_initial: Seq, low: u32) -> Seq {
    let ports = u64::from(segment.source) << 16 | u64::from(segment.destination);
    let numbers = ports << 32 | u64::from(peer_initial.0);
    // The low byte is hashed with the ports: it cannot be changed.
    let hash = key.hash(Purpose::Cookie, &[addresses.0, addresses.1], numbers ^ u64::from(low).rotate_right(8));
    Seq((hash as u32) << 8 | low)
}

/// The options beside a cookie are in the low bits of the timestamp, which the peer sends back (RFC 7323 allows any clock).
pub(super) fn timestamp_with(timestamp: u32, options: &Options) -> u32 {
    let shift = options.window_shift.map_or(0xF, u32::from);
    let bits = shift << 1 | u32::from(options.may_sack);
    let with = timestamp & !0x1F | bits;
    // No later than now: the connection's own come after it.
    if (timestamp.wrapping_sub(with) as i32) < 0 { with.wrapping_sub(0x20) } else { with }
}

/// The options that were in a timestamp.
pub(super) fn options_of(echo: u32, value: u32, mss: u16) -> Options {
    let shift = (echo >> 1 & 0xF) as u8;
    Options {
        mss: Some(mss),
        window_shift: (shift != 0xF).then_some(shift),
        may_sack: echo & 1 != 0,
        timestamps: Some((value, echo)),
        ..Options::default()
    }
}
