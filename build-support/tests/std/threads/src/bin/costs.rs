//! What threads cost, in nanoseconds of the machine's clock: instructions, where the machine counts time by them.

use std::hint::black_box;
use std::thread;
use std::time::Instant;

use unikernel_rt::unikernel;

const ROUNDS: u64 = 1000;

#[unikernel(std, console, clock)]
fn main() {
    // Two threads that take turns: two switches a round.
    let other = thread::spawn(|| (0..ROUNDS + 1).for_each(|_| thread::yield_now()));
    thread::yield_now();
    let began = Instant::now();
    (0..ROUNDS).for_each(|_| thread::yield_now());
    println!("switch {}", began.elapsed().as_nanos() as u64 / ROUNDS / 2);
    other.join().expect("it does not panic");
    // The first stacks are new, and those of the rounds are used again.
    thread::spawn(|| ()).join().expect("it does not panic");
    let began = Instant::now();
    (0..ROUNDS).for_each(|_| thread::spawn(|| black_box(())).join().expect("it does not panic"));
    println!("spawn and join {}", began.elapsed().as_nanos() as u64 / ROUNDS);
}
