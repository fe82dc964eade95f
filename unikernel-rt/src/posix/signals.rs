//! Signals: the power button is SIGTERM, where `shutdown` is declared; nobody sends any other.
//!
//! A thread of its own calls the handler, as on Linux any thread may be the one that is interrupted. No call of another one returns for it.

use super::errno::{EFAULT, EINTR, EINVAL, fail};
use super::readiness::Watchers;
use super::start;
use crate::interrupts::{idle, power_button};
use crate::sync::{Hook, lock};
use crate::tasks::poll::Poller;
use crate::threads;
use crate::time::NEVER;
use core::ffi::{c_int, c_void};
use core::mem;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};

/// Signals are numbered from 1 on.
const SIGNALS: usize = 65;
const SIGINT: c_int = 2;
const SIGTERM: c_int = 15;

const SIG_DFL: usize = 0;
const SIG_IGN: usize = 1;
const SIG_ERR: usize = usize::MAX;

const SA_SIGINFO: c_int = 4;

/// C's `struct sigaction`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Action {
    handler: usize,
    mask: [u64; SET_WORDS],
    flags: c_int,
    restorer: usize,
}

impl Action {
    const fn new(handler: usize) -> Self {
        Action { handler, mask: [0; SET_WORDS], flags: 0, restorer: 0 }
    }
}

/// C's `siginfo_t`: the signal, and zeroes for where it comes from.
#[repr(C, align(8))]
struct Information {
    signal: c_int,
    rest: [c_int; 31],
}

lock! {
    /// The actions of the signals that can be sent.
    static ACTIONS: [(c_int, Action); 2] = [(SIGTERM, Action::new(SIG_DFL)), (SIGINT, Action::new(SIG_DFL))];
}

/// Whether there is such a signal.
fn index(signal: c_int) -> Option<usize> {
    usize::try_from(signal).ok().filter(|index| (1..SIGNALS).contains(index))
}

/// Sets the action of a signal that can be sent, where one is given; gives the one before, of others none.
///
/// Others are ignored, whatever handler they were given. Told so of faults, `std` installs nothing of its own for a stack overflow, which the
/// kernel reports; that the compiler sees this keeps it out of the image.
#[inline(always)]
fn set(signal: c_int, action: impl FnOnce() -> Option<Action>) -> Option<Action> {
    matches!(signal, SIGINT | SIGTERM).then(|| replace(signal, action()))
}

#[inline(never)]
fn replace(signal: c_int, action: Option<Action>) -> Action {
    let before = ACTIONS.with(|actions| {
        let now = actions.iter_mut().find(|(number, _)| *number == signal);
        now.map_or(Action::new(SIG_IGN), |(_, now)| mem::replace(now, action.unwrap_or(*now)))
    });
    if action.is_some_and(|action| action.handler != SIG_DFL)
        && let Some(listen) = LISTEN.get()
    {
        listen();
    }
    before
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn sigaction(signal: c_int, action: *const Action, old: *mut Action) -> c_int {
    // SAFETY: the caller's promise: each points to an action, or to nothing.
    let before = set(signal, || (!action.is_null()).then(|| unsafe { action.read() }));
    if !old.is_null() {
        // SAFETY: as above.
        unsafe { old.write(before.unwrap_or(Action::new(SIG_IGN))) };
    }
    match index(signal) {
        Some(_) => 0,
        None => fail(EINVAL),
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn signal(signal: c_int, handler: usize) -> usize {
    let before = set(signal, || Some(Action::new(handler)));
    match index(signal) {
        Some(_) => before.map_or(SIG_IGN, |before| before.handler),
        None => {
            fail(EINVAL);
            SIG_ERR
        }
    }
}

/// Has the power button listened to; set where `shutdown` is declared.
static LISTEN: Hook<fn()> = Hook::new();

/// Whether the button was pressed, and nobody has been told yet.
static IS_PRESSED: AtomicBool = AtomicBool::new(false);

/// The thread that waits for the button.
static WATCHERS: Watchers = Watchers::new();

static POLLER: Poller = Poller::new(poll);

/// The stack of the thread that calls handlers, as it is on Linux where a program gives one of its own.
const STACK_BYTES: u64 = 64 << 10;

/// Makes the power button a signal, from the first handler on: until then it ends the program, which is what SIGTERM does.
pub fn use_shutdown() {
    LISTEN.set(listen);
}

fn listen() {
    static IS_LISTENING: AtomicBool = AtomicBool::new(false);
    if IS_LISTENING.swap(true, Ordering::Relaxed) {
        return;
    }
    let Ok(thread) = threads::spawn(STACK_BYTES, serve, ptr::null_mut()) else {
        // Without memory for it, the button stays what it is.
        return;
    };
    let mut name = [0; threads::NAME_BYTES];
    name[..7].copy_from_slice(b"signals");
    thread.name.set(name);
    power_button::on_press(|| IS_PRESSED.store(true, Ordering::Relaxed));
    idle::prepare();
    POLLER.join();
}

fn poll() -> u64 {
    if IS_PRESSED.load(Ordering::Relaxed) {
        WATCHERS.wake();
    }
    NEVER
}

/// The body of the thread that calls handlers.
unsafe extern "C" fn serve(_: *mut c_void) -> *mut c_void {
    loop {
        threads::wait(NEVER, |waker| {
            WATCHERS.add(waker);
            IS_PRESSED.swap(false, Ordering::Relaxed).then_some(())
        });
        // Whoever pressed it wants the program to end, and so does Ctrl-C: a program that handles one of them is asked by that.
        let has_handler = |signal| {
            ACTIONS.with(|actions| actions.iter().any(|(of, action)| *of == signal && action.handler > SIG_IGN))
        };
        deliver(if !has_handler(SIGTERM) && has_handler(SIGINT) { SIGINT } else { SIGTERM });
    }
}

/// What those wait at who wait for a signal to have been handled.
static HANDLED: AtomicBool = AtomicBool::new(false);

/// Does what the action of a signal says, in the thread that runs.
fn deliver(signal: c_int) {
    let action =
        ACTIONS.with(|actions| actions.iter().find(|(number, _)| *number == signal).map(|(_, action)| *action));
    match action.map(|Action { handler, flags, .. }| (handler, flags)) {
        None | Some((SIG_IGN, _)) => return,
        Some((SIG_DFL, _)) => start::end(0),
        Some((handler, flags)) if flags & SA_SIGINFO != 0 => {
            let mut information = Information { signal, rest: [0; 31] };
            let handler: *const c_void = ptr::with_exposed_provenance(handler);
            // SAFETY: the program has set it as the handler of this kind, by the address of a function.
            unsafe {
                let handler: extern "C" fn(c_int, *mut Information, *mut c_void) = mem::transmute(handler);
                handler(signal, &raw mut information, ptr::null_mut());
            }
        }
        Some((handler, _)) => {
            let handler: *const c_void = ptr::with_exposed_provenance(handler);
            // SAFETY: as above.
            unsafe { mem::transmute::<*const c_void, extern "C" fn(c_int)>(handler)(signal) };
        }
    }
    threads::wake_at(HANDLED.as_ptr().addr(), usize::MAX);
}

/// Sends a signal to the program itself; whether there is such a one.
pub(super) fn send(signal: c_int) -> bool {
    let is_sent = matches!(signal, SIGINT | SIGTERM);
    if is_sent {
        deliver(signal);
    }
    is_sent
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn raise(signal: c_int) -> c_int {
    if send(signal) { 0 } else { fail(EINVAL) }
}

/// The signals that a program may give a meaning of its own, as glibc has them.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn __libc_current_sigrtmin() -> c_int {
    34
}

/// The last of them.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn __libc_current_sigrtmax() -> c_int {
    64
}

/// Faults run on a stack of the kernel's own.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn sigaltstack(_new: *const c_void, _old: *mut c_void) -> c_int {
    0
}

const SET_WORDS: usize = 16;

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn sigemptyset(set: *mut [u64; SET_WORDS]) -> c_int {
    if set.is_null() {
        return fail(EFAULT);
    }
    // SAFETY: the caller's promise.
    unsafe { set.write([0; SET_WORDS]) };
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn sigaddset(set: *mut [u64; SET_WORDS], signal: c_int) -> c_int {
    let Some(index) = index(signal) else { return fail(EINVAL) };
    // SAFETY: the caller's promise: the set is initialised.
    unsafe { (*set)[(index - 1) / 64] |= 1 << ((index - 1) % 64) };
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pthread_sigmask(_how: c_int, _new: *const c_void, _old: *mut c_void) -> c_int {
    0
}

/// Waits until a signal was handled.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pause() -> c_int {
    threads::wait_at(HANDLED.as_ptr().addr(), NEVER);
    fail(EINTR)
}
