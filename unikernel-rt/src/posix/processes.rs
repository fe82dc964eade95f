//! The one process, and its one user.

use super::errno::{EINVAL, ESRCH, fail};
use super::{signals, start};
use core::ffi::c_int;

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn getpid() -> c_int {
    1
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn getppid() -> c_int {
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn getuid() -> c_int {
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn geteuid() -> c_int {
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn getgid() -> c_int {
    0
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn getegid() -> c_int {
    0
}

/// Signal 0 asks whether there is such a process.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn kill(process: c_int, signal: c_int) -> c_int {
    match (process, signal) {
        (0 | 1, 0) => 0,
        (0 | 1, signal) if signals::send(signal) => 0,
        (0 | 1, _) => fail(EINVAL),
        _ => fail(ESRCH),
    }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn exit(status: c_int) -> ! {
    start::exit(status)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn _exit(status: c_int) -> ! {
    start::end(status)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn abort() -> ! {
    start::abort()
}

/// What a function of C calls that finds the stack behind it overwritten, where it was compiled to look, as some compilers do by default.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn __stack_chk_fail() -> ! {
    start::abort()
}
