//! Sequence numbers (RFC 9293, section 3.4): they wrap, and are compared by their distance.

/// A sequence number.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Seq(pub(crate) u32);

impl Seq {
    pub(crate) fn plus(self, bytes: usize) -> Seq {
        Seq(self.0.wrapping_add(bytes as u32))
    }

    pub(crate) fn minus(self, bytes: usize) -> Seq {
        Seq(self.0.wrapping_sub(bytes as u32))
    }

    /// The distance from an earlier number; 0 where that is not earlier.
    pub(crate) fn since(self, earlier: Seq) -> usize {
        if earlier.is_before(self) { self.0.wrapping_sub(earlier.0) as usize } else { 0 }
    }

    pub(crate) fn is_before(self, other: Seq) -> bool {
        (self.0.wrapping_sub(other.0) as i32) < 0
    }

    pub(crate) fn is_at_most(self, other: Seq) -> bool {
        !other.is_before(self)
    }

    pub(crate) fn max(self, other: Seq) -> Seq {
        if self.is_before(other) { other } else { self }
    }

    pub(crate) fn min(self, other: Seq) -> Seq {
        if self.is_before(other) { self } else { other }
    }
}

#[cfg(test)]
mod tests {
    use super::Seq;

    #[test]
    fn compares_over_the_wrap() {
        assert!(Seq(u32::MAX).is_before(Seq(0)));
        assert!(!Seq(0).is_before(Seq(u32::MAX)));
        assert_eq!(Seq(5).since(Seq(u32::MAX)), 6);
        assert_eq!(Seq(u32::MAX).since(Seq(5)), 0);
        assert_eq!(Seq(u32::MAX).max(Seq(3)), Seq(3));
    }
}
