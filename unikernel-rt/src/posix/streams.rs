//! `stderr`, which libraries in C write to before they give up. Nothing is buffered, and there are no other streams.

use super::bytes::text;
use super::descriptors::{bytes, object};
use super::errno::{Errno, description, fail, status};
use crate::threads::current;
use core::ffi::{c_char, c_int, c_void};

/// C's `FILE`.
#[repr(C)]
pub(super) struct Stream {
    /// What inline functions of C's headers look at: as zeros, a buffer that has no room.
    _buffers: [u64; 14],
    descriptor: c_int,
}

impl Stream {
    /// Writes all of it.
    pub(super) fn write(&self, mut bytes: &[u8]) -> Result<(), Errno> {
        let object = object(self.descriptor)?;
        while !bytes.is_empty() {
            let count = object.write(bytes)?;
            bytes = bytes.get(count..).unwrap_or_default();
        }
        Ok(())
    }
}

/// Where the standard error output of `std` goes, too.
pub(super) static ERROR_OUTPUT: Stream = Stream { _buffers: [0; 14], descriptor: 2 };

/// C's name of it.
#[cfg_attr(unikernel, unsafe(no_mangle))]
#[allow(non_upper_case_globals)] // its name in C
static stderr: &Stream = &ERROR_OUTPUT;

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn fwrite(from: *const c_void, item_bytes: usize, count: usize, stream: *const Stream) -> usize {
    // SAFETY: the caller's promise: there are as many items.
    let outcome = unsafe { bytes(from, item_bytes.saturating_mul(count)).and_then(|bytes| (*stream).write(bytes)) };
    if status(outcome) == 0 && item_bytes > 0 { count } else { 0 }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn fputs(from: *const c_char, stream: *const Stream) -> c_int {
    // SAFETY: the caller's promise.
    status(unsafe { (*stream).write(text(from)) })
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn fputc(byte: c_int, stream: *const Stream) -> c_int {
    let byte = byte as u8;
    // SAFETY: the caller's promise.
    match unsafe { (*stream).write(&[byte]) } {
        Ok(()) => c_int::from(byte),
        Err(error) => fail(error),
    }
}

/// Everything is written already.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn fflush(_stream: *const Stream) -> c_int {
    0
}

/// Writes texts one after the other. Nobody is told where that fails.
fn tell(texts: &[&[u8]]) {
    for text in texts {
        let _ = ERROR_OUTPUT.write(text);
    }
}

/// Tells the error that `errno` says, behind what the caller says of it.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn perror(what: *const c_char) {
    let error = description(current().errno.get());
    // SAFETY: the caller's promise: it is a C string, or null.
    let what = if what.is_null() { &[] } else { unsafe { text(what) } };
    let colon: &[u8] = if what.is_empty() { b"" } else { b": " };
    tell(&[what, colon, error.as_bytes(), b"\n"]);
}
