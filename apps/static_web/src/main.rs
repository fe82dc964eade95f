//! Serves the files of a folder over HTTP, as the Mirage tutorial application of that name does.
//!
//! `GET` and `HEAD`, keep-alive, conditional requests, ranges. Each connection is a task with a buffer for one head; files go
//! directly from the image to the network. `verbose=false` turns off the log line of each connection.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod connection;
mod date;

use connection::Settings;
use core::time::Duration;
use unikernel_rt::net::{Error, TcpListener};
use unikernel_rt::prelude::*;

#[unikernel(
    console,
    clock,
    net(
        ip = "10.0.0.2/24",
        gateway = "10.0.0.1",
        sockets = 80,
        receive_buffer = "2KiB",
        send_buffer = "8KiB",
        tx_buffers = 64 // answers to all that come together, without waiting for the card in between
    ),
    kv(dir = "site", precompress = "gzip"), // browsers ask for others than gzip only over TLS
    args(port = 8080, verbose = true, idle = "75s", patience = "20s")
)]
async fn main(
    clock: Clock,
    net: Net,
    kv: Kv,
    port: u16,
    verbose: bool,
    idle: Duration,
    patience: Duration,
    spawner: Spawner,
) -> Result<(), Error> {
    println!("serving http://{}:{port}/", net.up().await);
    let listener = TcpListener::bind(net, port)?;
    let has_date = clock.wall().is_ok();
    let settings = Settings { site: kv, clock, has_date, is_verbose: verbose, idle, patience };
    let mut number = 0;
    loop {
        let (stream, _) = listener.accept().await;
        number += 1;
        // As many tasks as sockets: there is always one left for a stream.
        if let Ok(task) = connection::serve(stream, number, settings) {
            spawner.spawn(task);
        }
    }
}
