//! A program of the standard library, which has a panic handler.

use unikernel_rt::unikernel;

#[unikernel(std, cosole)]
fn main() {
    println!("hello");
}
