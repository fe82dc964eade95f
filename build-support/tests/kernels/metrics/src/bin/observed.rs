//! Serves metrics beside a service of its own: a byte is kept on the heap and counted; `r` and `n` say whether it is ready.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use unikernel_rt::metrics::{self, Counter, Gauge, Metric};
use unikernel_rt::net::{Error, TcpListener};
use unikernel_rt::prelude::*;

static LETTERS: Counter = Counter::new("observed_bytes_total", "Bytes by what they are").label("kind", "letter");
static OTHERS: Counter = Counter::new("observed_bytes_total", "Bytes by what they are").label("kind", "other");
static BALANCE: Gauge = Gauge::new("observed_balance", "Letters, less other bytes");
static METRICS: &[&dyn Metric] = &[&LETTERS, &OTHERS, &BALANCE];

#[unikernel(console, heap(size = "256KiB"), net(name = "lan", ip = "10.0.0.2/24", gateway = "10.0.0.1"))]
async fn main(lan: Net, spawner: Spawner) -> Result<(), Error> {
    metrics::set_ready(false);
    metrics::serve(spawner, lan, 9090, METRICS)?;
    assert_eq!(metrics::serve(spawner, lan, 9091, &[]), Err(Error::NoFreeSocket), "one is enough");
    let listener = TcpListener::bind(lan, 7)?;
    metrics::set_ready(true);
    println!("ready");
    let mut kept = Vec::new();
    loop {
        let (stream, _) = listener.accept().await;
        let mut byte = [0];
        while let Ok(1..) = stream.read(&mut byte).await {
            match byte {
                [b'r' | b'n'] => metrics::set_ready(byte == *b"r"),
                [letter] if letter.is_ascii_alphabetic() => {
                    LETTERS.increment();
                    BALANCE.add(1);
                }
                _ => {
                    OTHERS.add(1);
                    BALANCE.add(-1);
                }
            }
            kept.push([byte; 1000]);
            if stream.write_all(&byte).await.is_err() {
                break;
            }
        }
    }
}
