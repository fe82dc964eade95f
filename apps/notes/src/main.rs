//! Notes in a database by redb, on a raw disk, by HTTP: what is acknowledged is on the disk.
//!
//! On a host the disk is a file: `truncate -s 16M notes.img`, and `cargo run -p notes -- disk=notes.img`.
#![forbid(unsafe_code)]

mod api;
mod disk;
mod store;

use std::error::Error;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use unikernel_rt::unikernel;

use disk::Disk;
use store::Store;

#[unikernel(
    std(without = "processes"),
    console,
    shutdown,
    net(ip = "10.0.0.2/24", gateway = "10.0.0.1"),
    block(name = "data"),
    args(port = 8080, disk = "/dev/data")
)]
#[tokio::main(flavor = "current_thread")]
async fn main(port: u16, disk: &'static str) -> Result<(), Box<dyn Error>> {
    let storage = Disk::open(disk).map_err(|error| format!("`{disk}`: {error}"))?;
    let store = Store::open(storage)?;
    let mut terminated = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind(("0.0.0.0", port)).await?;
    println!("serving {} notes of `{disk}` at port {port}", store.names()?.len());
    axum::serve(listener, api::router(store))
        .with_graceful_shutdown(async move { _ = terminated.recv().await })
        .await?;
    println!("stopped");
    Ok(())
}
