//! Has a map with random keys, and declares no entropy.

use unikernel_rt::unikernel;

#[unikernel(std, console)]
fn main() {
    let map: std::collections::HashMap<String, u32> = std::env::args().zip(0..).collect();
    println!("{map:?}");
}
