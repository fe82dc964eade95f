//! The control block of a thread, which lies at the top of its stack, above its thread-local storage.
//!
//! A control block is made with its stack and is used again for the next thread on it: it is never freed, so that a reference to it
//! is always valid, though it may be another thread's by then.

use crate::arch::context;
use crate::arch::stack::running::Running;
use core::cell::Cell;
use core::ffi::c_void;
use core::ops::Range;

/// What a C function has as the body of a thread.
pub(crate) type Body = unsafe extern "C" fn(*mut c_void) -> *mut c_void;

/// Bytes of a name with its end, as Linux has them.
pub(crate) const NAME_BYTES: usize = 16;

/// Keys whose values need no table of their own.
pub(crate) const FIRST_KEYS: usize = 4;

/// What a thread is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// It runs, or is in the queue.
    Ready,
    /// It waits to be made ready.
    Blocked,
    /// It has ended, and its result is not fetched yet.
    Ended,
    /// Nobody's: its stack waits for the next thread.
    Free,
}

/// A thread.
///
/// The first words are where compiled code looks for them: fs:0 is the address of the block, by which thread-local variables are
/// found, fs:0x28 the canary of C functions.
#[repr(C, align(128))]
pub(crate) struct Thread {
    this: Cell<*const Thread>,
    _unused: [Cell<usize>; 4],
    canary: Cell<usize>,
    /// Where its registers are while it does not run.
    pub(super) stack_pointer: Cell<u64>,
    pub(crate) errno: Cell<i32>,
    pub(crate) id: Cell<u32>,
    pub(super) state: Cell<State>,
    /// The next one in the list that it is in: ready, free, or of one address.
    pub(super) next: Cell<Option<&'static Thread>>,
    pub(super) timer: super::timers::Node,
    /// The address that it waits at, for who lists such threads; 0 for none.
    pub(crate) waits_at: Cell<usize>,
    pub(crate) wait_next: Cell<Option<&'static Thread>>,
    pub(crate) wait_previous: Cell<Option<&'static Thread>>,
    /// Who waits for its end.
    pub(crate) joiner: Cell<Option<&'static Thread>>,
    pub(crate) is_detached: Cell<bool>,
    pub(crate) result: Cell<*mut c_void>,
    pub(super) body: Cell<Option<(Body, *mut c_void)>>,
    /// Whether the waker of [`block_on`](super::block_on()) was called.
    pub(super) is_woken: Cell<bool>,
    pub(crate) name: Cell<[u8; NAME_BYTES]>,
    /// What the first keys hold, and where those of others are, if it has set one.
    pub(crate) first_keys: Cell<[*mut c_void; FIRST_KEYS]>,
    pub(crate) keys: Cell<*mut c_void>,
    /// Its destructors: the first of a list of others' making.
    pub(crate) destructors: Cell<*mut c_void>,
    /// The lowest address of the stack, and the first one that is not of it.
    bottom: Cell<u64>,
    top: Cell<u64>,
}

// SAFETY: there is one processor, and a thread gives it up in calls of this module alone; handlers of interrupts touch none of this.
unsafe impl Sync for Thread {}

impl Thread {
    /// A free thread with this stack, to be placed at `this`.
    pub(super) fn new(this: *const Thread, stack: Range<u64>) -> Self {
        Thread {
            this: Cell::new(this),
            _unused: [const { Cell::new(0) }; 4],
            canary: Cell::new(0),
            stack_pointer: Cell::new(0),
            errno: Cell::new(0),
            id: Cell::new(0),
            state: Cell::new(State::Free),
            next: Cell::new(None),
            timer: super::timers::Node::new(),
            waits_at: Cell::new(0),
            wait_next: Cell::new(None),
            wait_previous: Cell::new(None),
            joiner: Cell::new(None),
            is_detached: Cell::new(false),
            result: Cell::new(core::ptr::null_mut()),
            body: Cell::new(None),
            is_woken: Cell::new(false),
            name: Cell::new([0; NAME_BYTES]),
            first_keys: Cell::new([core::ptr::null_mut(); FIRST_KEYS]),
            keys: Cell::new(core::ptr::null_mut()),
            destructors: Cell::new(core::ptr::null_mut()),
            bottom: Cell::new(stack.start),
            top: Cell::new(stack.end),
        }
    }

    /// The addresses of its stack.
    pub(crate) fn stack(&self) -> Range<u64> {
        self.bottom.get()..self.top.get()
    }

    /// What reports tell of it.
    pub(super) fn running(&self) -> Running {
        Running { name: self.name.get(), bottom: self.bottom.get(), top: self.top.get() }
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.state.get() == State::Ended
    }

    /// Its address, which is what C calls it.
    pub(crate) fn address(&'static self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    /// The thread that C calls so.
    ///
    /// # Safety
    /// It is the address of a thread.
    pub(crate) unsafe fn at(address: usize) -> &'static Thread {
        // SAFETY: the caller's promise; control blocks are never freed.
        unsafe { &*core::ptr::with_exposed_provenance::<Thread>(address) }
    }

    pub(super) fn is(&'static self, other: &'static Thread) -> bool {
        core::ptr::eq(self, other)
    }
}

/// The thread that runs.
#[inline(always)]
pub(crate) fn current() -> &'static Thread {
    // SAFETY: a thread runs whenever this crate's code does that knows threads, and its base is its control block.
    unsafe { Thread::at(context::thread_base() as usize) }
}
