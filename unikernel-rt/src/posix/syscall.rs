//! `syscall`: the calls that `std` and its relatives make by number.

use super::errno::{ENOSYS, result};
use super::{futex, random};
use crate::devices::console::linked;
use crate::threads::current;
use core::ffi::c_void;
use core::ptr;

const SYS_SCHED_YIELD: i64 = 24;
const SYS_GETPID: i64 = 39;
const SYS_GETTID: i64 = 186;
const SYS_FUTEX: i64 = 202;
const SYS_GETRANDOM: i64 = 318;

/// Numbers that programs try, with another way for where they fail: no line is written for these.
const TRIED: [i64; 5] = [
    290, // eventfd2
    332, // statx
    434, // pidfd_open
    435, // clone3
    441, // epoll_pwait2
];

/// A system call. C has it with any number of arguments; registers take six of them, as here.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn syscall(number: i64, first: usize, second: usize, third: usize, fourth: usize) -> i64 {
    let outcome = match number {
        // SAFETY: the caller's promise.
        SYS_FUTEX => unsafe {
            futex::futex(
                ptr::with_exposed_provenance(first),
                i64::from(second as u32),
                third as u32,
                ptr::with_exposed_provenance(fourth),
            )
        },
        SYS_GETRANDOM => {
            // SAFETY: the caller's promise.
            unsafe { random::get(ptr::with_exposed_provenance_mut::<c_void>(first), second) }
        }
        SYS_SCHED_YIELD => {
            crate::threads::yield_now();
            Ok(0)
        }
        SYS_GETPID => Ok(1),
        SYS_GETTID => Ok(current().id.get() as usize),
        number => {
            if !TRIED.contains(&number) {
                refuse(number);
            }
            Err(ENOSYS)
        }
    };
    result(outcome) as i64
}

/// Says which call there is not: a program that goes on without it should not do so in silence.
#[cold]
fn refuse(number: i64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    let mut rest = number.unsigned_abs();
    while rest > 0 || first == digits.len() {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    linked::write(b"unikernel: system call ");
    linked::write(digits.get(first..).unwrap_or_default());
    linked::write(b" is not supported: error ENOSYS\n");
}
