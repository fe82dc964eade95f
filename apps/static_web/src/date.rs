//! The date of the current second, which all answers of that second share.

use core::cell::Cell;
use embassy_sync::blocking_mutex::CriticalSectionMutex;
use static_web_http::date::{FIELD_BYTES, field};

/// A second since 1970, and its date; there is none yet.
static CURRENT: CriticalSectionMutex<Cell<(u64, [u8; FIELD_BYTES])>> =
    CriticalSectionMutex::new(Cell::new((u64::MAX, [b' '; FIELD_BYTES])));

/// The date of a second since 1970.
pub(crate) fn of(second: u64) -> [u8; FIELD_BYTES] {
    CURRENT.lock(|current| {
        if current.get().0 != second {
            current.set((second, field(second)));
        }
        current.get().1
    })
}
