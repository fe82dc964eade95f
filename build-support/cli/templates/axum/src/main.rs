//! Serves notes as JSON, until the power button is pressed.
#![forbid(unsafe_code)]

use std::io;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use unikernel_rt::unikernel;

use template_name::router;

#[unikernel(
    std(without = "processes"),
    console,
    shutdown,
    net(ip = "10.0.0.2/24", gateway = "10.0.0.1"),
    args(port = 8080)
)]
#[tokio::main(flavor = "current_thread")]
async fn main(port: u16) -> io::Result<()> {
    // The power button of a machine, and `kill` on the host.
    let mut terminated = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind(("0.0.0.0", port)).await?;
    println!("serving port {port}");
    axum::serve(listener, router())
        .with_graceful_shutdown(async move { _ = terminated.recv().await })
        .await?;
    println!("stopped");
    Ok(())
}
