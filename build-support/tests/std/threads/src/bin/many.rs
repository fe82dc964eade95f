//! As many threads as are asked for, all asleep at once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use unikernel_rt::unikernel;

#[unikernel(std, console, clock, args(threads = 1000))]
fn main(threads: u32) {
    let awake = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            let thread = thread::Builder::new().stack_size(64 << 10);
            let sleeper = thread.spawn_scoped(scope, || {
                thread::sleep(Duration::from_millis(500));
                awake.fetch_add(1, Ordering::Relaxed);
            });
            sleeper.expect("there is memory");
        }
        thread::yield_now();
        println!("{threads} asleep");
    });
    println!("{} awake", awake.load(Ordering::Relaxed));
}
