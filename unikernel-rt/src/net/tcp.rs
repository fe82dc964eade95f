//! TCP: listeners and streams, awaited or blocking, over a pool of sockets.

mod idle;
mod io;
mod list;
mod listener;
mod mends;
mod pool;
mod slot;
mod stream;
mod table;

pub use listener::TcpListener;
pub(super) use pool::{Places, Pool, Target};
pub(super) use slot::Slot;
pub use stream::{TcpReader, TcpStream, TcpWriter};
