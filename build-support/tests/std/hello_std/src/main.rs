//! An ordinary program, which is a kernel as well.

use unikernel_rt::unikernel;

#[unikernel(std, console)]
fn main() {
    println!("Hello from std!");
}
