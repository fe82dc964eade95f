//! Draws random numbers in each way there is: by the device, by `rand_core`, by three versions of `getrandom`.
#![no_std]
#![no_main]

use rand_core::CryptoRng;
use unikernel_rt::prelude::*;

#[unikernel(console, entropy)]
fn main(mut entropy: Entropy) -> ExitCode {
    let mut drawn = [[0; 32]; 6];
    let [device, traits, second, third, fourth, again] = &mut drawn;
    entropy.fill(device);
    fill(&mut entropy, traits);
    let filled = [
        getrandom_02::getrandom(second).is_ok(),
        getrandom_03::fill(third).is_ok(),
        getrandom_04::fill(fourth).is_ok(),
    ];
    fill(&mut entropy, again);
    for bytes in &drawn {
        println!("{:016x}{:016x}", number(&bytes[..8]), number(&bytes[24..]));
    }
    // Each side of a die, about as often as the others.
    let mut sides = [0_u32; 6];
    for _ in 0..6000 {
        sides[entropy.below(6) as usize] += 1;
    }
    let fair = sides.iter().all(|count| (800..1200).contains(count));
    if filled == [true; 3] && fair { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn fill(random: &mut impl CryptoRng, bytes: &mut [u8]) {
    random.fill_bytes(bytes);
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
