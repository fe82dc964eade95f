//! A thread that needs more stack than it has.

use std::hint::black_box;
use std::thread;

use unikernel_rt::unikernel;

#[unikernel(std, console)]
fn main() {
    let thread = thread::Builder::new().name("deep".to_owned()).stack_size(256 << 10);
    let depth = thread.spawn(|| descend(0)).expect("there is memory").join();
    println!("{depth:?}");
}

#[allow(unconditional_recursion)]
fn descend(depth: u64) -> u64 {
    black_box([depth; 32])[31] + descend(black_box(depth + 1)) + 1
}
