//! How much of the heap is in use: counted where metrics are linked, and otherwise no code.

#[cfg(feature = "metrics")]
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

#[cfg(feature = "metrics")]
static SIZE: AtomicUsize = AtomicUsize::new(0);
#[cfg(feature = "metrics")]
static USED: AtomicUsize = AtomicUsize::new(0);

/// The heap gets memory.
#[cfg(feature = "heap")]
#[inline]
pub(crate) fn enlarge(_bytes: usize) {
    #[cfg(feature = "metrics")]
    SIZE.fetch_add(_bytes, Relaxed);
}

/// A block of the heap is lent, if there is one.
#[cfg(feature = "heap")]
#[inline]
pub(crate) fn lend<T>(block: Option<T>, _bytes: usize) -> Option<T> {
    #[cfg(feature = "metrics")]
    if block.is_some() {
        USED.fetch_add(_bytes, Relaxed);
    }
    block
}

/// A block of the heap is given back.
#[cfg(feature = "heap")]
#[inline]
pub(crate) fn give_back(_bytes: usize) {
    #[cfg(feature = "metrics")]
    USED.fetch_sub(_bytes, Relaxed);
}

/// The bytes of the heap, and those that are lent; none where there is no heap.
#[cfg(feature = "metrics")]
pub(crate) fn bytes() -> Option<(usize, usize)> {
    let size = SIZE.load(Relaxed);
    (size > 0).then(|| (size, USED.load(Relaxed)))
}
