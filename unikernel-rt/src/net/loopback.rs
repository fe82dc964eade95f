//! The way from this machine to itself: 127.0.0.1, `::1` and its own addresses, without the card.

/// How many frames can be under way to itself; where there is no room for another, its sender waits.
pub(super) const FRAMES: usize = 16;

/// Frames that are under way, the oldest first.
pub(crate) struct Queue {
    frames: [&'static mut [u8]; FRAMES],
    lengths: [usize; FRAMES],
    first: usize,
    count: usize,
}

/// Frames that are under way, and the one that has come.
pub(super) struct Loopback {
    pub(super) queue: Queue,
    current: &'static mut [u8],
    current_length: usize,
}

impl Loopback {
    /// Nothing under way; `FRAMES` and one more pieces of memory are taken.
    pub(super) fn new(mut pieces: impl Iterator<Item = &'static mut [u8]>) -> Self {
        let mut piece = move || pieces.next().unwrap_or_default();
        let current = piece();
        let frames = core::array::from_fn(|_| piece());
        Loopback { queue: Queue { frames, lengths: [0; FRAMES], first: 0, count: 0 }, current, current_length: 0 }
    }

    /// Whether a frame is under way.
    #[inline]
    pub(super) fn has_frame(&self) -> bool {
        self.queue.count > 0
    }

    /// Whether a frame has come, which then is [`Loopback::parts`]' first.
    #[inline]
    pub(super) fn receive(&mut self) -> bool {
        let Queue { frames, lengths, first, count } = &mut self.queue;
        if *count == 0 {
            return false;
        }
        core::mem::swap(&mut self.current, &mut frames[*first]);
        self.current_length = lengths[*first];
        *first = (*first + 1) % FRAMES;
        *count -= 1;
        true
    }

    /// The frame that has come, and where others are kept meanwhile.
    pub(super) fn parts(&mut self) -> (&[u8], &mut Queue) {
        (self.current.get(..self.current_length).unwrap_or_default(), &mut self.queue)
    }
}

impl Queue {
    /// Whether there is room for one more.
    pub(super) fn has_room(&self) -> bool {
        self.count < FRAMES
    }

    /// Keeps a frame of this length that `write` fills. One that has no room is lost, as on any network.
    pub(super) fn keep(&mut self, bytes: usize, write: impl FnOnce(&mut [u8])) {
        let index = (self.first + self.count) % FRAMES;
        if let Some(place) = self.frames[index].get_mut(..bytes).filter(|_| self.count < FRAMES) {
            write(place);
            self.lengths[index] = bytes;
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec;

    #[test]
    fn frames_come_back_in_order_and_those_beyond_are_lost() {
        let mut loopback = Loopback::new((0..=FRAMES).map(|_| &mut *vec![0; 64].leak()));
        for round in 0..5_u8 {
            for n in 0..20 {
                assert_eq!(loopback.queue.has_room(), usize::from(n) < FRAMES);
                loopback.queue.keep(usize::from(n) + 10, |frame| frame.fill(n + round));
            }
            loopback.queue.keep(65, |frame| frame.fill(9));
            for n in 0..FRAMES as u8 {
                assert!(loopback.receive());
                let (frame, queue) = loopback.parts();
                queue.keep(65, |frame| frame.fill(9));
                assert_eq!(frame, vec![n + round; usize::from(n) + 10]);
            }
            assert!(!loopback.receive() && !loopback.has_frame());
        }
    }
}
