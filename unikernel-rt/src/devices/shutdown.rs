//! Requests to stop: the power button, for an application that has something to finish first.

use crate::interrupts::{idle, power_button};
use crate::kernel::Boot;
use crate::sync::lock;
use crate::tasks::block_on::block_on;
use crate::tasks::poll::Poller;
use crate::time::NEVER;
use core::future::poll_fn;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Poll, Waker};

/// Requests to stop: the machine's power button, QEMU's `system_powerdown`, `virsh shutdown`, Ctrl-C of `unikernel run`.
///
/// Without it declared each of them switches the machine off at once, as a success. With it the machine goes on until `main`
/// returns: whoever sent the request waits, and not for ever.
///
/// There is one handle, and one task waits by it; what else has to stop is for that task to tell.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # async fn example(mut shutdown: Shutdown) {
/// shutdown.requested().await;
/// // Flush, say goodbye, return from `main`.
/// # }
/// ```
#[derive(Debug)]
pub struct Shutdown {
    only_attach_makes_one: PhantomData<()>,
}

static IS_REQUESTED: AtomicBool = AtomicBool::new(false);
lock! {
    /// The task that waits.
    static WAITER: Option<Waker> = None;
}
static POLLER: Poller = Poller::new(poll);

impl Shutdown {
    /// Waits for the request while other tasks run; does not wait where it has come already.
    pub async fn requested(&mut self) {
        poll_fn(|context| {
            if IS_REQUESTED.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            let waker = Some(context.waker().clone());
            let _earlier = WAITER.with(|waiter| core::mem::replace(waiter, waker));
            POLLER.join();
            Poll::Pending
        })
        .await;
    }

    /// Waits for the request with the processor halted; returns at once where it has come already.
    pub fn wait(&mut self) {
        block_on(self.requested());
    }

    /// Whether the request has come: for a `main` that computes and looks now and then.
    pub fn is_requested(&self) -> bool {
        if !IS_REQUESTED.load(Ordering::Relaxed) {
            idle::take_pending();
        }
        IS_REQUESTED.load(Ordering::Relaxed)
    }
}

/// Wakes whoever waits, after the interrupt.
fn poll() -> u64 {
    if IS_REQUESTED.load(Ordering::Relaxed)
        && let Some(waiter) = WAITER.with(Option::take)
    {
        waiter.wake();
    }
    NEVER
}

/// Has requests noted from now on: one that comes before the first halt waits for it.
pub fn attach<K>(_boot: &Boot<K>) -> Shutdown {
    power_button::on_press(|| IS_REQUESTED.store(true, Ordering::Relaxed));
    idle::prepare();
    Shutdown { only_attach_makes_one: PhantomData }
}
