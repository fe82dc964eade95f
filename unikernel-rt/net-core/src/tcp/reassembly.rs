//! What was received: bytes in order for the application, and blocks that wait for what is missing before them.

use super::segment::{Options, Range};
use super::sequence::Seq;
use crate::pool::{NONE, Pool, Queue, Use};

#[derive(Clone, Copy, Debug)]
pub(super) struct Reassembly {
    /// What the application can read.
    pub(super) ready: Queue,
    /// The first of the blocks that wait, which are in order and do not overlap.
    waiting: u32,
    waiting_blocks: u16,
    /// The last one that came too early: it is told of first (RFC 2018, section 4).
    latest: Seq,
}

impl Reassembly {
    pub(super) const EMPTY: Reassembly =
        Reassembly { ready: Queue::EMPTY, waiting: NONE, waiting_blocks: 0, latest: Seq(0) };

    pub(super) fn is_waiting(&self) -> bool {
        self.waiting != NONE
    }

    /// Takes bytes of the window; gives the next sequence number that is missing. What has no room is not taken.
    pub(super) fn insert(
        &mut self,
        pool: &mut Pool<'_>,
        next: Seq,
        sequence: Seq,
        bytes: &[u8],
        most_waiting: usize,
    ) -> Seq {
        let bytes = bytes.get(next.since(sequence)..).unwrap_or_default();
        let sequence = sequence.max(next);
        if sequence != next {
            self.wait(pool, sequence, bytes, most_waiting);
            return next;
        }
        let mut taken = self.ready.push(pool, Use::Received, bytes, usize::MAX);
        if taken < bytes.len() && self.is_waiting() {
            // What came too early may be dropped again (RFC 2018, section 8); what is in order goes on.
            self.drop_waiting(pool);
            taken += self.ready.push(pool, Use::Received, &bytes[taken..], usize::MAX);
        }
        self.advance(pool, next.plus(taken))
    }

    /// Moves what is in order now to what can be read.
    fn advance(&mut self, pool: &mut Pool<'_>, mut next: Seq) -> Seq {
        while let Some(block) = pool.get_mut(self.waiting) {
            let start = Seq(block.sequence);
            let end = start.plus(block.len());
            if next.is_before(start) {
                break;
            }
            let at = core::mem::replace(&mut self.waiting, block.next);
            self.waiting_blocks -= 1;
            block.drop_front(next.since(start));
            if next.is_before(end) {
                self.ready.push_block(pool, at);
                next = end;
            } else {
                pool.release(at);
            }
        }
        next
    }

    fn wait(&mut self, pool: &mut Pool<'_>, sequence: Seq, bytes: &[u8], most: usize) {
        self.latest = sequence;
        let end = sequence.plus(bytes.len());
        let (mut at, mut before, mut after) = (sequence, NONE, self.waiting);
        while at.is_before(end) {
            let (start, stop) = match pool.get(after) {
                Some(block) => (Seq(block.sequence), Seq(block.sequence).plus(block.len())),
                None => (end, end),
            };
            if at.is_before(start) {
                let piece = &bytes[at.since(sequence)..start.min(end).since(sequence)];
                let Some(last) = self.insert_between(pool, before, after, at, piece, most) else { return };
                before = last;
            }
            at = at.max(stop);
            if after != NONE {
                (before, after) = (after, pool.next(after));
            }
        }
    }

    /// Puts a piece between two blocks: into the rest of the first, and into new ones. Gives the last; `None` without room.
    fn insert_between(
        &mut self,
        pool: &mut Pool<'_>,
        mut before: u32,
        after: u32,
        mut sequence: Seq,
        mut piece: &[u8],
        most: usize,
    ) -> Option<u32> {
        if let Some(block) = pool.get(before)
            && Seq(block.sequence).plus(block.len()) == sequence
        {
            let taken = pool.append(before, piece);
            (sequence, piece) = (sequence.plus(taken), &piece[taken..]);
        }
        while !piece.is_empty() {
            if usize::from(self.waiting_blocks) >= most {
                return None;
            }
            let new = pool.take(Use::Received)?;
            if let Some(block) = pool.get_mut(new) {
                (block.next, block.sequence) = (after, sequence.0);
            }
            let taken = pool.append(new, piece);
            match pool.get_mut(before) {
                Some(block) => block.next = new,
                None => self.waiting = new,
            }
            self.waiting_blocks += 1;
            before = new;
            (sequence, piece) = (sequence.plus(taken), &piece[taken..]);
        }
        Some(before)
    }

    /// The ranges that wait, for an acknowledgement: that of the last segment first.
    pub(super) fn report(&self, pool: &Pool<'_>, options: &mut Options) {
        let holds_latest = |range: &Range| range.0.is_at_most(self.latest) && self.latest.is_before(range.1);
        let ranges = || {
            let mut at = self.waiting;
            core::iter::from_fn(move || {
                let block = pool.get(at)?;
                let (start, mut end) = (Seq(block.sequence), Seq(block.sequence).plus(block.len()));
                at = block.next;
                while let Some(block) = pool.get(at).filter(|block| Seq(block.sequence) == end) {
                    end = end.plus(block.len());
                    at = block.next;
                }
                Some((start, end))
            })
        };
        ranges().filter(holds_latest).for_each(|range| options.add_range(range));
        ranges()
            .filter(|range| !holds_latest(range))
            .take(super::segment::MOST_RANGES)
            .for_each(|range| options.add_range(range));
    }

    fn drop_waiting(&mut self, pool: &mut Pool<'_>) {
        while self.waiting != NONE {
            let next = pool.next(self.waiting);
            pool.release(self.waiting);
            self.waiting = next;
        }
        self.waiting_blocks = 0;
    }

    pub(super) fn clear(&mut self, pool: &mut Pool<'_>) {
        self.ready.clear(pool);
        self.drop_waiting(pool);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::{BLOCK_BYTES, Block};

    /// Pieces of a stream in any order, twice, overlapping: it is read as it was sent, and no block is lost.
    #[test]
    fn pieces_in_any_order_are_the_stream() {
        for seed in 0..300 {
            let mut random = fastrand::Rng::with_seed(seed);
            let stream: Vec<u8> = (0..random.usize(1..12_000)).map(|_| random.u8(..)).collect();
            let first = Seq(random.u32(..));
            let count = if seed % 3 == 0 { 10 } else { 64 };
            let (mut blocks, mut bytes) = (vec![Block::FREE; count], vec![[0; BLOCK_BYTES]; count]);
            let mut pool = Pool::new(&mut blocks, &mut bytes);
            let (mut reassembly, mut next, mut read) = (Reassembly::EMPTY, first, Vec::new());
            while read.len() < stream.len() {
                let start = random.usize(read.len().saturating_sub(2000)..stream.len().min(read.len() + 6000));
                let end = (start + random.usize(1..3000)).min(stream.len());
                let (start, end) = if random.u8(0..4) == 0 { (read.len(), end.max(read.len())) } else { (start, end) };
                next = reassembly.insert(&mut pool, next, first.plus(start), &stream[start..end], 6);
                let mut options = Options::default();
                reassembly.report(&pool, &mut options);
                for (from, to) in options.ranges().iter().copied() {
                    assert!(next.is_before(from) && from.is_before(to), "{seed}");
                }
                if random.bool() {
                    let mut buffer = [0; 1000];
                    let count = reassembly.ready.peek(&pool, &mut buffer);
                    reassembly.ready.consume(&mut pool, count);
                    read.extend_from_slice(&buffer[..count]);
                }
                assert_eq!(next.since(first), read.len() + reassembly.ready.len());
            }
            assert_eq!(read, stream, "{seed}");
            reassembly.clear(&mut pool);
            assert_eq!(pool.available(), pool.capacity());
        }
    }
}
