//! The memory of connections: a hash table, a list of those that want to send, and a heap of deadlines, all in one slice.

use super::connection::{Connection, New, Spare};
use crate::chains::{self, Chain, Chained, NONE};
use crate::pool::Pool;
use crate::time::Instant;

/// The memory of one connection.
#[derive(Debug)]
pub struct TcpSlot {
    chain: Chain,
    /// Tells the handles of those that had this memory before.
    generation: u32,
    /// The next that wants to send, while this one does; the next free one, while it is free.
    next: u32,
    is_active: bool,
    /// Which slot has this slot's number in the heap.
    heap_entry: u32,
    /// Where in the heap this slot is.
    heap_place: u32,
    /// What it is in the heap for: never later than what it wants.
    scheduled: Instant,
    connection: Option<Connection>,
}

impl TcpSlot {
    /// Memory of nobody.
    pub const FREE: TcpSlot = TcpSlot {
        chain: Chain::EMPTY,
        generation: 0,
        next: NONE,
        is_active: false,
        heap_entry: NONE,
        heap_place: NONE,
        scheduled: Instant::NEVER,
        connection: None,
    };
}

/// What a connection that does nothing costs.
const _: () = assert!(size_of::<TcpSlot>() <= 512);

impl Chained for TcpSlot {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn chain_mut(&mut self) -> &mut Chain {
        &mut self.chain
    }
}

/// All connections.
pub(super) struct Slots<'m> {
    slots: &'m mut [TcpSlot],
    free: u32,
    touched: u32,
    heap_len: usize,
    active_head: u32,
    active_tail: u32,
    active_count: usize,
    /// Those that can be spared, the one that has been so longest first: those in TIME-WAIT, and those that are idle.
    spare: [Ends; 2],
    /// The first of all deadlines, or before: of the heap, and of those in TIME-WAIT.
    first: Instant,
}

/// The ends of a list of connections.
#[derive(Clone, Copy, Debug)]
struct Ends {
    first: u32,
    last: u32,
}

impl<'m> Slots<'m> {
    pub(super) fn new(slots: &'m mut [TcpSlot]) -> Self {
        Slots {
            slots,
            free: NONE,
            touched: 0,
            heap_len: 0,
            active_head: NONE,
            active_tail: NONE,
            active_count: 0,
            spare: [Ends { first: NONE, last: NONE }; 2],
            first: Instant::NEVER,
        }
    }

    /// Puts a connection in TIME-WAIT, which nobody holds, at the end of those that wait for what is late. They end in this order, so that
    /// only the first is looked at; most connections are here, and would make the heap deep.
    pub(super) fn wait_for_late(&mut self, index: usize) {
        let Some((slot, connection)) = self.slots.get(index).and_then(|slot| Some((slot, slot.connection.as_ref()?)))
        else {
            return;
        };
        let end = connection.expires_at;
        if slot.scheduled == end && connection.spare == Some(Spare::TimeWait) {
            return;
        }
        self.unschedule(index);
        self.slots[index].scheduled = end;
        self.set_spare(index, None);
        self.set_spare(index, Some(Spare::TimeWait));
    }

    /// Puts a connection at the end of those that can be spared for a reason; `None` takes it out of them.
    #[inline(never)]
    pub(super) fn set_spare(&mut self, index: usize, reason: Option<Spare>) {
        let Some(connection) = self.get_mut(index) else { return };
        let known = core::mem::replace(&mut connection.spare, reason);
        if known == reason {
            return;
        }
        if let Some(known) = known {
            let (before, after) = (connection.before, connection.after);
            (connection.before, connection.after) = (NONE, NONE);
            match self.get_mut(before as usize) {
                Some(other) => other.after = after,
                None => self.spare[known as usize].first = after,
            }
            match self.get_mut(after as usize) {
                Some(other) => other.before = before,
                None => self.spare[known as usize].last = before,
            }
        }
        if let Some(reason) = reason {
            let last = core::mem::replace(&mut self.spare[reason as usize].last, index as u32);
            match self.get_mut(last as usize) {
                Some(other) => other.after = index as u32,
                None => self.spare[reason as usize].first = index as u32,
            }
            if let Some(connection) = self.get_mut(index) {
                connection.before = last;
            }
        }
        if known == Some(Spare::TimeWait) || reason == Some(Spare::TimeWait) {
            self.note_first();
        }
    }

    /// The one that can be spared for a reason, and has been so longest.
    pub(super) fn first_spare(&self, reason: Spare) -> Option<usize> {
        let first = self.spare[reason as usize].first;
        (first != NONE).then_some(first as usize)
    }

    pub(super) fn has_room(&self) -> bool {
        self.free != NONE || (self.touched as usize) < self.slots.len()
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&Connection> {
        self.slots.get(index)?.connection.as_ref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Connection> {
        self.slots.get_mut(index)?.connection.as_mut()
    }

    pub(super) fn generation(&self, index: usize) -> Option<u32> {
        self.slots.get(index).map(|slot| slot.generation)
    }

    /// How many of the slots were ever used, from the first one on.
    pub(super) fn count(&self) -> usize {
        self.touched as usize
    }

    /// All that there are.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Connection)> {
        let used = &self.slots[..self.touched as usize];
        used.iter().enumerate().filter_map(|(index, slot)| Some((index, slot.connection.as_ref()?)))
    }

    /// Has all look again who wait for room.
    #[cold]
    #[inline(never)]
    pub(super) fn wake_writers(&mut self) {
        let used = self.slots.get_mut(..self.touched as usize).unwrap_or_default();
        used.iter_mut().filter_map(|slot| slot.connection.as_mut()).for_each(Connection::wake_writers);
    }

    /// The handles of a connection's past are no longer its own.
    pub(super) fn renew(&mut self, index: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            slot.generation = slot.generation.wrapping_add(1);
        }
    }

    /// Those whose hashes are like this one.
    #[inline]
    pub(super) fn matches(&self, hash: u64) -> impl Iterator<Item = (usize, &Connection)> {
        chains::matches(self.slots, hash).filter_map(|(index, slot)| Some((index, slot.connection.as_ref()?)))
    }

    /// Gives a connection a slot.
    #[inline(never)]
    pub(super) fn insert(&mut self, hash: u64, new: New<'_>) -> Option<(usize, &mut Connection)> {
        let index = if self.free != NONE {
            let index = self.free as usize;
            self.free = self.slots.get(index)?.next;
            index
        } else {
            let index = self.touched as usize;
            self.slots.get(index)?;
            self.touched += 1;
            index
        };
        chains::insert(self.slots, index, hash);
        let slot = self.slots.get_mut(index)?;
        slot.next = NONE;
        // Made where it stays: it is too large to be moved.
        Some((index, slot.connection.insert(Connection::new(hash, new))))
    }

    /// Ends the connection of a slot, which is free.
    #[inline(never)]
    pub(super) fn remove(&mut self, pool: &mut Pool<'_>, index: usize) {
        self.set_spare(index, None);
        let Some(connection) = self.get_mut(index) else { return };
        connection.received.clear(pool);
        connection.send.clear(pool);
        // Whoever has its handle is told that there is nothing to wait for.
        connection.wake_readers();
        connection.wake_writers();
        let hash = connection.hash;
        chains::remove(self.slots, index, hash);
        self.unschedule(index);
        let slot = &mut self.slots[index];
        slot.connection = None;
        slot.generation = slot.generation.wrapping_add(1);
        if !slot.is_active {
            self.release(index);
        }
    }

    /// A connection that is over gives its addresses and ports free, though its handle is still held.
    pub(super) fn forget_address(&mut self, index: usize) {
        let Some(connection) = self.get_mut(index) else { return };
        let old = core::mem::replace(&mut connection.hash, 0);
        connection.remote_port = 0;
        chains::remove(self.slots, index, old);
        chains::insert(self.slots, index, 0);
    }

    fn release(&mut self, index: usize) {
        self.slots[index].next = self.free;
        self.free = index as u32;
    }

    /// Has a connection looked at for what it has to send.
    #[inline(never)]
    pub(super) fn activate(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        if slot.is_active {
            return;
        }
        (slot.is_active, slot.next) = (true, NONE);
        match self.slots.get_mut(self.active_tail as usize) {
            Some(tail) => tail.next = index as u32,
            None => self.active_head = index as u32,
        }
        self.active_tail = index as u32;
        self.active_count += 1;
    }

    /// The next to be looked at.
    pub(super) fn next_active(&mut self) -> Option<usize> {
        loop {
            let index = self.active_head as usize;
            let slot = self.slots.get_mut(index)?;
            slot.is_active = false;
            self.active_count -= 1;
            self.active_head = core::mem::replace(&mut slot.next, NONE);
            if self.active_head == NONE {
                self.active_tail = NONE;
            }
            if slot.connection.is_some() {
                return Some(index);
            }
            // It was removed while it was in the list.
            self.release(index);
        }
    }

    /// How many want to be looked at.
    pub(super) fn active_count(&self) -> usize {
        self.active_count
    }

    /// Has a connection looked at no later than this. Deadlines that only move away, as those of most do, cost nothing.
    #[inline]
    pub(super) fn schedule(&mut self, index: usize, at: Instant) {
        if self.slots.get(index).is_some_and(|slot| at < slot.scheduled) {
            self.reschedule(index, at);
        }
    }

    #[inline(never)]
    fn reschedule(&mut self, index: usize, at: Instant) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        slot.scheduled = at;
        let place = if slot.heap_place == NONE {
            let place = self.heap_len;
            self.heap_len += 1;
            self.put(place, index);
            place
        } else {
            slot.heap_place as usize
        };
        self.rise(place);
        self.note_first();
    }

    /// The first of all deadlines, or before.
    #[inline]
    pub(super) fn first_deadline(&self) -> Instant {
        self.first
    }

    /// Takes note of the first of all deadlines.
    fn note_first(&mut self) {
        let of_heap = if self.heap_len == 0 { Instant::NEVER } else { self.scheduled(0) };
        self.first = of_heap.min(self.first_end());
    }

    /// When the first of those in TIME-WAIT ends.
    fn first_end(&self) -> Instant {
        let first = self.spare[Spare::TimeWait as usize].first;
        self.get(first as usize).map_or(Instant::NEVER, |connection| connection.expires_at)
    }

    /// A connection whose time has come; it is to be scheduled anew.
    #[inline]
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<usize> {
        if self.first > now { None } else { self.pop(now) }
    }

    #[inline(never)]
    fn pop(&mut self, now: Instant) -> Option<usize> {
        if self.first_end() <= now {
            return self.first_spare(Spare::TimeWait);
        }
        let index = self.slots[0].heap_entry as usize;
        self.unschedule(index);
        Some(index)
    }

    #[inline(never)]
    fn unschedule(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        slot.scheduled = Instant::NEVER;
        let place = core::mem::replace(&mut slot.heap_place, NONE) as usize;
        if place == NONE as usize {
            return;
        }
        self.heap_len -= 1;
        if place < self.heap_len {
            let last = self.slots[self.heap_len].heap_entry as usize;
            self.put(place, last);
            self.rise(place);
            self.sink(place);
        }
        self.note_first();
    }

    fn put(&mut self, place: usize, index: usize) {
        self.slots[place].heap_entry = index as u32;
        self.slots[index].heap_place = place as u32;
    }

    fn scheduled(&self, place: usize) -> Instant {
        self.slots[self.slots[place].heap_entry as usize].scheduled
    }

    fn swap(&mut self, one: usize, other: usize) {
        let (first, second) = (self.slots[one].heap_entry as usize, self.slots[other].heap_entry as usize);
        self.put(one, second);
        self.put(other, first);
    }

    fn rise(&mut self, mut place: usize) {
        while place > 0 && self.scheduled(place) < self.scheduled((place - 1) / 2) {
            self.swap(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
    }

    fn sink(&mut self, mut place: usize) {
        loop {
            let mut child = 2 * place + 1;
            if child + 1 < self.heap_len && self.scheduled(child + 1) < self.scheduled(child) {
                child += 1;
            }
            if child >= self.heap_len || self.scheduled(place) <= self.scheduled(child) {
                return;
            }
            self.swap(place, child);
            place = child;
        }
    }
}
