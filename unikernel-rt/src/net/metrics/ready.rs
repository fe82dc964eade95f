//! Whether the application is ready for requests, as it says itself.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

static IS_READY: AtomicBool = AtomicBool::new(true);

/// Whether new requests are to be sent here: `/readyz` says so. It does until it is told otherwise.
///
/// An application that has to prepare itself begins with `false`; one that is about to stop says `false`, and goes on to serve until
/// nobody asks any more.
///
/// ```
/// use unikernel_rt::metrics::{is_ready, set_ready};
///
/// set_ready(false);
/// // ... caches are filled
/// set_ready(true);
/// assert!(is_ready());
/// ```
pub fn set_ready(is_ready: bool) {
    IS_READY.store(is_ready, Relaxed);
}

/// What [`set_ready`] has said last.
///
/// ```
/// assert!(unikernel_rt::metrics::is_ready(), "until it is told otherwise");
/// ```
pub fn is_ready() -> bool {
    IS_READY.load(Relaxed)
}
