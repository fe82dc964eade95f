//! Which slot has a connection: a hash table over the slots, chained through them.
//!
//! Its hash is of a secret (RFC 6056 has a like one for ports), so that nobody outside can choose connections that share a chain.

use super::super::segment::Ends;
use super::list::NONE;
use smoltcp::wire::IpAddress;

/// A slot's place in the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    ends: Option<Ends>,
    next: u16,
}

impl Entry {
    pub(super) const EMPTY: Entry = Entry { ends: None, next: NONE };

    /// The connection that the slot was added with.
    pub(super) fn ends(&self) -> Option<Ends> {
        self.ends
    }
}

/// Where the slots' entries are.
pub(super) trait Entries {
    /// A slot's entry.
    fn entry(&mut self, slot: u16) -> &mut Entry;
}

/// The heads of the chains, as many as slots.
pub(super) struct Table {
    heads: &'static mut [u16],
    secret: u64,
}

impl Table {
    /// An empty table.
    pub(super) fn new(heads: &'static mut [u16], secret: u64) -> Self {
        heads.fill(NONE);
        Table { heads, secret }
    }

    /// The slot that has a connection; of several, the last that was added.
    #[inline]
    pub(super) fn find(&self, entries: &mut (impl Entries + ?Sized), ends: &Ends) -> Option<u16> {
        let mut slot = *self.heads.get(self.chain(ends))?;
        while slot != NONE {
            let entry = entries.entry(slot);
            if entry.ends.as_ref() == Some(ends) {
                return Some(slot);
            }
            slot = entry.next;
        }
        None
    }

    /// Adds a slot, which must not be in it.
    pub(super) fn add(&mut self, entries: &mut (impl Entries + ?Sized), slot: u16, ends: Ends) {
        let chain = self.chain(&ends);
        if let Some(head) = self.heads.get_mut(chain) {
            *entries.entry(slot) = Entry { ends: Some(ends), next: *head };
            *head = slot;
        }
    }

    /// Removes a slot, if it is in it.
    pub(super) fn remove(&mut self, entries: &mut (impl Entries + ?Sized), slot: u16) {
        let Entry { ends: Some(ends), next } = core::mem::replace(entries.entry(slot), Entry::EMPTY) else { return };
        let chain = self.chain(&ends);
        let Some(head) = self.heads.get_mut(chain) else { return };
        if *head == slot {
            *head = next;
            return;
        }
        let mut before = *head;
        while before != NONE {
            let entry = entries.entry(before);
            if entry.next == slot {
                entry.next = next;
                return;
            }
            before = entry.next;
        }
    }

    #[inline]
    fn chain(&self, Ends { local, remote }: &Ends) -> usize {
        // Addresses of its own are few: they need not be mixed in.
        let address = match remote.addr {
            IpAddress::Ipv4(address) => u64::from(address.to_bits()),
            #[cfg(feature = "ipv6")]
            IpAddress::Ipv6(address) => {
                let bits = address.to_bits();
                self.mix((bits >> 64) as u64) ^ bits as u64
            }
        };
        let ports = u64::from(remote.port) << 16 | u64::from(local.port);
        let hash = self.mix(self.mix(address) ^ ports);
        // As a fraction of all, times how many there are.
        (((hash >> 32) * self.heads.len() as u64) >> 32) as usize
    }

    /// Both halves of a product with the golden ratio, folded.
    #[inline]
    fn mix(&self, value: u64) -> u64 {
        let product = u128::from(value ^ self.secret) * 0x9e37_79b9_7f4a_7c15;
        product as u64 ^ (product >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use core::net::Ipv4Addr;
    use smoltcp::wire::IpEndpoint;
    use std::vec;
    use std::vec::Vec;

    impl Entries for Vec<Entry> {
        fn entry(&mut self, slot: u16) -> &mut Entry {
            &mut self[usize::from(slot)]
        }
    }

    fn ends(port: u16) -> Ends {
        let end = |last, port| IpEndpoint::new(Ipv4Addr::new(10, 0, 0, last).into(), port);
        Ends { local: end(2, 80), remote: end(1, port) }
    }

    #[test]
    fn what_was_added_is_found_until_it_is_removed() {
        let mut random = fastrand::Rng::with_seed(11);
        for slots in [1_u16, 2, 7, 64] {
            let mut table = Table::new(vec![0; slots.into()].leak(), random.u64(..));
            let mut entries = vec![Entry::EMPTY; slots.into()];
            let mut model: Vec<Option<u16>> = vec![None; slots.into()];
            for _ in 0..2000 {
                let (slot, port) = (random.u16(..slots), random.u16(..100));
                match model[usize::from(slot)] {
                    Some(_) => {
                        table.remove(&mut entries, slot);
                        model[usize::from(slot)] = None;
                    }
                    None if !model.contains(&Some(port)) => {
                        table.add(&mut entries, slot, ends(port));
                        model[usize::from(slot)] = Some(port);
                    }
                    None => {}
                }
                for port in 0..100 {
                    let expected = model.iter().position(|&other| other == Some(port)).map(|slot| slot as u16);
                    assert_eq!(table.find(&mut entries, &ends(port)), expected);
                }
                table.remove(&mut entries, slot);
                model[usize::from(slot)] = None;
            }
        }
    }

    #[test]
    fn the_last_of_several_is_found_and_ends_matter_whole() {
        let mut table = Table::new(vec![0; 4].leak(), 1);
        let mut entries = vec![Entry::EMPTY; 4];
        table.add(&mut entries, 1, ends(5));
        table.add(&mut entries, 2, ends(5));
        assert_eq!(table.find(&mut entries, &ends(5)), Some(2));
        table.remove(&mut entries, 2);
        assert_eq!(table.find(&mut entries, &ends(5)), Some(1));
        let mut other = ends(5);
        other.local.addr = Ipv4Addr::LOCALHOST.into();
        assert_eq!(table.find(&mut entries, &other), None);
    }

    #[test]
    fn chains_are_short() {
        for secret in [1, 0x9e37_79b9_7f4a_7c15, u64::MAX] {
            let mut table = Table::new(vec![0; 1024].leak(), secret);
            let mut entries = vec![Entry::EMPTY; 1024];
            for slot in 0..1024 {
                table.add(&mut entries, slot, ends(40_000 + slot));
            }
            let length = |mut slot: u16| {
                let mut length = 0;
                while slot != NONE {
                    (slot, length) = (entries[usize::from(slot)].next, length + 1);
                }
                length
            };
            let longest = table.heads.iter().map(|&head| length(head)).max();
            assert!(longest <= Some(9), "secret {secret:#x}: {longest:?}");
        }
    }
}
