//! Critical sections for crates that want them: there is nothing to keep out.
//!
//! There is one processor, and interrupts are off everywhere but inside the idle routine's halt: no code that could enter a
//! critical section is ever interrupted, and handlers enter none. So neither side has anything to do, nested or not.

use critical_section::{Impl, RawRestoreState};

/// The implementation.
pub struct CriticalSection;

// SAFETY: nobody runs concurrently with anybody, see above.
unsafe impl Impl for CriticalSection {
    unsafe fn acquire() -> RawRestoreState {
        RawRestoreState::default()
    }

    unsafe fn release(_restore_state: RawRestoreState) {}
}

/// Defines the functions that the crate `critical-section` links to; a host program has its own.
#[doc(hidden)]
#[macro_export]
macro_rules! __critical_section {
    () => {
        #[unsafe(no_mangle)]
        unsafe fn _critical_section_1_0_acquire() -> $crate::__private::critical_section::RawRestoreState {
            // SAFETY: the caller's promise.
            unsafe { <$crate::__private::CriticalSection as $crate::__private::critical_section::Impl>::acquire() }
        }

        #[unsafe(no_mangle)]
        unsafe fn _critical_section_1_0_release(state: $crate::__private::critical_section::RawRestoreState) {
            // SAFETY: the caller's promise.
            unsafe { <$crate::__private::CriticalSection as $crate::__private::critical_section::Impl>::release(state) }
        }
    };
}
