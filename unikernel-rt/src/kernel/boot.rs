//! The proof that the machine is up: what boot hands to the code that the attribute emits.

use core::marker::PhantomData;

/// What boot hands to the code that the attribute emits: the proof that the machine is up and the command line read.
#[derive(Debug)]
pub struct Boot<K> {
    only_boot_makes_one: PhantomData<fn() -> K>,
}

impl<K> Boot<K> {
    /// For the order of boot alone.
    pub(crate) const fn new() -> Self {
        Boot { only_boot_makes_one: PhantomData }
    }
}
