//! The small blocks that were freed last, by their size.
//!
//! Most of what a program allocates is as large as something that it has just freed: here that takes a few instructions, where the heap's
//! classes split and join. Only a few blocks of each size stay, and those go back as well where memory is short.

/// Sizes differ by so many bytes.
const STEP_BYTES: usize = 32;
/// How many sizes there are: up to 1 KiB.
const SIZES: usize = 32;
/// How many blocks of a size stay.
const MOST: usize = 16;

/// Addresses of free blocks.
pub(super) struct Cache {
    blocks: [[usize; MOST]; SIZES],
    counts: [u8; SIZES],
}

/// One of the sizes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Size(usize);

impl Size {
    /// The size of blocks for so many bytes, where they are small.
    #[inline]
    pub(super) const fn of(bytes: usize) -> Option<Self> {
        let index = bytes.saturating_sub(1) / STEP_BYTES;
        if index < SIZES { Some(Size(index)) } else { None }
    }

    /// How many bytes there is room for.
    #[inline]
    pub(super) const fn bytes(self) -> usize {
        (self.0 + 1) * STEP_BYTES
    }
}

impl Cache {
    pub(super) const EMPTY: Cache = Cache { blocks: [[0; MOST]; SIZES], counts: [0; SIZES] };

    /// Takes the block of a size that was freed last.
    #[inline]
    pub(super) fn take(&mut self, Size(index): Size) -> Option<usize> {
        let count = self.counts[index].checked_sub(1)?;
        self.counts[index] = count;
        self.blocks[index].get(usize::from(count)).copied()
    }

    /// Keeps a free block; whether there is room for it.
    #[inline]
    pub(super) fn keep(&mut self, Size(index): Size, block: usize) -> bool {
        let count = &mut self.counts[index];
        let Some(place) = self.blocks[index].get_mut(usize::from(*count)) else { return false };
        *place = block;
        *count += 1;
        true
    }

    /// Takes any block.
    pub(super) fn take_any(&mut self) -> Option<usize> {
        (0..SIZES).find_map(|index| self.take(Size(index)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Cache, MOST, SIZES, STEP_BYTES, Size};

    #[test]
    fn every_small_size_has_room_for_what_is_asked() {
        for bytes in 0..=SIZES * STEP_BYTES {
            let size = Size::of(bytes).expect("is small");
            assert!((bytes..bytes + STEP_BYTES + 1).contains(&size.bytes()), "{bytes}");
            assert_eq!(Size::of(size.bytes()), Some(size), "{bytes}");
        }
        assert_eq!(Size::of(SIZES * STEP_BYTES + 1), None);
        assert_eq!(Size::of(usize::MAX), None);
    }

    #[test]
    fn a_few_of_each_size_stay_and_the_last_comes_first() {
        let mut cache = Cache::EMPTY;
        let (small, other) = (Size::of(8).expect("is small"), Size::of(1000).expect("is small"));
        assert_eq!(cache.take(small), None);
        for block in 1..=MOST {
            assert!(cache.keep(small, block));
        }
        assert!(!cache.keep(small, 99), "it has enough of them");
        assert!(cache.keep(other, 1000));
        assert_eq!((cache.take(small), cache.take(small)), (Some(MOST), Some(MOST - 1)));
        assert_eq!(cache.take(other), Some(1000));
        assert_eq!(cache.take(other), None);
        let mut rest = 0;
        while cache.take_any().is_some() {
            rest += 1;
        }
        assert_eq!(rest, MOST - 2);
    }
}
