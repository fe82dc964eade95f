//! Which thread runs: the first of those that are ready; where there is none, the processor halts.

use super::queue::Queue;
use super::stack::{self, Unavailable};
use super::thread::{Body, NAME_BYTES, State, Thread, current};
use super::timers;
use crate::arch::context;
use crate::arch::stack::running;
use crate::interrupts::idle;
use crate::memory::stacks;
use crate::sync::{Hook, lock};
use crate::tasks::poll::{self, Poller};
use crate::time::{self, NEVER};
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

lock! {
    static READY: Queue = Queue::new();
}

/// The id of the next thread; the first one has 1.
static NEXT_ID: AtomicU32 = AtomicU32::new(1);

/// Switches since the devices were polled.
static SWITCHES: AtomicU32 = AtomicU32::new(0);

/// Where threads are always ready, the devices are polled once in so many switches.
const SWITCHES_MAX: u32 = 32;

static POLLER: Poller = Poller::new(expire);

/// Continues as the first thread, on a stack of its own, with `body`.
pub(crate) fn begin(stack_bytes: u64, body: Body) -> Result<core::convert::Infallible, Unavailable> {
    stacks::begin()?;
    running::set(|| current().running());
    let thread = prepare(stack_bytes, body, ptr::null_mut())?;
    let mut name = [0; NAME_BYTES];
    name[..4].copy_from_slice(b"main");
    thread.name.set(name);
    let mut never_continued = 0;
    // SAFETY: its context has just been made, and nobody ever continues this one.
    unsafe {
        context::set_thread_base(thread.address() as u64);
        context::switch(&raw mut never_continued, thread.stack_pointer.get());
    }
    unreachable!("nobody continues the stack of boot")
}

/// Lets threads wait for a time of the clock.
pub(crate) fn use_clock() {
    timers::use_clock(|| POLLER.join_with_deadlines(time::halt_until));
}

fn expire() -> u64 {
    timers::expire(time::now_ticks(), ready).unwrap_or(NEVER)
}

/// A new thread, which runs `body` when its turn comes.
pub(crate) fn spawn(stack_bytes: u64, body: Body, argument: *mut c_void) -> Result<&'static Thread, Unavailable> {
    let thread = prepare(stack_bytes, body, argument)?;
    READY.with(|queue| queue.push(thread));
    Ok(thread)
}

#[inline(never)] // one copy
fn prepare(stack_bytes: u64, body: Body, argument: *mut c_void) -> Result<&'static Thread, Unavailable> {
    let thread = stack::take(stack_bytes)?;
    thread.id.set(NEXT_ID.fetch_add(1, Ordering::Relaxed));
    thread.errno.set(0);
    thread.state.set(State::Ready);
    thread.is_detached.set(false);
    thread.joiner.set(None);
    thread.result.set(ptr::null_mut());
    thread.name.set([0; NAME_BYTES]);
    thread.body.set(Some((body, argument)));
    // SAFETY: the stack is nobody's, and has room for more than that.
    thread.stack_pointer.set(unsafe { context::prepare(thread.stack().end & !15, run) });
    Ok(thread)
}

/// What every thread begins with.
extern "C" fn run() -> ! {
    let result = match current().body.take() {
        // SAFETY: who made the thread says that the function may be called with its argument, once.
        Some((body, argument)) => unsafe { body(argument) },
        None => ptr::null_mut(),
    };
    exit(result)
}

/// What runs when a thread ends, before anybody learns of its end: destructors.
static AT_EXIT: Hook<fn()> = Hook::new();

/// Sets what runs when a thread ends.
pub(crate) fn at_exit(run: fn()) {
    AT_EXIT.set(run);
}

/// Ends the thread that runs.
pub(crate) fn exit(result: *mut c_void) -> ! {
    let thread = current();
    if let Some(run) = AT_EXIT.get() {
        run();
    }
    thread.result.set(result);
    thread.state.set(State::Ended);
    if thread.is_detached.get() {
        stack::keep(thread);
    } else if let Some(joiner) = thread.joiner.get() {
        ready(joiner);
    }
    next();
    unreachable!("a thread that has ended runs no more")
}

/// Waits for the end of another thread, and gives its result; the thread is gone then.
pub(crate) fn join(thread: &'static Thread) -> *mut c_void {
    thread.joiner.set(Some(current()));
    while !thread.has_ended() {
        block(NEVER);
    }
    let result = thread.result.get();
    stack::keep(thread);
    result
}

/// Lets nobody have to join a thread.
pub(crate) fn detach(thread: &'static Thread) {
    if thread.has_ended() {
        stack::keep(thread);
    } else {
        thread.is_detached.set(true);
    }
}

/// Blocks the thread that runs until it is made ready, or until a time; whether the time came.
///
/// Who waits for a condition looks again: it may be made ready for another reason.
pub(crate) fn block(deadline: u64) -> bool {
    let thread = current();
    thread.state.set(State::Blocked);
    let has_deadline = deadline != NEVER && timers::add(thread, deadline);
    next();
    has_deadline && thread.timer.has_expired()
}

/// Makes a thread ready, where it is blocked.
pub(crate) fn ready(thread: &'static Thread) {
    if thread.state.get() == State::Blocked {
        thread.state.set(State::Ready);
        timers::remove(thread);
        READY.with(|queue| queue.push(thread));
    }
}

/// Lets the other threads that are ready run before.
pub(crate) fn yield_now() {
    READY.with(|queue| queue.push(current()));
    next();
}

/// Looks what the devices have done: for who asks again and again and never waits.
pub(crate) fn poll_devices() {
    SWITCHES.store(0, Ordering::Relaxed);
    idle::take_pending();
    poll::all();
}

/// Runs the thread whose turn it is, until the one that runs now is continued.
fn next() {
    let thread = current();
    if SWITCHES.fetch_add(1, Ordering::Relaxed) >= SWITCHES_MAX {
        poll_devices();
    }
    let next = match READY.with(Queue::pop) {
        Some(next) => next,
        None => wait(),
    };
    if next.is(thread) {
        return;
    }
    // SAFETY: a thread in the queue is not running, so that its context is one that a switch or `prepare` has left, and it is
    // taken from the queue to be continued once. The base is set for it; nothing uses it in between.
    unsafe {
        context::set_thread_base(next.address() as u64);
        context::switch(thread.stack_pointer.as_ptr(), next.stack_pointer.get());
    }
}

/// Halts until a thread is ready.
#[cold]
fn wait() -> &'static Thread {
    loop {
        let deadline = poll::all();
        SWITCHES.store(0, Ordering::Relaxed);
        if let Some(thread) = READY.with(Queue::pop) {
            return thread;
        }
        poll::halt_until(deadline);
    }
}
