//! Lists of slots: linked through the slots themselves, so that they need no memory and no walk.

/// No slot.
pub(super) const NONE: u16 = u16::MAX;

/// A list that is added to at both ends and taken from at its head. The links are in `links`, which is always the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    head: u16,
    tail: u16,
}

/// Where the slots' links are: what comes behind slot `n`.
pub(super) trait Links {
    /// What comes behind a slot.
    fn link(&mut self, slot: u16) -> &mut u16;
}

impl List {
    pub(super) const EMPTY: List = List { head: NONE, tail: NONE };

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.head == NONE
    }

    /// Puts a slot, which is in no list of these links, at the end.
    #[inline]
    pub(super) fn push(&mut self, links: &mut (impl Links + ?Sized), slot: u16) {
        *links.link(slot) = NONE;
        match self.tail {
            NONE => self.head = slot,
            tail => *links.link(tail) = slot,
        }
        self.tail = slot;
    }

    /// Puts a slot, which is in no list of these links, at the head.
    pub(super) fn push_first(&mut self, links: &mut (impl Links + ?Sized), slot: u16) {
        *links.link(slot) = self.head;
        if self.is_empty() {
            self.tail = slot;
        }
        self.head = slot;
    }

    /// Takes the head.
    #[inline]
    pub(super) fn pop(&mut self, links: &mut (impl Links + ?Sized)) -> Option<u16> {
        let slot = self.head;
        if slot == NONE {
            return None;
        }
        self.head = *links.link(slot);
        if self.head == NONE {
            self.tail = NONE;
        }
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Links for [u16; 8] {
        fn link(&mut self, slot: u16) -> &mut u16 {
            &mut self[usize::from(slot)]
        }
    }

    #[test]
    fn slots_come_out_in_order_from_both_ends() {
        let (mut links, mut list) = ([5; 8], List::EMPTY);
        assert!(list.is_empty() && list.pop(&mut links).is_none());
        for round in 0..3 {
            list.push(&mut links, 3);
            list.push(&mut links, 1);
            list.push_first(&mut links, 7);
            list.push(&mut links, 0);
            assert!(!list.is_empty());
            for expected in [7, 3, 1, 0] {
                assert_eq!(list.pop(&mut links), Some(expected), "round {round}");
            }
            assert!(list.is_empty() && list.pop(&mut links).is_none());
            list.push_first(&mut links, 2);
            list.push(&mut links, 4);
            assert_eq!([list.pop(&mut links), list.pop(&mut links)], [Some(2), Some(4)]);
        }
    }
}
