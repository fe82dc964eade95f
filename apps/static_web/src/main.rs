//! Serves the files of a folder over HTTP, as the Mirage tutorial application of that name does.
//!
//! `GET` and `HEAD`, keep-alive, conditional requests, ranges. A connection that has something to do is a task with a buffer for one head;
//! one that is idle between two requests costs its entry in the network's table alone. Files go directly from the image to the network.
//! `verbose=false` turns off the log line of each connection. Who takes less than `least_rate` bytes a second of an answer for as long as
//! `patience` is given up, and who says less than a head in that time. With the feature `metrics`, it says on the port `metrics_port` how it is.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod connection;
mod date;
mod site;
mod workers;

use connection::{Incoming, Settings};
use core::time::Duration;
use unikernel_rt::net::{Error, TcpListener};
use unikernel_rt::prelude::*;

#[unikernel(
    console,
    clock,
    net(
        ip = "10.0.0.2/24",
        gateway = "10.0.0.1",
        sockets = 1024, // most of which are idle
        pool = "640KiB",
        receive_buffer = "16KiB",
        tx_buffers = 64 // answers to all that come together, without waiting for the card in between
    ),
    kv(dir = "site", precompress = "gzip"), // browsers ask for others than gzip only over TLS
    args(
        port = 8080,
        #[cfg(feature = "metrics")]
        metrics_port = 9090,
        verbose = true,
        idle = "75s",
        patience = "10s",
        least_rate = 500
    )
)]
async fn main(
    clock: Clock,
    net: Net,
    kv: Kv,
    port: u16,
    #[cfg(feature = "metrics")] metrics_port: u16,
    verbose: bool,
    idle: Duration,
    patience: Duration,
    least_rate: u16,
    spawner: Spawner,
) -> Result<(), Error> {
    #[cfg(feature = "metrics")]
    unikernel_rt::metrics::serve(spawner, net, metrics_port, connection::METRICS)?;
    println!("serving http://{}:{port}/", net.up().await);
    let listener = TcpListener::bind(net, port)?;
    let has_date = clock.wall().is_ok();
    let settings = Settings { site: kv, clock, has_date, is_verbose: verbose, idle, patience };
    if let Ok(task) = workers::watch(net, least_rate, patience) {
        spawner.spawn(task);
    }
    let mut number = 0;
    loop {
        // Those who have something to say wait for a worker, with their request in the network's memory.
        let worker = workers::free_worker().await;
        let (stream, _) = listener.accept().await;
        number += 1;
        match connection::serve(Incoming::new(stream), number, settings, worker) {
            Ok(task) => spawner.spawn(task),
            // A timer of a task that has ended may have woken it: its memory is free once all that is ready has run.
            Err(_) => yield_now().await,
        }
    }
}
