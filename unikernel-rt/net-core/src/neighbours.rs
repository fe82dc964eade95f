//! The neighbours of every card: the states of RFC 4861, section 7.3, for IPv6 and for ARP alike.
//!
//! Each has a state, a timer, and a queue of its own: to resolve one never delays another. The table is a hash table of sets with
//! a fixed number of ways, so that a look-up costs the same however many there are, and an entry always finds a place: that
//! of the least useful of its set.

use crate::address::IpAddr;
use crate::ethernet::Mac;
use crate::hash::{Key, Purpose};
use crate::time::{Instant, Micros};
use core::net::Ipv4Addr;

pub(crate) mod queue;

pub use queue::{FRAME_BYTES, QueuedFrame};

/// RFC 4861, section 10.
const ATTEMPTS: u8 = 3;
const RETRANSMIT: Micros = Micros::from_secs(1);
const REACHABLE: Micros = Micros::from_secs(30);
const DELAY: Micros = Micros::from_secs(5);

/// Entries that an address can be at.
const WAYS: usize = 8;

/// Who is asked for when nothing is known of it yet.
pub(crate) const NO_HINT: u16 = u16::MAX;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Free,
    /// Was asked for, has not answered.
    Incomplete,
    /// Has answered, or was heard of by a connection, not long ago.
    Reachable,
    /// Is known, and not known to be there.
    Stale,
    /// Was sent something lately; whoever hears of it is to say so.
    Delay,
    /// Is asked whether it is there.
    Probe,
}

/// The memory of one neighbour.
#[derive(Clone, Copy, Debug)]
pub struct Neighbour {
    address: IpAddr,
    mac: Mac,
    state: State,
    card: u8,
    attempts: u8,
    /// When the state ends.
    until: Instant,
    used: Instant,
}

impl Neighbour {
    /// An entry for nobody yet.
    pub const FREE: Neighbour = Neighbour {
        address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        mac: Mac::UNSPECIFIED,
        state: State::Free,
        card: 0,
        attempts: 0,
        until: Instant::NEVER,
        used: Instant::START,
    };

    fn is_of(&self, card: usize, address: IpAddr) -> bool {
        self.state != State::Free && usize::from(self.card) == card && self.address == address
    }

    /// How willingly it gives its place, more for a larger number.
    fn dispensability(&self) -> u8 {
        match self.state {
            State::Free => 5,
            State::Stale => 4,
            State::Incomplete => 3,
            State::Probe => 2,
            State::Delay => 1,
            State::Reachable => 0,
        }
    }
}

/// What is known of a neighbour that something is to be sent to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lookup {
    Known {
        mac: Mac,
        hint: u16,
    },
    /// The frame is to wait; who is new is to be asked for.
    Pending {
        entry: usize,
        is_new: bool,
    },
    /// There is no memory for neighbours at all.
    NoRoom,
}

/// What was heard of a neighbour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Heard {
    /// It asked for us: it is there, whether it hears us is not known (section 7.2.3).
    Asked,
    /// It tells of itself (section 7.2.5); `None` where it tells no address.
    Told { mac: Option<Mac>, is_solicited: bool, overrides: bool },
}

/// What is to be done when time has passed.
pub(crate) enum Due<'a> {
    /// Ask for an address: its owner alone, or everybody.
    Solicit { card: usize, address: IpAddr, owner: Option<Mac> },
    /// Tell who sent this frame that its neighbour does not answer.
    Lost { frame: &'a [u8] },
}

/// The neighbours of all cards.
pub(crate) struct Neighbours<'m> {
    entries: &'m mut [Neighbour],
    pub(crate) queue: queue::Queue<'m>,
    key: Key,
    /// The entry that was found last: most frames come from few neighbours.
    recent: u16,
    /// When the first of all states ends that something is to be done after, or before.
    next: Instant,
}

impl State {
    /// Whether something is to be done when it ends. That one is no longer reachable is seen when it is used.
    fn is_timed(self) -> bool {
        matches!(self, State::Incomplete | State::Delay | State::Probe)
    }
}

impl<'m> Neighbours<'m> {
    pub(crate) fn new(entries: &'m mut [Neighbour], queue: queue::Queue<'m>, key: Key) -> Self {
        Neighbours { entries, queue, key, recent: NO_HINT, next: Instant::NEVER }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.entries.iter().filter(|entry| entry.state != State::Free).count()
    }

    /// When [`Neighbours::expire`] is to be called.
    pub(crate) fn deadline(&self) -> Instant {
        self.next
    }

    /// The places that an address can be at.
    fn set(&self, card: usize, address: IpAddr) -> core::ops::Range<usize> {
        let sets = (self.entries.len() / WAYS).max(1);
        let set = self.key.place(Purpose::Neighbour, &[address], card as u64) as usize % sets;
        set * WAYS..((set + 1) * WAYS).min(self.entries.len())
    }

    fn find(&self, card: usize, address: IpAddr, hint: u16) -> Option<usize> {
        let hint = usize::from(if hint == NO_HINT { self.recent } else { hint });
        if self.entries.get(hint).is_some_and(|entry| entry.is_of(card, address)) {
            return Some(hint);
        }
        self.set(card, address).find(|at| self.entries[*at].is_of(card, address))
    }

    /// A place for a new one: the least useful of its set, which is forgotten.
    fn place(&mut self, card: usize, address: IpAddr, now: Instant) -> Option<usize> {
        let entries = &self.entries;
        let at = self.set(card, address).max_by_key(|at| {
            let entry = &entries[*at];
            (entry.dispensability(), core::cmp::Reverse(entry.used))
        })?;
        while self.queue.take(at).is_some() {}
        self.entries[at] = Neighbour { address, card: card as u8, used: now, ..Neighbour::FREE };
        Some(at)
    }

    fn enter(&mut self, at: usize, state: State, until: Instant) {
        let entry = &mut self.entries[at];
        (entry.state, entry.until) = (state, until);
        if state.is_timed() {
            self.next = self.next.min(until);
        }
    }

    /// The address to send to, for an IP address on the link of a card.
    #[inline]
    pub(crate) fn look_up(&mut self, card: usize, address: IpAddr, hint: u16, now: Instant) -> Lookup {
        let Some(at) = self.find(card, address, hint) else {
            let Some(at) = self.place(card, address, now) else { return Lookup::NoRoom };
            self.entries[at].attempts = 1;
            self.enter(at, State::Incomplete, now + RETRANSMIT);
            return Lookup::Pending { entry: at, is_new: true };
        };
        self.recent = at as u16;
        let entry = &mut self.entries[at];
        entry.used = now;
        let mac = entry.mac;
        match entry.state {
            State::Incomplete => return Lookup::Pending { entry: at, is_new: false },
            State::Reachable if now < entry.until => {}
            // Section 7.3.3: the first use of one that is stale gives it some time to be heard of.
            State::Reachable | State::Stale => self.enter(at, State::Delay, now + DELAY),
            State::Free | State::Delay | State::Probe => {}
        }
        Lookup::Known { mac, hint: at as u16 }
    }

    /// A connection hears from a neighbour what it can only say because it hears us (section 7.3.1).
    #[inline]
    pub(crate) fn confirm(&mut self, card: usize, address: IpAddr, hint: u16, now: Instant) {
        let Some(at) = self.find(card, address, hint) else { return };
        let entry = &mut self.entries[at];
        match entry.state {
            State::Incomplete => {}
            State::Reachable => entry.until = now + REACHABLE,
            _ => {
                self.enter(at, State::Reachable, now + REACHABLE);
                // Once in [`REACHABLE`] at most: a machine whose connections are idle is not woken for what it was to ask.
                let timed = self.entries.iter().filter(|entry| entry.state.is_timed());
                self.next = timed.map(|entry| entry.until).min().unwrap_or(Instant::NEVER);
            }
        }
    }

    /// Takes note of what a neighbour says; gives the entry whose queue can go, and where.
    pub(crate) fn hear(
        &mut self,
        card: usize,
        address: IpAddr,
        mac: Mac,
        heard: Heard,
        now: Instant,
    ) -> Option<(usize, Mac)> {
        let (told, is_solicited, overrides) = match heard {
            Heard::Asked => (Some(mac), false, true),
            Heard::Told { mac, is_solicited, overrides } => (mac, is_solicited, overrides),
        };
        let at = match (self.find(card, address, NO_HINT), heard) {
            (Some(at), _) => at,
            (None, Heard::Asked) => {
                let at = self.place(card, address, now)?;
                self.entries[at].mac = mac;
                self.enter(at, State::Stale, Instant::NEVER);
                return None;
            }
            // Section 7.2.5: nobody here has any use for it.
            (None, Heard::Told { .. }) => return None,
        };
        let (state, known) = (self.entries[at].state, self.entries[at].mac);
        if state == State::Incomplete {
            self.entries[at].mac = told?;
        } else if told.is_some_and(|told| told != known) {
            if !overrides {
                if state == State::Reachable {
                    self.enter(at, State::Stale, Instant::NEVER);
                }
                return None;
            }
            self.entries[at].mac = told.unwrap_or(known);
        } else if !is_solicited {
            return None;
        }
        if is_solicited {
            self.enter(at, State::Reachable, now + REACHABLE);
        } else {
            self.enter(at, State::Stale, Instant::NEVER);
        }
        (state == State::Incomplete).then_some((at, self.entries[at].mac))
    }

    /// The hint of a neighbour for whom no frame would wait.
    pub(crate) fn known(&self, card: usize, address: IpAddr) -> Option<u16> {
        let at = self.find(card, address, NO_HINT)?;
        (self.entries[at].state != State::Incomplete).then_some(at as u16)
    }

    /// Does what is due, and at most so many times of asking; what is left is due at once.
    pub(crate) fn expire(&mut self, now: Instant, most: usize, mut act: impl FnMut(Due<'_>)) {
        if now < self.next {
            return;
        }
        self.next = Instant::NEVER;
        let mut asked = 0;
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            if !entry.state.is_timed() {
                continue;
            }
            if now < entry.until || asked == most {
                self.next = self.next.min(entry.until);
                continue;
            }
            let (card, address, state) = (usize::from(entry.card), entry.address, entry.state);
            let attempts = if state == State::Delay { 0 } else { entry.attempts };
            if attempts == ATTEMPTS {
                // Section 7.3.3: it is not there. Whoever waits is told; who sends the next begins anew.
                while let Some(frame) = self.queue.take(at) {
                    act(Due::Lost { frame: frame.bytes });
                }
                self.entries[at] = Neighbour::FREE;
                continue;
            }
            asked += 1;
            self.entries[at].attempts = attempts + 1;
            let (state, owner) = match state {
                State::Incomplete => (State::Incomplete, None),
                _ => (State::Probe, Some(self.entries[at].mac)),
            };
            self.enter(at, state, now + RETRANSMIT);
            act(Due::Solicit { card, address, owner });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who is heard of needs no timer: a machine whose connections are idle is not woken for its neighbours.
    #[test]
    fn nothing_is_due_once_every_neighbour_is_heard_of() {
        let mut entries = [Neighbour::FREE; 16];
        let mut neighbours = Neighbours::new(&mut entries, queue::Queue::new(&mut [], &mut []), Key([7; 16]));
        let now = Instant::from_micros(1_000_000);
        let [one, other] = [1, 2].map(|last| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)));
        for address in [one, other] {
            neighbours.hear(0, address, Mac([2; 6]), Heard::Asked, now);
            assert_eq!(neighbours.deadline(), Instant::NEVER);
        }
        for address in [one, other] {
            assert!(matches!(neighbours.look_up(0, address, NO_HINT, now), Lookup::Known { .. }));
            assert_eq!(neighbours.deadline(), now + DELAY);
        }
        neighbours.confirm(0, one, NO_HINT, now);
        assert_eq!(neighbours.deadline(), now + DELAY, "the other is not");
        neighbours.confirm(0, other, NO_HINT, now);
        assert_eq!(neighbours.deadline(), Instant::NEVER);
        // One that does not answer is asked for, and forgotten.
        let dead = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 3));
        assert!(matches!(neighbours.look_up(0, dead, NO_HINT, now), Lookup::Pending { is_new: true, .. }));
        let mut asked = 0;
        while neighbours.deadline() != Instant::NEVER {
            let now = neighbours.deadline();
            neighbours.expire(now, 16, |due| asked += usize::from(matches!(due, Due::Solicit { .. })));
        }
        assert_eq!(asked, usize::from(ATTEMPTS) - 1, "and once when it was looked up");
    }
}
