//! Who serves the connections that have something to do, and for how long it waits while others want to be served.

use core::future::pending;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::semaphore::{GreedySemaphore, Semaphore, SemaphoreReleaser};
use unikernel_rt::net::Error;
use unikernel_rt::prelude::*;
use unikernel_rt::timeout;

/// How many connections are served at the same time; all others wait, with something to be read or without.
pub(crate) const WORKERS: usize = 48;
/// How long a worker waits for the next request of a connection, before the listener has it back; and how long for anything else, before it
/// gives way to those that wait for a worker.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// Workers that have nothing to do.
static FREE: GreedySemaphore<CriticalSectionRawMutex> = GreedySemaphore::new(WORKERS);
/// See [`is_wanted`].
static IS_WANTED: AtomicBool = AtomicBool::new(false);

/// Whether a worker has left a connection since [`watch`] looked.
static LEFT: GreedySemaphore<CriticalSectionRawMutex> = GreedySemaphore::new(0);

/// A worker that has something to do; dropped, it has nothing any more.
pub(crate) type Worker = SemaphoreReleaser<'static, GreedySemaphore<CriticalSectionRawMutex>>;

/// A worker, as soon as there is one.
pub(crate) async fn free_worker() -> Worker {
    if let Some(worker) = FREE.try_acquire(1) {
        return worker;
    }
    IS_WANTED.store(true, Ordering::Relaxed);
    let Ok(worker) = FREE.acquire(1).await;
    IS_WANTED.store(false, Ordering::Relaxed);
    worker
}

/// Whether a connection waits for a worker.
pub(crate) fn is_wanted() -> bool {
    IS_WANTED.load(Ordering::Relaxed)
}

/// A worker has left a connection: the network may have something to send that nobody waits for.
pub(crate) fn note_left() {
    LEFT.set(1);
}

/// Gives up those that take an answer more slowly than `least_rate` bytes a second.
#[task]
pub(crate) async fn watch(net: Net, least_rate: u16, patience: Duration) {
    loop {
        let Ok(left) = LEFT.acquire(1).await;
        left.disarm();
        loop {
            within(LINGER, pin!(pending())).await;
            LEFT.set(0);
            if !net.give_up_slow(least_rate.into(), patience) {
                break;
            }
        }
    }
}

/// What a call of the stream returns; none after the limit, or before it where others wait for a worker. One function for all calls: each would
/// have all of the timer's code.
pub(crate) async fn within(
    limit: Duration,
    mut call: Pin<&mut dyn Future<Output = Result<usize, Error>>>,
) -> Option<Result<usize, Error>> {
    let mut left = limit;
    loop {
        let step = left.min(LINGER);
        if let Ok(result) = timeout(step, call.as_mut()).await {
            return Some(result);
        }
        left = left.saturating_sub(step);
        if left.is_zero() || is_wanted() {
            return None;
        }
    }
}
