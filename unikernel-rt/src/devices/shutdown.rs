//! Shutdown requests: the power button, for an application that has something to finish first.

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

/// Shutdown requests: the machine's power button, QEMU's `system_powerdown`, `virsh shutdown`, Ctrl-C of `unikernel run`.
///
/// If it is not declared, a request powers the machine off at once, with status 0. If it is, the machine runs until `main`
/// returns. The sender of the request waits for that, but with a time limit.
///
/// There is one handle, and one task waits on it; that task notifies the others.
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # async fn example(mut shutdown: Shutdown) {
/// shutdown.requested().await;
/// // Flush, close connections, return from `main`.
/// # }
/// ```
///
/// A kernel that computes looks from time to time:
///
/// ```no_run
/// # use unikernel_rt::prelude::*;
/// # fn step() {}
/// # fn example(shutdown: Shutdown) {
/// while !shutdown.is_requested() {
///     step();
/// }
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
    /// Waits for the request while other tasks run; returns at once if it was already made.
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

    /// Blocks until the request, with the processor halted; returns at once if it was already made.
    pub fn wait(&mut self) {
        block_on(self.requested());
    }

    /// Whether the request was made, for a `main` that polls between computations.
    pub fn is_requested(&self) -> bool {
        if !IS_REQUESTED.load(Ordering::Relaxed) {
            idle::take_pending();
        }
        IS_REQUESTED.load(Ordering::Relaxed)
    }
}

/// Wakes the waiting task after the interrupt.
fn poll() -> u64 {
    if IS_REQUESTED.load(Ordering::Relaxed)
        && let Some(waiter) = WAITER.with(Option::take)
    {
        waiter.wake();
    }
    NEVER
}

/// Starts to record requests; one that is made before the first halt is recorded there.
pub fn attach<K>(_boot: &Boot<K>) -> Shutdown {
    power_button::on_press(|| IS_REQUESTED.store(true, Ordering::Relaxed));
    idle::prepare();
    Shutdown { only_attach_makes_one: PhantomData }
}
