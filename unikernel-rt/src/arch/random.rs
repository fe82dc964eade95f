//! The processor's random numbers: RDSEED if available, else RDRAND.
//!
//! Intel SDM volume 1, section 7.3.17: both may have none at the moment, and are to be asked again; AMD processors have been
//! seen to give all ones for ever after a suspend, with success.

use core::arch::x86_64::{__cpuid, __cpuid_count, _rdrand64_step, _rdseed64_step};

/// How often each is asked: what Intel recommends for RDRAND, and more for RDSEED, which others may be drawing on.
const RDRAND_TRIES: usize = 10;
const RDSEED_TRIES: usize = 100;

/// 256 random bits; `None` where the processor has none, or where what it gives cannot be random.
pub(crate) fn read() -> Option<[u64; 4]> {
    const LEAF_1_ECX_RDRAND: u32 = 1 << 30;
    const LEAF_7_EBX_RDSEED: u32 = 1 << 18;
    let has_rdseed = __cpuid(0).eax >= 7 && __cpuid_count(7, 0).ebx & LEAF_7_EBX_RDSEED != 0;
    let has_rdrand = __cpuid(1).ecx & LEAF_1_ECX_RDRAND != 0;
    let seeds = || {
        words(|| {
            (0..RDSEED_TRIES).find_map(|_| {
                // SAFETY: the processor has the instruction, which is asked before.
                unsafe { rdseed() }
            })
        })
    };
    let numbers = || {
        words(|| {
            (0..RDRAND_TRIES).find_map(|_| {
                // SAFETY: as above.
                unsafe { rdrand() }
            })
        })
    };
    let seed = if has_rdseed { seeds() } else { None };
    seed.or_else(|| if has_rdrand { numbers() } else { None })
}

/// Four words, unless they are all the same.
fn words(mut next: impl FnMut() -> Option<u64>) -> Option<[u64; 4]> {
    let words = [next()?, next()?, next()?, next()?];
    let [first, others @ ..] = words;
    others.iter().any(|word| *word != first).then_some(words)
}

/// # Safety
/// The processor has the instruction.
#[target_feature(enable = "rdseed")]
unsafe fn rdseed() -> Option<u64> {
    let mut word = 0;
    (_rdseed64_step(&mut word) == 1).then_some(word)
}

/// # Safety
/// The processor has the instruction.
#[target_feature(enable = "rdrand")]
unsafe fn rdrand() -> Option<u64> {
    let mut word = 0;
    (_rdrand64_step(&mut word) == 1).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_that_are_all_the_same_are_not_random() {
        for constant in [0, u64::MAX, 42] {
            assert_eq!(words(|| Some(constant)), None);
        }
        let mut next = 0;
        let counted = words(|| {
            next += 1;
            Some(next)
        });
        assert_eq!(counted, Some([1, 2, 3, 4]));
    }

    #[test]
    fn one_that_does_not_come_is_none() {
        let mut next = 0;
        let words = words(|| {
            next += 1;
            (next != 4).then_some(next)
        });
        assert_eq!(words, None);
    }
}
