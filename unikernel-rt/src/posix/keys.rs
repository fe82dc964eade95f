//! What a thread has of its own: destructors of its variables, and the values of keys.

use super::errno::{EAGAIN, EINVAL, ENOMEM, Errno};
use super::heap;
use crate::sync::lock;
use crate::threads::{FIRST_KEYS, Thread, current};
use alloc::boxed::Box;
use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

type Destroy = unsafe extern "C" fn(*mut c_void);

/// A destructor to be called when its thread ends.
struct Destructor {
    destroy: Destroy,
    value: *mut c_void,
    next: *mut Destructor,
}

/// Has `destroy` called with `value` when the thread ends that runs; the last one first.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn __cxa_thread_atexit_impl(destroy: Destroy, value: *mut c_void, _object: *mut c_void) -> c_int {
    let thread = current();
    let next = thread.destructors.get().cast();
    thread.destructors.set(Box::into_raw(Box::new(Destructor { destroy, value, next })).cast());
    0
}

/// What a destructor belongs to, of which there is one: the program.
#[cfg_attr(unikernel, unsafe(no_mangle))]
static __dso_handle: u8 = 0;

/// Keys of a kernel, and rounds in which destructors may set values anew, as POSIX has them at least.
const KEYS: usize = 128;
const ROUNDS: usize = 4;

/// A key: whether it is in use, and what is called with the value that a thread has when it ends.
#[derive(Clone, Copy)]
enum Key {
    Free,
    Used(Option<Destroy>),
}

lock! {
    static KEY_TABLE: [Key; KEYS] = [Key::Free; KEYS];
}

/// No key from this one on was ever in use.
static USED: AtomicUsize = AtomicUsize::new(0);

type Values = [*mut c_void; KEYS];

/// Calls the destructors of the thread that runs, which is about to end.
pub(super) fn destroy() {
    let thread = current();
    for _ in 0..ROUNDS {
        let mut is_done = true;
        loop {
            let first: *mut Destructor = thread.destructors.get().cast();
            if first.is_null() {
                break;
            }
            is_done = false;
            // SAFETY: `__cxa_thread_atexit_impl` has made it of a box, and it leaves the list here.
            let Destructor { destroy, value, next } = *unsafe { Box::from_raw(first) };
            thread.destructors.set(next.cast());
            // SAFETY: who registered it promised that it may be called so, once.
            unsafe { destroy(value) };
        }
        for index in 0..USED.load(Ordering::Relaxed) {
            let value = get(thread, index);
            if value.is_null() {
                continue;
            }
            let destroy = KEY_TABLE.with(|keys| match keys[index] {
                Key::Used(destroy) => destroy,
                Key::Free => None,
            });
            if let Some(destroy) = destroy {
                is_done = false;
                put(thread, index, ptr::null_mut());
                // SAFETY: who made the key promised that its values may be passed.
                unsafe { destroy(value) };
            }
        }
        if is_done {
            break;
        }
    }
    thread.first_keys.set([ptr::null_mut(); FIRST_KEYS]);
    let values: *mut Values = thread.keys.replace(ptr::null_mut()).cast();
    if !values.is_null() {
        // SAFETY: `set` has made it of a box.
        drop(unsafe { Box::from_raw(values) });
    }
}

/// The value of a key: the first ones are in the control block, the others in a table.
fn get(thread: &Thread, index: usize) -> *mut c_void {
    if index < FIRST_KEYS {
        return thread.first_keys.get()[index];
    }
    match ptr::NonNull::new(thread.keys.get().cast::<Values>()) {
        // SAFETY: the table is this thread's, and lasts as long.
        Some(values) if index < KEYS => unsafe { (*values.as_ptr())[index] },
        _ => ptr::null_mut(),
    }
}

/// Sets the value of a key, where there is a place for it.
fn put(thread: &Thread, index: usize, value: *mut c_void) {
    if index < FIRST_KEYS {
        let mut first = thread.first_keys.get();
        first[index] = value;
        thread.first_keys.set(first);
    } else if let Some(values) = ptr::NonNull::new(thread.keys.get().cast::<Values>()) {
        // SAFETY: the table is this thread's, and has a place for every key.
        unsafe { (*values.as_ptr())[index] = value };
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pthread_key_create(to: *mut u32, destroy: Option<Destroy>) -> c_int {
    let index = KEY_TABLE.with(|keys| {
        let index = keys.iter().position(|key| matches!(key, Key::Free))?;
        keys[index] = Key::Used(destroy);
        USED.fetch_max(index + 1, Ordering::Relaxed);
        Some(index)
    });
    let Some(index) = index else { return EAGAIN.0 };
    // SAFETY: the caller's promise.
    unsafe { to.write(index as u32) };
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pthread_key_delete(key: u32) -> c_int {
    KEY_TABLE.with(|keys| match keys.get_mut(key as usize) {
        Some(used @ Key::Used(_)) => {
            *used = Key::Free;
            0
        }
        _ => EINVAL.0,
    })
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pthread_getspecific(key: u32) -> *mut c_void {
    get(current(), key as usize)
}

fn set(key: u32, value: *const c_void) -> Result<(), Errno> {
    let index = key as usize;
    let is_used = KEY_TABLE.with(|keys| matches!(keys.get(index), Some(Key::Used(_))));
    if !is_used {
        return Err(EINVAL);
    }
    let thread = current();
    if index >= FIRST_KEYS && thread.keys.get().is_null() {
        // By hand: running out of memory is an error here, no panic.
        let block = heap::allocate(size_of::<Values>(), align_of::<Values>()).map_err(|_| ENOMEM)?.cast::<Values>();
        // SAFETY: it has just been allocated, for one.
        unsafe { block.write([ptr::null_mut(); KEYS]) };
        thread.keys.set(block.as_ptr().cast());
    }
    put(thread, index, value.cast_mut());
    Ok(())
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn pthread_setspecific(key: u32, value: *const c_void) -> c_int {
    set(key, value).map_or_else(|error| error.0, |()| 0)
}
