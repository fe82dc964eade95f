//! virtio entropy devices (virtio 1.2, section 5.4): read once, for a seed.

use super::queue::buffers::{Buffers, Memory, Writer};
use super::{DeviceType, Refusal, Transport};
use crate::interrupts::idle;
use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::sync::TakeOnce;
use core::mem::MaybeUninit;

const QUEUE: u16 = 0;
/// The minimum queue size. One buffer is used at a time.
const BUFFERS: usize = 2;
const SEED_BYTES: usize = 32;

type SeedMemory = Memory<BUFFERS, SEED_BYTES>;

/// 256 random bits from the machine's first entropy device; `None` if there is none, or if it violates the protocol.
///
/// Blocks until the device has delivered them, then stops it.
pub(crate) fn read<K: Kernel>(_boot: &Boot<K>) -> Option<[u64; 4]> {
    static MEMORY: TakeOnce<SeedMemory> = TakeOnce::new();
    let mut transport = super::claim_usable_after::<K>(DeviceType::EntropySource, 0)?;
    let seed = ask(&mut transport, MEMORY.take()?, idle::halt);
    transport.reset();
    seed.ok()
}

/// Reads until the seed is complete; `halt` is called to wait for the device.
fn ask(
    transport: &mut Transport,
    memory: &'static mut MaybeUninit<SeedMemory>,
    mut halt: impl FnMut(),
) -> Result<[u64; 4], Refusal> {
    transport.negotiate(0)?;
    let (mut queue, areas) = Buffers::new(memory, Writer::Device);
    transport.set_queue(QUEUE, areas)?;
    transport.start();
    let mut seed = [0; SEED_BYTES];
    let mut count = 0;
    while let Some(rest @ [_, ..]) = seed.get_mut(count..) {
        let buffer = queue.free(rest.len()).ok_or(Refusal::Queue)?;
        queue.lend(buffer, rest.len());
        if queue.publish() {
            transport.notify(QUEUE);
        }
        while !queue.has_returned() {
            halt();
            transport.acknowledge();
        }
        match queue.take_within(rest.len()) {
            Ok(Some((buffer, bytes @ 1..))) => {
                let (new, _) = rest.split_at_mut(bytes);
                new.copy_from_slice(queue.buffer(buffer, bytes));
                count += bytes;
            }
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
    // A device that returns a constant is not a source.
    if others.iter().any(|word| *word != first) { Ok(words) } else { Err(Refusal::Configuration) }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::super::fake::Fake;
    use super::{Refusal, ask};
    use std::boxed::Box;
    use std::vec::Vec;

    /// Asks a device that answers with pieces of these lengths, and bytes that count up.
    fn asked(lengths: &[u32], constant: Option<u8>, head: Option<u32>) -> Result<[u64; 4], Refusal> {
        let fake = Fake::new(0, 8, &[]);
        let mut transport = fake.transport();
        let mut lengths = lengths.iter();
        let mut next = 0_u8;
        ask(&mut transport, Box::leak(Box::new_uninit()), move || {
            let chain = fake.next(0).expect("the driver waits for nothing");
            let length = *lengths.next().expect("the driver asks too often");
            let bytes: Vec<u8> = (0..length.min(chain.writable_bytes()))
                .map(|_| {
                    next += 1;
                    constant.unwrap_or(next)
                })
                .collect();
            chain.write(0, &bytes);
            fake.queue(0, |queue| queue.give(head.unwrap_or(chain.head.into()), length));
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
        for head in [1, 2, 0xffff] {
            assert_eq!(asked(&[32], None, Some(head)), Err(Refusal::Configuration), "head {head}");
        }
    }

    #[test]
    fn a_constant_is_no_seed() {
        for constant in [0, 0xff, 7] {
            assert_eq!(asked(&[32], Some(constant), None), Err(Refusal::Configuration));
        }
    }
}
