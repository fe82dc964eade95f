//! Declares `shutdown`, but handles no signal: SIGTERM ends it.

use unikernel_rt::unikernel;

#[unikernel(std, console, shutdown)]
fn main() {
    println!("ready");
    loop {
        std::thread::park();
    }
}
