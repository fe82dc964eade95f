//! The date of the current second, which all answers of that second share.

use core::sync::atomic::{AtomicU64, Ordering};
use static_web_http::date::{FIELD_BYTES, field};

/// The second that [`TEXT`] is the date of; there is none yet.
static SECOND: AtomicU64 = AtomicU64::new(u64::MAX);
/// Eight bytes each, and the last three of them unused.
static TEXT: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];

/// The date of a second since 1970. All tasks run on one processor, and none of them waits in here.
pub(crate) fn of(second: u64) -> [u8; FIELD_BYTES] {
    let mut text = [0; FIELD_BYTES + 3];
    if SECOND.load(Ordering::Relaxed) == second {
        for (word, known) in text.as_chunks_mut().0.iter_mut().zip(&TEXT) {
            *word = known.load(Ordering::Relaxed).to_ne_bytes();
        }
    } else {
        SECOND.store(second, Ordering::Relaxed);
        if let Some(text) = text.first_chunk_mut() {
            *text = field(second);
        }
        for (word, known) in text.as_chunks().0.iter().zip(&TEXT) {
            known.store(u64::from_ne_bytes(*word), Ordering::Relaxed);
        }
    }
    text.first_chunk().copied().unwrap_or([b' '; FIELD_BYTES])
}
