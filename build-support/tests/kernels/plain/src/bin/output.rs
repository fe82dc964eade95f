//! Writes 4,100 bytes at once, and reads initialised data: both must be right.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::sync::atomic::{AtomicU32, Ordering};
use unikernel_rt::prelude::*;

static COUNTER: AtomicU32 = AtomicU32::new(0x1234_5678);
static ZERO: AtomicU32 = AtomicU32::new(0);

#[unikernel(console)]
fn main(console: Console) -> ExitCode {
    use embedded_io::Write;
    let mut console = console;
    let mut text = [b'x'; 4100];
    text[4099] = b'\n';
    let Ok(()) = console.write_all(&text);
    let before =
        (black_box(&COUNTER).fetch_add(1, Ordering::Relaxed), black_box(&ZERO).fetch_add(1, Ordering::Relaxed));
    let after = (COUNTER.load(Ordering::Relaxed), ZERO.load(Ordering::Relaxed));
    if before == (0x1234_5678, 0) && after == (0x1234_5679, 1) { ExitCode::SUCCESS } else { ExitCode::new(7) }
}
