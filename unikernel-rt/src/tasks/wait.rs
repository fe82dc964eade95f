//! `.wait()`: blocking on a future.

use crate::tasks::block_on::block_on;
use core::future::IntoFuture;

/// Blocking waits, for a `main` that is not an `async fn`.
///
/// ```no_run
/// # use core::time::Duration;
/// # use unikernel_rt::prelude::*;
/// # use unikernel_rt::net::{Error, TcpListener};
/// # use unikernel_rt::{join, timeout};
/// # fn example(net: Net) -> Result<(), Error> {
/// let listener = TcpListener::bind(net, 7)?;
/// let (stream, _) = timeout(Duration::from_secs(10), listener.accept()).wait()?;
/// let mut buffer = [0; 512];
/// let (sent, received) = join(stream.write_all(b"hello"), stream.read(&mut buffer)).wait();
/// # Ok(())
/// # }
/// ```
pub trait Wait: IntoFuture + Sized {
    /// Blocks until the future is done and returns its output. The processor halts meanwhile; devices and networks are served.
    ///
    /// In an `async fn`, this blocks all other tasks, too: use `.await` there.
    fn wait(self) -> Self::Output {
        block_on(self.into_future())
    }
}

impl<F: IntoFuture> Wait for F {}
