//! What routers tell is so for a time: a few values, each with its end.

use crate::time::Instant;

#[derive(Clone, Copy, Debug)]
pub(super) struct Expiring<T, const N: usize>([Option<(T, Instant)>; N]);

impl<T: Copy + PartialEq, const N: usize> Expiring<T, N> {
    pub(super) const NONE: Self = Expiring([None; N]);

    /// Keeps a value until then; whether there was room.
    pub(super) fn put(&mut self, value: T, until: Instant) -> bool {
        let at = self.0.iter().position(|place| place.is_some_and(|(known, _)| known == value));
        let at = at.or_else(|| self.0.iter().position(Option::is_none));
        match at.and_then(|at| self.0.get_mut(at)) {
            Some(place) => {
                *place = Some((value, until));
                true
            }
            None => false,
        }
    }

    pub(super) fn remove(&mut self, value: T) {
        for place in &mut self.0 {
            if place.is_some_and(|(known, _)| known == value) {
                *place = None;
            }
        }
    }

    /// Until when a value is kept.
    pub(super) fn until(&self, value: T) -> Option<Instant> {
        self.0.iter().flatten().find(|(known, _)| *known == value).map(|(_, until)| *until)
    }

    /// One whose time is over, which is removed.
    pub(super) fn take_expired(&mut self, now: Instant) -> Option<T> {
        self.take(|_, until| until <= now)
    }

    /// One that the condition names, which is removed.
    pub(super) fn take(&mut self, mut condition: impl FnMut(T, Instant) -> bool) -> Option<T> {
        let place = self.0.iter_mut().find(|place| place.is_some_and(|(value, until)| condition(value, until)))?;
        place.take().map(|(value, _)| value)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = T> {
        self.0.iter().flatten().map(|(value, _)| *value)
    }

    /// When the first of them ends.
    pub(super) fn deadline(&self) -> Instant {
        self.0.iter().flatten().map(|(_, until)| *until).fold(Instant::NEVER, Instant::min)
    }
}
