//! Handles SIGTERM by itself, and waits for it.

use std::sync::atomic::{AtomicI32, Ordering};

use unikernel_rt::unikernel;

static SIGNAL: AtomicI32 = AtomicI32::new(0);

extern "C" fn handle(signal: i32) {
    SIGNAL.store(signal, Ordering::Relaxed);
}

#[unikernel(std, console, shutdown)]
fn main() -> std::process::ExitCode {
    // SAFETY: the handler is a function of this kind, and does nothing that a handler must not.
    unsafe { libc::signal(libc::SIGTERM, handle as extern "C" fn(i32) as libc::sighandler_t) };
    println!("ready");
    while SIGNAL.load(Ordering::Relaxed) == 0 {
        // SAFETY: it takes nothing.
        unsafe { libc::pause() };
    }
    println!("signal {}", SIGNAL.load(Ordering::Relaxed));
    5.into()
}
