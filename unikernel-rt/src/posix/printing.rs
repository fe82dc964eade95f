//! `printf` and its relatives: into a buffer, and to the standard error output.

use super::bytes::text;
use super::errno::{Errno, fail};
use super::formatting::format;
use super::fortified::check;
use super::start;
use super::streams::{ERROR_OUTPUT, Stream};
use crate::arch::variadic::{Arguments, variadic};
use core::ffi::{c_char, c_int, c_uint};

/// What a function returns: the count of the bytes, or -1 with the error in `errno`.
fn count(outcome: Result<c_int, Errno>) -> c_int {
    outcome.unwrap_or_else(fail)
}

variadic! {
    snprintf(3, ...) => vsnprintf;
    __snprintf_chk(5, ...) => __vsnprintf_chk;
    fprintf(2, ...) => vfprintf;
    __fprintf_chk(3, ...) => __vfprintf_chk;
}

/// The count is that of the whole text, also where the buffer has room for less.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn vsnprintf(
    buffer: *mut c_char,
    room: usize,
    pattern: *const c_char,
    arguments: *mut Arguments<'_>,
) -> c_int {
    // The last byte is for the zero at the end.
    let (most, mut length) = (room.saturating_sub(1), 0);
    // SAFETY: the caller's promise: no more than `room` bytes are written, and the buffer is no part of what is read.
    unsafe {
        let outcome = format(text(pattern), &mut *arguments, &mut |part| {
            let part = &part[..part.len().min(most - length)];
            buffer.add(length).cast::<u8>().copy_from_nonoverlapping(part.as_ptr(), part.len());
            length += part.len();
        });
        if room > 0 {
            buffer.add(length).write(0);
        }
        count(outcome)
    }
}

/// As a compiler calls it that knows how much room there is (`_FORTIFY_SOURCE`).
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn __vsnprintf_chk(
    buffer: *mut c_char,
    room: usize,
    _flags: c_int,
    real_room: usize,
    pattern: *const c_char,
    arguments: *mut Arguments<'_>,
) -> c_int {
    check(room, real_room);
    // SAFETY: the caller's promise.
    unsafe { vsnprintf(buffer, room, pattern, arguments) }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn vfprintf(stream: *const Stream, pattern: *const c_char, arguments: *mut Arguments<'_>) -> c_int {
    let mut written = Ok(());
    // SAFETY: the caller's promise.
    let outcome = unsafe {
        let stream = &*stream;
        format(text(pattern), &mut *arguments, &mut |part| {
            if written.is_ok() {
                written = stream.write(part);
            }
        })
    };
    count(written.and(outcome))
}

/// The flags ask for checks of `%n`, which is an error anyway.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn __vfprintf_chk(
    stream: *const Stream,
    _flags: c_int,
    pattern: *const c_char,
    arguments: *mut Arguments<'_>,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vfprintf(stream, pattern, arguments) }
}

/// What an `assert` calls that does not hold.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn __assert_fail(
    what: *const c_char,
    file: *const c_char,
    line: c_uint,
    function: *const c_char,
) -> ! {
    let [what, file, function] = [what, file, function].map(|text| text.expose_provenance() as u64);
    let words = [file, u64::from(line), function, what];
    let pattern = c"%s:%u: %s: Assertion `%s' failed.\n";
    // SAFETY: these are its arguments: the caller's promise.
    unsafe { vfprintf(&ERROR_OUTPUT, pattern.as_ptr(), &mut Arguments::new(&words)) };
    start::abort()
}
