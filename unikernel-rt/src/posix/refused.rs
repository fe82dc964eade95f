//! Functions that fail: those that the annotation leaves out by `std(without = "...")`, and those that programs do without.

use super::errno::{EAFNOSUPPORT, ENOSYS, Errno, fail};
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// Programs that would wait by it do so by the time-outs of `epoll_wait` where there is none.
#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn timerfd_create(_clock_id: c_int, _flags: c_int) -> c_int {
    fail(ENOSYS)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn timerfd_settime(_file: c_int, _flags: c_int, _new: *const c_void, _old: *mut c_void) -> c_int {
    fail(ENOSYS)
}

/// Fails as most functions do: by -1, with the error in `errno`.
fn refuse(error: Errno) -> isize {
    fail(error) as isize
}

/// What a call fails with that has to do with other processes.
#[must_use]
pub fn refuse_process() -> isize {
    refuse(ENOSYS)
}

/// The same of functions that return the number of the error.
#[must_use]
pub fn refuse_spawn() -> i32 {
    ENOSYS.0
}

/// What a call fails with that has to do with a network.
#[must_use]
pub fn refuse_socket() -> isize {
    refuse(EAFNOSUPPORT)
}

/// `EAI_SYSTEM`: `errno` says what is wrong.
#[must_use]
pub fn refuse_name() -> i32 {
    const EAI_SYSTEM: i32 = -11;
    fail(EAFNOSUPPORT);
    EAI_SYSTEM
}

/// What is said of the errors of names, none of which there are.
#[must_use]
pub fn no_text() -> *const c_char {
    c"".as_ptr()
}

/// What was never allocated.
pub fn nothing_to_free() {}

/// What a call fails with that asks for a library.
#[must_use]
pub fn refuse_library() -> *mut c_void {
    ptr::null_mut()
}

/// Why.
#[must_use]
pub fn library_error() -> *const c_char {
    c"a unikernel has what is linked into it: no library can be loaded".as_ptr()
}

/// Defines functions that take whatever they are given, and call one of the above.
#[doc(hidden)]
#[macro_export]
macro_rules! __std_refused {
    ($refuse:ident -> $result:ty: $($name:ident)*) => {
        $(#[unsafe(no_mangle)]
        extern "C" fn $name() -> $result {
            $crate::__private::std::$refuse()
        })*
    };
}

/// What `without = "processes"` defines.
#[doc(hidden)]
#[macro_export]
macro_rules! __std_without_processes {
    () => {
        $crate::__std_refused! { refuse_process -> isize:
            fork vfork execve execvp execv wait wait4 waitid waitpid setgid setgroups setpgid setsid setuid pidfd_open
            pidfd_send_signal
        }
        $crate::__std_refused! { refuse_spawn -> i32:
            posix_spawn posix_spawnp posix_spawn_file_actions_addclose posix_spawn_file_actions_adddup2
            posix_spawn_file_actions_addopen posix_spawn_file_actions_destroy posix_spawn_file_actions_init
            posix_spawnattr_destroy posix_spawnattr_init posix_spawnattr_setflags posix_spawnattr_setpgroup
            posix_spawnattr_setsigdefault posix_spawnattr_setsigmask
        }
    };
}

/// What `without = "libraries"` defines.
#[doc(hidden)]
#[macro_export]
macro_rules! __std_without_libraries {
    () => {
        $crate::__std_refused! { refuse_library -> *mut ::core::ffi::c_void: dlopen }
        $crate::__std_refused! { library_error -> *const ::core::ffi::c_char: dlerror }
        $crate::__std_refused! { refuse_process -> isize: dlclose }
    };
}

/// What `without = "net"` defines.
#[doc(hidden)]
#[macro_export]
#[cfg(not(any(feature = "tcp", feature = "udp")))]
macro_rules! __std_without_net {
    () => {
        $crate::__std_refused! { refuse_socket -> isize:
            socket bind connect listen accept accept4 getpeername getsockname getsockopt setsockopt recvfrom recvmsg
            recvmmsg sendmsg sendmmsg sendto __res_init
        }
        $crate::__std_refused! { refuse_name -> i32: getaddrinfo }
        $crate::__std_refused! { no_text -> *const ::core::ffi::c_char: gai_strerror }
        $crate::__std_refused! { nothing_to_free -> (): freeaddrinfo }
    };
}

/// The same beside the functions that a network would have.
#[doc(hidden)]
#[macro_export]
#[cfg(any(feature = "tcp", feature = "udp"))]
macro_rules! __std_without_net {
    () => {
        $crate::__std_refused! { refuse_socket -> isize: recvmmsg sendmmsg }

        #[unsafe(no_mangle)]
        fn __unikernel_declare_net_to_use_std_sockets() -> bool {
            false
        }
    };
}
