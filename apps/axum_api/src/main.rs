//! A JSON API by axum over tasks that are kept in memory: a service of the host by `cargo run`, and a unikernel.
//!
//! `RUST_LOG=debug`, on a machine the boot argument `env.RUST_LOG=debug`, logs each request.
#![forbid(unsafe_code)]

mod api;
mod tasks;

use std::{env, io};

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;
use unikernel_rt::unikernel;

#[unikernel(
    std(without = "processes"),
    console,
    shutdown,
    net(ip = "10.0.0.2/24", gateway = "10.0.0.1"),
    args(port = 8080),
    env(RUST_LOG = "info")
)]
#[tokio::main(flavor = "current_thread")]
async fn main(port: u16) -> io::Result<()> {
    let levels = env::var("RUST_LOG").ok().and_then(|levels| levels.parse().ok());
    let levels: Targets = levels.unwrap_or_else(|| Targets::new().with_default(tracing::Level::INFO));
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().without_time().with_ansi(false))
        .with(levels)
        .init();

    let mut terminated = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind(("0.0.0.0", port)).await?;
    tracing::info!("serving port {port}");
    axum::serve(listener, api::router()).with_graceful_shutdown(async move { _ = terminated.recv().await }).await?;
    tracing::info!("stopped");
    Ok(())
}
