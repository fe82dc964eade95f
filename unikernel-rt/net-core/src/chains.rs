//! A hash table of slots that are handed in: chains through the slots themselves, and their heads in them too.

/// No slot.
pub(crate) const NONE: u32 = u32::MAX;

/// A slot's part of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain {
    /// The first slot of the bucket with this slot's number.
    head: u32,
    /// The slot after this one in its own bucket.
    next: u32,
}

impl Chain {
    pub(crate) const EMPTY: Chain = Chain { head: NONE, next: NONE };
}

/// What has a part of the table.
pub(crate) trait Chained {
    fn chain(&self) -> &Chain;
    fn chain_mut(&mut self) -> &mut Chain;
}

fn bucket(slots: usize, hash: u64) -> usize {
    // The upper half of a product spreads the hash over any number, without a division.
    (((hash >> 32) * slots as u64) >> 32) as usize
}

/// The slots whose hashes are like this one.
pub(crate) fn matches<S: Chained>(slots: &[S], hash: u64) -> impl Iterator<Item = (usize, &S)> {
    let mut at = slots.get(bucket(slots.len(), hash)).map_or(NONE, |slot| slot.chain().head);
    core::iter::from_fn(move || {
        let index = at as usize;
        let slot = slots.get(index)?;
        at = slot.chain().next;
        Some((index, slot))
    })
}

/// Puts a slot into the table.
pub(crate) fn insert<S: Chained>(slots: &mut [S], index: usize, hash: u64) {
    let bucket = bucket(slots.len(), hash);
    let head = core::mem::replace(&mut slots[bucket].chain_mut().head, index as u32);
    slots[index].chain_mut().next = head;
}

/// Takes a slot out of the table.
pub(crate) fn remove<S: Chained>(slots: &mut [S], index: usize, hash: u64) {
    let bucket = bucket(slots.len(), hash);
    let next = slots[index].chain().next;
    let mut at = slots[bucket].chain().head;
    if at as usize == index {
        slots[bucket].chain_mut().head = next;
        return;
    }
    while let Some(slot) = slots.get_mut(at as usize) {
        let chain = slot.chain_mut();
        if chain.next as usize == index {
            chain.next = next;
            return;
        }
        at = chain.next;
    }
}
