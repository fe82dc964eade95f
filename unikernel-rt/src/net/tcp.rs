//! TCP: listeners and streams over a pool of sockets.

mod idle;
mod io;
mod list;
mod listener;
mod pool;
mod slot;
mod smoltcp_workarounds;
mod stream;
mod table;

pub use listener::TcpListener;
pub(super) use pool::{Listener, Places, Pool, Target};
pub(super) use slot::Slot;
pub use stream::{Shutdown, TcpReader, TcpStream, TcpWriter};
