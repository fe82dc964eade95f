//! Asks for the time, and declares no clock.

use unikernel_rt::unikernel;

#[unikernel(std, console)]
fn main() {
    println!("{:?}", std::time::Instant::now());
}
