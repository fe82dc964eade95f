//! virtio entropy devices (virtio 1.2, section 5.4): asked once, for a seed.

use super::{DeviceType, Frames, Refusal, Transport};
use crate::interrupts::idle;
use crate::kernel::Boot;
use crate::kernel::Kernel;
use virtio_drivers::queue::VirtQueue;

const QUEUE: u16 = 0;
const QUEUE_SIZE: usize = 1;
const SEED_BYTES: usize = 32;

/// 256 random bits from the machine's first entropy device; `None` where there is none, or none that keeps to the rules.
///
/// Blocks until the device has that many. It is stopped then.
pub(crate) fn read<K: Kernel>(boot: &Boot<K>) -> Option<[u64; 4]> {
    let mut transport = super::claim_if_there(boot, DeviceType::EntropySource)?;
    let seed = ask(&mut transport, idle::halt);
    transport.reset();
    seed.ok()
}

/// Asks until a whole seed has come; `halt` is called to wait for the device.
fn ask(transport: &mut Transport, mut halt: impl FnMut()) -> Result<[u64; 4], Refusal> {
    transport.negotiate(0)?;
    let mut queue: VirtQueue<Frames, QUEUE_SIZE> = transport.queue(QUEUE)?;
    transport.start();
    let mut seed = [0; SEED_BYTES];
    let mut count = 0;
    while let Some(rest @ [_, ..]) = seed.get_mut(count..) {
        // SAFETY: `rest` is used by nobody else until it is taken back; where it cannot be, the device is stopped first.
        let token = unsafe { queue.add(&[], &mut [rest]) }.map_err(|_| Refusal::Queue)?;
        if queue.should_notify() {
            transport.notify(QUEUE);
        }
        while !queue.can_pop() {
            halt();
            transport.acknowledge();
        }
        let length = rest.len();
        // SAFETY: the same memory as was added.
        let used = unsafe { queue.pop_used(token, &[], &mut [rest]) };
        match used {
            Ok(used @ 1..) if used as usize <= length => count += used as usize,
            _ => {
                transport.reset();
                return Err(Refusal::Configuration);
            }
        }
    }
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(seed.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    let [first, others @ ..] = words;
    // A device that gives a constant is no source.
    if others.iter().any(|word| *word != first) { Ok(words) } else { Err(Refusal::Configuration) }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::super::fake::Fake;
    use super::{Refusal, ask};
    use std::vec::Vec;

    /// Asks a device that answers with pieces of these lengths, and bytes that count up.
    fn asked(lengths: &[u32], constant: Option<u8>, token: Option<u32>) -> Result<[u64; 4], Refusal> {
        let mut fake = Fake::new(1, 8, &[]);
        let mut transport = fake.transport();
        let mut lengths = lengths.iter();
        let mut next = 0_u8;
        ask(&mut transport, move || {
            let chain = fake.next().expect("the driver waits for nothing");
            let length = *lengths.next().expect("the driver asks too often");
            let bytes: Vec<u8> = (0..length.min(chain.writable_bytes()))
                .map(|_| {
                    next += 1;
                    constant.unwrap_or(next)
                })
                .collect();
            chain.write(0, &bytes);
            fake.give_back(token.unwrap_or(chain.token.into()), length);
        })
    }

    fn counted() -> [u64; 4] {
        core::array::from_fn(|index| u64::from_le_bytes(core::array::from_fn(|byte| (8 * index + byte + 1) as u8)))
    }

    #[test]
    fn a_seed_comes_whole_or_in_pieces() {
        assert_eq!(asked(&[32], None, None), Ok(counted()));
        assert_eq!(asked(&[1, 30, 1], None, None), Ok(counted()));
        assert_eq!(asked(&[8; 4], None, None), Ok(counted()));
    }

    #[test]
    fn a_device_that_lies_gives_no_seed() {
        for lengths in [&[33][..], &[0], &[16, 17], &[31, 0], &[u32::MAX]] {
            assert_eq!(asked(lengths, None, None), Err(Refusal::Configuration), "{lengths:?}");
        }
        for token in [1, 2, 0xffff] {
            assert_eq!(asked(&[32], None, Some(token)), Err(Refusal::Configuration), "token {token}");
        }
    }

    #[test]
    fn a_constant_is_no_seed() {
        for constant in [0, 0xff, 7] {
            assert_eq!(asked(&[32], Some(constant), None), Err(Refusal::Configuration));
        }
    }
}
