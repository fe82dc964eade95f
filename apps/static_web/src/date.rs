//! The date of the current second, which all answers of that second share.

use core::sync::atomic::{AtomicU64, Ordering};
use static_web_http::date::{DATE_BYTES, date};

/// The second that [`TEXT`] is the date of; there is none yet.
static SECOND: AtomicU64 = AtomicU64::new(u64::MAX);
/// Eight bytes each, and the last three of them unused.
static TEXT: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// The date of a second since 1970. All tasks run on one processor, and none of them waits in here.
pub(crate) fn of(second: u64) -> [u8; DATE_BYTES] {
    let mut text = [0; DATE_BYTES + 3];
    let (words, _) = text.as_chunks_mut();
    if SECOND.load(Ordering::Relaxed) == second {
        for (word, known) in words.iter_mut().zip(&TEXT) {
            *word = known.load(Ordering::Relaxed).to_ne_bytes();
        }
    } else {
        let (text, _) = (date(second), SECOND.store(second, Ordering::Relaxed));
        for (index, (word, known)) in words.iter_mut().zip(&TEXT).enumerate() {
            let part = text.get(index * 8..).unwrap_or_default();
            for (byte, part) in word.iter_mut().zip(part) {
                *byte = *part;
            }
            known.store(u64::from_ne_bytes(*word), Ordering::Relaxed);
        }
    }
    text.first_chunk().copied().unwrap_or([b' '; DATE_BYTES])
}
