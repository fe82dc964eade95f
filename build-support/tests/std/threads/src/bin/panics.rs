//! A thread that panics: the machine ends, as processes do that abort on a panic.

use std::thread;

use unikernel_rt::unikernel;

#[unikernel(std, console)]
fn main() {
    let thread = thread::Builder::new().name("worker".to_owned());
    let worker = thread.spawn(|| panic!("no work for {}", "me")).expect("there is memory");
    let _ = worker.join();
    println!("never");
}
