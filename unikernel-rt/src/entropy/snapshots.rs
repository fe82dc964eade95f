//! `entropy(snapshots)`: machines that go on from one snapshot have the same generator, and must not draw the same numbers.
//!
//! Where the machine has a VM Generation ID, the generator gets a new key when that has changed; elsewhere, before each request. What it
//! has made before is dropped. The new key has the old one in it, the ID, the time stamp, and the processor's random numbers where
//! it has any.

use super::GENERATOR;
use crate::arch::{cpu, random};
use crate::firmware::vm_generation::Place;
use crate::sync::Hook;
use crate::sync::lock;

/// What is done before random numbers are given.
pub(super) static BEFORE: Hook<fn()> = Hook::new();

lock! {
    /// The ID, as it was last.
    static LAST: Option<(Place, [u64; 2])> = None;
}

/// Watches for snapshots from now on.
pub(crate) fn watch() {
    LAST.with(|last| *last = Place::find().map(|place| (place, place.read())));
    BEFORE.set(renew);
}

/// Gives the generator a new key if the machine may go on from a snapshot.
fn renew() {
    let news = LAST.with(|last| match last {
        Some((place, before)) => {
            let now = place.read();
            (core::mem::replace(before, now) != now).then_some(now)
        }
        None => Some([0; 2]),
    });
    if let Some([low, high]) = news {
        let [a, b, c, d] = random::read().unwrap_or_default();
        // Neither makes the other less random.
        GENERATOR.with(|generator| generator.mix([a ^ low, b ^ high, c ^ cpu::time_stamp(), d]));
    }
}
