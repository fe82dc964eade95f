//! Starts another program.

use unikernel_rt::unikernel;

#[unikernel(std, console)]
fn main() {
    println!("{:?}", std::process::Command::new("true").status());
}
