//! TCP: listeners and streams.

mod connect;
mod idle;
mod io;
mod listener;
mod pace;
mod stream;
mod write;

pub use connect::ToSocketAddrs;
pub use listener::TcpListener;
pub use stream::{Shutdown, TcpReader, TcpStream, TcpWriter};

use super::configuration::Configuration;
use core::time::Duration;

/// How long an attempt to connect lasts.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);

/// All connections and listeners of a stack.
pub(super) fn streams(
    memory: unikernel_net::TcpMemory<'static>,
    configuration: &Configuration,
) -> unikernel_net::Tcp<'static> {
    let (receive_window, send_buffer) = configuration.buffers;
    let config = unikernel_net::Config {
        receive_window,
        send_buffer,
        connect_timeout: CONNECT_TIMEOUT,
        ..unikernel_net::Config::default()
    };
    unikernel_net::Tcp::new(memory, config)
}
