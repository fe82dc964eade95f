//! What the peer has of what was sent (RFC 2018), and what of the rest is lost (RFC 6675).

use super::segment::Range;
use super::sequence::Seq;

/// The most ranges that are remembered. What is forgotten is sent again at worst.
const MOST: usize = 6;

/// Ranges that were received, ascending, apart from each other, all of them after what is acknowledged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scoreboard {
    ranges: [Range; MOST],
    count: u8,
}

impl Scoreboard {
    pub(super) const EMPTY: Scoreboard = Scoreboard { ranges: [(Seq(0), Seq(0)); MOST], count: 0 };

    pub(super) fn ranges(&self) -> &[Range] {
        &self.ranges[..usize::from(self.count)]
    }

    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    /// The end of the last range.
    pub(super) fn highest(&self) -> Option<Seq> {
        self.ranges().last().map(|range| range.1)
    }

    pub(super) fn bytes(&self) -> usize {
        self.ranges().iter().map(|(start, end)| end.since(*start)).sum()
    }

    /// Takes note of a range; whether it is news. Ranges that cannot be are ignored (RFC 2883: they tell of duplicates).
    pub(super) fn insert(&mut self, (mut start, mut end): Range, una: Seq, max: Seq) -> bool {
        if !(start.is_before(end) && una.is_before(start) && end.is_at_most(max)) {
            return false;
        }
        let before = self.bytes();
        let mut kept = Scoreboard::EMPTY;
        for (from, to) in self.ranges().iter().copied() {
            if to.is_before(start) || end.is_before(from) {
                kept.push((from, to));
            } else {
                (start, end) = (start.min(from), end.max(to));
            }
        }
        // Of too many, the highest gives way: the lowest tells what is to be sent again first.
        let at = kept.ranges().iter().position(|(from, _)| end.is_before(*from)).unwrap_or(usize::from(kept.count));
        if at == MOST {
            return false;
        }
        let count = (usize::from(kept.count) + 1).min(MOST);
        kept.ranges.copy_within(at..count - 1, at + 1);
        kept.ranges[at] = (start, end);
        kept.count = count as u8;
        *self = kept;
        self.bytes() > before
    }

    fn push(&mut self, range: Range) {
        if let Some(place) = self.ranges.get_mut(usize::from(self.count)) {
            *place = range;
            self.count += 1;
        }
    }

    /// Everything before this is acknowledged.
    pub(super) fn acknowledge(&mut self, una: Seq) {
        let ranges = *self;
        self.clear();
        for (start, end) in ranges.ranges().iter().filter(|(_, end)| una.is_before(*end)) {
            // One that begins at the acknowledgement is the peer's mistake: it would be acknowledged too.
            self.push((start.max(una), *end));
        }
    }

    /// Where the lost part ends: before so much was received that no reordering explains it (RFC 6675, section 4, IsLost).
    pub(super) fn lost_until(&self, segment: usize) -> Option<Seq> {
        const DUPLICATES: usize = 3;
        let (mut bytes, mut count) = (0, 0);
        for (start, end) in self.ranges().iter().rev() {
            bytes += end.since(*start);
            count += 1;
            if count >= DUPLICATES || bytes > (DUPLICATES - 1) * segment {
                return Some(*start);
            }
        }
        None
    }

    /// The first hole at or after `from` and before `until`.
    pub(super) fn hole(&self, from: Seq, until: Seq) -> Option<Range> {
        let mut at = from;
        for (start, end) in self.ranges() {
            if at.is_before(*start) {
                break;
            }
            at = at.max(*end);
        }
        let end =
            self.ranges().iter().map(|range| range.0).find(|start| at.is_before(*start)).unwrap_or(until).min(until);
        at.is_before(end).then_some((at, end))
    }

    /// How many bytes between two numbers were not received.
    pub(super) fn missing(&self, from: Seq, until: Seq) -> usize {
        let inside = self.ranges().iter().map(|(start, end)| end.min(until).since(start.max(from))).sum::<usize>();
        until.since(from) - inside.min(until.since(from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(ranges: &[(u32, u32)]) -> Scoreboard {
        let mut board = Scoreboard::EMPTY;
        for (start, end) in ranges {
            board.insert((Seq(*start), Seq(*end)), Seq(0), Seq(100_000));
        }
        board
    }

    #[test]
    fn ranges_are_joined_and_ordered() {
        let mut joined = board(&[(500, 600), (100, 200), (200, 300), (550, 700)]);
        assert_eq!(joined.ranges(), [(Seq(100), Seq(300)), (Seq(500), Seq(700))]);
        assert_eq!(joined.hole(Seq(0), Seq(1000)), Some((Seq(0), Seq(100))));
        assert_eq!(joined.hole(Seq(100), Seq(1000)), Some((Seq(300), Seq(500))));
        assert_eq!(joined.hole(Seq(600), Seq(700)), None);
        assert_eq!(joined.missing(Seq(0), Seq(1000)), 600);
        joined.acknowledge(Seq(250));
        assert_eq!(joined.ranges(), [(Seq(250), Seq(300)), (Seq(500), Seq(700))]);
        assert!(!joined.insert((Seq(500), Seq(600)), Seq(250), Seq(1000)), "no news");
        assert!(!joined.insert((Seq(100), Seq(240)), Seq(250), Seq(1000)), "acknowledged");
        assert!(!joined.insert((Seq(900), Seq(1001)), Seq(250), Seq(1000)), "never sent");
    }

    /// RFC 6675, section 4: three ranges, or more than two segments' bytes above.
    #[test]
    fn what_is_below_enough_is_lost() {
        assert_eq!(board(&[(1000, 2000), (3000, 4000)]).lost_until(1000), None);
        assert_eq!(board(&[(1000, 2001), (3000, 4000)]).lost_until(1000), Some(Seq(1000)));
        assert_eq!(board(&[(10, 20), (30, 40), (50, 60), (70, 80)]).lost_until(1000), Some(Seq(30)));
    }

    /// Against a plain set of bytes.
    #[test]
    fn is_a_set_of_bytes() {
        let mut random = fastrand::Rng::with_seed(5);
        for _ in 0..500 {
            let (mut board, mut model) = (Scoreboard::EMPTY, [false; 64]);
            for _ in 0..6 {
                let start = random.usize(1..60);
                let end = random.usize(start + 1..=64);
                board.insert((Seq(start as u32), Seq(end as u32)), Seq(0), Seq(64));
                model[start..end].fill(true);
            }
            assert_eq!(board.bytes(), model.iter().filter(|has| **has).count());
            let (from, until) = (random.usize(0..64), random.usize(0..=64));
            let missing = (from..until).filter(|at| !model[*at]).count();
            assert_eq!(board.missing(Seq(from as u32), Seq(until as u32)), missing);
            let hole = (from..until).find(|at| !model[*at]);
            assert_eq!(board.hole(Seq(from as u32), Seq(until as u32)).map(|hole| hole.0.0 as usize), hole);
        }
    }
}
