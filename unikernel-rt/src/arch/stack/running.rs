//! The stack of the thread that runs, for reports: the scheduler, which knows it, is a layer above them.

use crate::sync::{Function, Hook};

/// A thread, as reports name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Running {
    /// With a zero byte at its end.
    pub(crate) name: [u8; 16],
    pub(crate) bottom: u64,
    pub(crate) top: u64,
}

// SAFETY: a function pointer is a pointer that is not null, and goes through `*mut ()` unchanged.
unsafe impl Function for fn() -> Running {
    fn to_pointer(self) -> *mut () {
        self as *mut ()
    }

    unsafe fn from_pointer(pointer: *mut ()) -> Self {
        // SAFETY: the caller's promise: it was a function of this type.
        unsafe { core::mem::transmute::<*mut (), fn() -> Running>(pointer) }
    }
}

/// What tells the thread; set when threads begin.
static RUNNING: Hook<fn() -> Running> = Hook::new();

/// Sets what tells the thread.
pub(crate) fn set(running: fn() -> Running) {
    RUNNING.set(running);
}

/// The thread that runs; none before threads begin.
pub(crate) fn thread() -> Option<Running> {
    RUNNING.get().map(|running| running())
}

impl Running {
    /// Whether a stack pointer is in its stack, or in the guard page below, where it has overflown.
    pub(super) fn has(&self, stack: u64) -> bool {
        (self.bottom - GUARD_BYTES..self.top).contains(&stack)
    }

    /// Whether an address is in the guard page.
    pub(crate) fn has_overflown_to(&self, address: u64) -> bool {
        (self.bottom - GUARD_BYTES..self.bottom).contains(&address)
    }

    /// The name, without its end.
    pub(crate) fn name(&self) -> &[u8] {
        self.name.split(|byte| *byte == 0).next().unwrap_or_default()
    }
}

const GUARD_BYTES: u64 = 4096;

#[cfg(test)]
mod tests {
    use super::Running;

    #[test]
    fn a_guard_page_is_told_from_the_stack() {
        let mut name = [0; 16];
        name[..4].copy_from_slice(b"deep");
        let thread = Running { name, bottom: 0x10_000, top: 0x20_000 };
        assert_eq!(thread.name(), b"deep");
        for (address, is_in, is_overflow) in [
            (0xefff, false, false),
            (0xf000, true, true),
            (0xffff, true, true),
            (0x10_000, true, false),
            (0x20_000, false, false),
        ] {
            assert_eq!((thread.has(address), thread.has_overflown_to(address)), (is_in, is_overflow), "{address:#x}");
        }
    }
}
