//! A function that is set at run time, for a lower layer to call a higher one that it does not know.

use core::marker::PhantomData;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// A function, or none yet. A kernel that never sets it does not link its code.
pub(crate) struct Hook<F> {
    function: AtomicPtr<()>,
    kind: PhantomData<F>,
}

/// A type of functions that a [`Hook`] can hold.
///
/// # Safety
/// `from_pointer(to_pointer(f))` is `f`, and `to_pointer(f)` is never null.
pub(crate) unsafe trait Function: Copy {
    fn to_pointer(self) -> *mut ();

    /// # Safety
    /// The pointer is one that `to_pointer` of this type has made.
    unsafe fn from_pointer(pointer: *mut ()) -> Self;
}

macro_rules! functions {
    ($($function:ty),*) => {$(
        // SAFETY: a function pointer is a pointer that is not null, and goes through `*mut ()` unchanged.
        unsafe impl Function for $function {
            fn to_pointer(self) -> *mut () {
                self as *mut ()
            }

            unsafe fn from_pointer(pointer: *mut ()) -> Self {
                // SAFETY: the caller's promise: it was a function of this type.
                unsafe { core::mem::transmute::<*mut (), $function>(pointer) }
            }
        }
    )*};
}

functions!(fn(), fn() -> bool, fn(u64), fn(&str) -> !);

impl<F: Function> Hook<F> {
    /// A hook without a function.
    pub(crate) const fn new() -> Self {
        Hook { function: AtomicPtr::new(ptr::null_mut()), kind: PhantomData }
    }

    /// Sets the function, replacing the previous one.
    pub(crate) fn set(&self, function: F) {
        self.function.store(function.to_pointer(), Ordering::Release);
    }

    /// The function that was set last.
    pub(crate) fn get(&self) -> Option<F> {
        let function = self.function.load(Ordering::Acquire);
        // SAFETY: `set` alone writes it, with a function of this type.
        (!function.is_null()).then(|| unsafe { F::from_pointer(function) })
    }
}

#[cfg(test)]
mod tests {
    use super::Hook;

    #[test]
    fn the_function_that_was_set_last_is_the_one() {
        static HOOK: Hook<fn() -> bool> = Hook::new();
        assert!(HOOK.get().is_none());
        HOOK.set(|| true);
        assert_eq!(HOOK.get().map(|function| function()), Some(true));
        HOOK.set(|| false);
        assert_eq!(HOOK.get().map(|function| function()), Some(false));
    }
}
