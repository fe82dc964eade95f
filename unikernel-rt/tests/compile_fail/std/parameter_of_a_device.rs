//! A parameter for what `std` reaches by itself.

use unikernel_rt::unikernel;

#[unikernel(std, console)]
fn main(console: Console) {
    console.println("hello");
}
