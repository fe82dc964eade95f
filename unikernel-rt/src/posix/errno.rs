//! Errors: their numbers, and their texts.

use crate::threads::current;
use core::ffi::{c_char, c_int};

/// The number of an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Errno(pub(crate) c_int);

/// Declares numbers with the texts that the GNU C library has for them.
macro_rules! errors {
    ($($name:ident = $number:literal $text:literal;)*) => {
        $(pub(crate) const $name: Errno = Errno($number);)*

        /// The text of an error.
        #[inline(always)]
        fn text(number: c_int) -> Option<&'static str> {
            match number {
                $($number => Some($text),)*
                _ => None,
            }
        }
    };
}

#[allow(dead_code)] // The table is one: of some errors only the text is wanted.
mod table {
    use super::Errno;
    use core::ffi::c_int;

    errors! {
        EPERM = 1 "Operation not permitted";
        ENOENT = 2 "No such file or directory";
        ESRCH = 3 "No such process";
        EINTR = 4 "Interrupted system call";
        EIO = 5 "Input/output error";
        EBADF = 9 "Bad file descriptor";
        EAGAIN = 11 "Resource temporarily unavailable";
        ENOMEM = 12 "Cannot allocate memory";
        EACCES = 13 "Permission denied";
        EFAULT = 14 "Bad address";
        EBUSY = 16 "Device or resource busy";
        EEXIST = 17 "File exists";
        EXDEV = 18 "Invalid cross-device link";
        ENODEV = 19 "No such device";
        ENOTDIR = 20 "Not a directory";
        EISDIR = 21 "Is a directory";
        EINVAL = 22 "Invalid argument";
        EMFILE = 24 "Too many open files";
        ENOTTY = 25 "Inappropriate ioctl for device";
        EFBIG = 27 "File too large";
        ENOSPC = 28 "No space left on device";
        ESPIPE = 29 "Illegal seek";
        EROFS = 30 "Read-only file system";
        EPIPE = 32 "Broken pipe";
        EDOM = 33 "Numerical argument out of domain";
        ERANGE = 34 "Numerical result out of range";
        EDEADLK = 35 "Resource deadlock avoided";
        ENAMETOOLONG = 36 "File name too long";
        ENOSYS = 38 "Function not implemented";
        ENOTEMPTY = 39 "Directory not empty";
        EOVERFLOW = 75 "Value too large for defined data type";
        EILSEQ = 84 "Invalid or incomplete multibyte or wide character";
        ENOTSOCK = 88 "Socket operation on non-socket";
        EDESTADDRREQ = 89 "Destination address required";
        EMSGSIZE = 90 "Message too long";
        ENOPROTOOPT = 92 "Protocol not available";
        EPROTONOSUPPORT = 93 "Protocol not supported";
        ESOCKTNOSUPPORT = 94 "Socket type not supported";
        ENOTSUP = 95 "Operation not supported";
        EAFNOSUPPORT = 97 "Address family not supported by protocol";
        EADDRINUSE = 98 "Address already in use";
        EADDRNOTAVAIL = 99 "Cannot assign requested address";
        ENETUNREACH = 101 "Network is unreachable";
        ECONNRESET = 104 "Connection reset by peer";
        ENOBUFS = 105 "No buffer space available";
        EISCONN = 106 "Transport endpoint is already connected";
        ENOTCONN = 107 "Transport endpoint is not connected";
        ETIMEDOUT = 110 "Connection timed out";
        ECONNREFUSED = 111 "Connection refused";
        EHOSTUNREACH = 113 "No route to host";
        EALREADY = 114 "Operation already in progress";
        EINPROGRESS = 115 "Operation now in progress";
    }

    /// The same, of any number. Inlined, so that a kernel with one caller is the same as without others.
    #[inline(always)]
    pub(crate) fn description(number: c_int) -> &'static str {
        text(number).unwrap_or("Unknown error")
    }
}
pub(crate) use table::*;

/// What a function of C returns that has failed: -1, with the error in `errno`.
#[cold]
pub(crate) fn fail(error: Errno) -> c_int {
    current().errno.set(error.0);
    -1
}

/// What a function of C returns: the value, or -1 with the error in `errno`.
pub(crate) fn result(outcome: Result<usize, Errno>) -> isize {
    match outcome {
        Ok(value) => value.cast_signed(),
        Err(error) => fail(error) as isize,
    }
}

/// The same, of functions that return nothing but their success.
pub(crate) fn status(outcome: Result<(), Errno>) -> c_int {
    match outcome {
        Ok(()) => 0,
        Err(error) => fail(error),
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn __errno_location() -> *mut c_int {
    current().errno.as_ptr()
}

/// The text of an error, cut to the buffer.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn __xpg_strerror_r(number: c_int, buffer: *mut c_char, count: usize) -> c_int {
    let text = description(number);
    let Some(room) = count.checked_sub(1) else { return ERANGE.0 };
    let length = text.len().min(room);
    // SAFETY: the caller's promise: the buffer has `count` bytes.
    unsafe {
        buffer.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), length);
        buffer.add(length).write(0);
    }
    if length < text.len() { ERANGE.0 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::__xpg_strerror_r;

    #[test]
    fn texts_are_cut_to_the_buffer_and_end() {
        for (count, expected, status) in [(32, "Bad address", 0), (12, "Bad address", 0), (4, "Bad", 34), (1, "", 34)] {
            let mut buffer = [0x55_i8; 32];
            // SAFETY: the buffer has more bytes.
            assert_eq!(unsafe { __xpg_strerror_r(14, buffer.as_mut_ptr(), count) }, status);
            // SAFETY: it ends with a zero.
            assert_eq!(unsafe { core::ffi::CStr::from_ptr(buffer.as_ptr()) }.to_str(), Ok(expected));
            assert_eq!(buffer[expected.len() + 1], 0x55, "{count}");
        }
    }
}
