//! Random numbers.

use crate::entropy;
use crate::kernel::Boot;
use crate::kernel::Kernel;
use core::convert::Infallible;
use rand_core::{TryCryptoRng, TryRng};

/// A cryptographically secure random number generator.
///
/// It is ChaCha20, seeded at boot from every entropy source of the machine: RDSEED or RDRAND, and a virtio entropy device. It is
/// reseeded from the processor every 224 bytes. A kernel that declares `entropy` does not boot on a machine without a source,
/// unless it declares `entropy(jitter)`: then the jitter of the processor's clock is the source of last resort.
///
/// Machines that go on from one snapshot draw different numbers where `entropy(snapshots)` is declared.
///
/// It implements `Rng` and `CryptoRng` of `rand_core` 0.10, by way of `TryRng`. `getrandom`, versions 0.2 to 0.4, uses it without
/// any configuration.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # fn example(mut entropy: Entropy) {
/// let mut key = [0; 32];
/// entropy.fill(&mut key);
/// let dice = entropy.below(6) + 1;
/// let seed = entropy.next_u64();
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Entropy(());

impl Entropy {
    /// Fills a buffer with random bytes.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        entropy::fill(bytes);
    }

    /// A random number.
    pub fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        entropy::fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A uniform random number below `bound`; 0 where the bound is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        // Lemire, "Fast Random Integer Generation in an Interval": values that would bias the result are drawn again.
        let unfair = bound.wrapping_neg().checked_rem(bound).unwrap_or(0);
        loop {
            let product = u64::from(self.next_u64() as u32) * u64::from(bound);
            if product as u32 >= unfair {
                return (product >> 32) as u32;
            }
        }
    }
}

impl TryRng for Entropy {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next_u64() as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        entropy::fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Entropy {}

/// Seeds the generator; stops the boot where the machine has no entropy source.
pub fn attach<K: Kernel>(boot: &Boot<K>, name: &str) -> Entropy {
    entropy::start(boot, name);
    Entropy(())
}

/// As [`attach`], but where there is no other source, the jitter of the processor's clock is enough.
pub fn attach_or_jitter<K: Kernel>(boot: &Boot<K>, name: &str) -> Entropy {
    entropy::start_or_jitter(boot, name);
    Entropy(())
}

/// Watches for snapshots from now on.
pub fn watch_snapshots(entropy: Entropy) -> Entropy {
    entropy::snapshots::watch();
    entropy
}
