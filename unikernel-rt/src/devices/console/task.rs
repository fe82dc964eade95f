//! Asynchronous console input, while other tasks run.

use super::{Console, linked};
use crate::sync::lock;
use crate::tasks::poll::Poller;
use crate::time::NEVER;
use core::convert::Infallible;
use core::future::poll_fn;
use core::task::{Poll, Waker};

lock! {
    /// The task that waits for input.
    static READER: Option<Waker> = None;
}
static POLLER: Poller = Poller::new(poll);

/// Waits for input while other tasks run. One task should read at a time: two waiters keep waking each other, which is correct
/// but busy.
impl embedded_io_async::Read for Console {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        if buffer.is_empty() {
            return Ok(0);
        }
        poll_fn(|context| {
            if linked::can_receive() {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            match READER.with(|reader| reader.replace(waker)) {
                Some(other) if !other.will_wake(context.waker()) => other.wake(),
                _ => {}
            }
            POLLER.join();
            linked::listen();
            // Check again: the byte may have arrived before its interrupt was enabled.
            if linked::can_receive() {
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
        Ok(linked::receive(buffer))
    }
}

/// Writes as [`embedded_io::Write`] does, without yielding: the device takes bytes as fast as a task could write them.
impl embedded_io_async::Write for Console {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        embedded_io::Write::write(self, bytes)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Wakes the reader after an interrupt.
fn poll() -> u64 {
    if linked::take_interrupt()
        && let Some(reader) = READER.with(Option::take)
    {
        reader.wake();
    }
    NEVER
}
