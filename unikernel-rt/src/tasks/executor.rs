//! The executor of a kernel with an `async fn main`: embassy's, and the loop around it.

#[expect(unsafe_code, reason = "an `unsafe` interface of another crate")]
pub(crate) mod critical_section;

use crate::interrupts::idle;
use crate::kernel::Boot;
use crate::kernel::Kernel;
use crate::kernel::exit::exit as exit_with;
use crate::kernel::termination::Termination;
use crate::tasks::poll;
use core::future::poll_fn;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Poll;
use embassy_executor::raw::Executor;
use embassy_executor::{SpawnError, SpawnToken, Spawner};

/// Whether a task has been woken since the last run of the executor.
static PENDED: AtomicBool = AtomicBool::new(false);
/// Whether one has yielded to the devices.
static HAS_YIELDED: AtomicBool = AtomicBool::new(false);
/// How often ready tasks run before the devices are polled again.
const MOST_RUNS: usize = 4;

/// Called by the executor when the first task becomes ready.
pub fn pend() {
    PENDED.store(true, Ordering::Relaxed);
}

/// Whether a task is ready.
#[cfg(feature = "sockets")]
pub(crate) fn is_pending() -> bool {
    PENDED.load(Ordering::Relaxed)
}

/// Runs tasks for ever, the first of which is `main`'s.
pub fn run<K: Kernel, S>(_boot: &Boot<K>, main: impl FnOnce(Spawner) -> Result<SpawnToken<S>, SpawnError>) -> ! {
    let executor = Executor::new(ptr::null_mut());
    // SAFETY: this function never returns, and a panic ends the machine, so its variables live for ever.
    #[expect(unsafe_code, reason = "`Executor` cannot be in a static")]
    let executor: &'static Executor = unsafe { &*ptr::from_ref(&executor) };
    let spawner = executor.spawner();
    // Fails only if the task was already spawned; it is spawned here alone.
    if let Ok(token) = main(spawner) {
        spawner.spawn(token);
    }
    loop {
        let deadline = poll::all();
        if !PENDED.load(Ordering::Relaxed) {
            poll::halt_until(deadline);
            continue;
        }
        // Whom a task has woken or spawned runs next, without a look at the devices in between.
        for _ in 0..MOST_RUNS {
            PENDED.store(false, Ordering::Relaxed);
            // SAFETY: this is the only call for this executor, and tasks, which it polls, never come here.
            #[expect(unsafe_code, reason = "the executor's interface")]
            unsafe {
                executor.poll();
            }
            if !PENDED.load(Ordering::Relaxed) || HAS_YIELDED.load(Ordering::Relaxed) {
                break;
            }
        }
        HAS_YIELDED.store(false, Ordering::Relaxed);
        // Tasks that are always ready must not starve the devices.
        idle::take_pending();
    }
}

/// Ends the machine with what an `async fn main` returned, whatever other tasks are doing.
pub fn exit<K: Kernel, T: Termination>(outcome: T) -> ! {
    exit_with::<K>(outcome.status::<K>())
}

/// Yields to the devices and to all other ready tasks.
///
/// ```no_run
/// # use unikernel_rt::yield_now;
/// # fn step(_: usize) {}
/// # async fn example() {
/// for index in 0..1_000_000 {
///     step(index);
///     yield_now().await; // a long computation must not starve the network
/// }
/// # }
/// ```
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        HAS_YIELDED.store(true, Ordering::Relaxed);
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

/// Emitted in kernels: what the executor links to.
#[doc(hidden)]
#[macro_export]
macro_rules! __executor {
    () => {
        #[unsafe(export_name = "__pender")]
        fn __unikernel_pend(_context: *mut ()) {
            $crate::__private::executor::pend();
        }
    };
}
