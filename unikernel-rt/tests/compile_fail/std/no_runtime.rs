//! An `async fn main`, and nothing that runs it.

use unikernel_rt::unikernel;

#[unikernel(std, console)]
async fn main() {
    println!("hello");
}
