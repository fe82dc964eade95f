//! The token that proves that boot is complete.

use core::marker::PhantomData;

/// Passed by boot to the code that the attribute emits: proves that the machine is initialised and the command line is read.
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
