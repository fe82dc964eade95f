//! `eventfd`: a counter that is waited for.

use super::descriptors::{self, Kind, O_CLOEXEC, O_NONBLOCK, O_RDWR, Object, Status};
use super::errno::{EINVAL, Errno, fail};
use super::readiness::{Readiness, Watchers};
use core::ffi::{c_int, c_uint};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::task::Waker;

const EFD_SEMAPHORE: c_int = 1;

/// The largest value.
const MOST: u64 = u64::MAX - 1;

struct Counter {
    value: AtomicU64,
    /// Whether a read takes one, and not all.
    is_semaphore: bool,
    is_nonblocking: AtomicBool,
    watchers: Watchers,
}

impl Counter {
    fn waits(&self) -> bool {
        !self.is_nonblocking.load(Ordering::Relaxed)
    }
}

impl Object for Counter {
    fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        let to = buffer.first_chunk_mut::<8>().ok_or(EINVAL)?;
        let taken = self.watchers.wait(self.waits(), || {
            let value = self.value.load(Ordering::Relaxed);
            let taken = if self.is_semaphore { value.min(1) } else { value };
            self.value.store(value - taken, Ordering::Relaxed);
            (taken > 0).then_some(taken)
        })?;
        *to = taken.to_ne_bytes();
        self.watchers.wake();
        Ok(to.len())
    }

    fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        let added = u64::from_ne_bytes(*bytes.first_chunk().ok_or(EINVAL)?);
        if added > MOST {
            return Err(EINVAL);
        }
        self.watchers.wait(self.waits(), || {
            let sum = self.value.load(Ordering::Relaxed).checked_add(added).filter(|sum| *sum <= MOST)?;
            self.value.store(sum, Ordering::Relaxed);
            Some(())
        })?;
        self.watchers.wake();
        Ok(size_of::<u64>())
    }

    fn status(&self) -> Result<Status, Errno> {
        Ok(Status { kind: Kind::Anonymous, ..Status::default() })
    }

    fn readiness(&self) -> Readiness {
        let value = self.value.load(Ordering::Relaxed);
        Readiness::READABLE.only_if(value > 0) | Readiness::WRITABLE.only_if(value < MOST)
    }

    fn watch(&self, waker: &Waker) {
        self.watchers.add(waker);
    }

    fn set_nonblocking(&self, is_on: bool) {
        self.is_nonblocking.store(is_on, Ordering::Relaxed);
    }
}

/// Opens a counter.
pub(super) fn open(value: c_uint, flags: c_int) -> Result<c_int, Errno> {
    if flags & !(EFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC) != 0 {
        return Err(EINVAL);
    }
    let counter = Counter {
        value: AtomicU64::new(value.into()),
        is_semaphore: flags & EFD_SEMAPHORE != 0,
        is_nonblocking: AtomicBool::new(flags & O_NONBLOCK != 0),
        watchers: Watchers::new(),
    };
    descriptors::open(alloc::sync::Arc::new(counter), O_RDWR | flags & (O_NONBLOCK | O_CLOEXEC))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn eventfd(value: c_uint, flags: c_int) -> c_int {
    open(value, flags).unwrap_or_else(fail)
}

#[cfg(test)]
mod tests {
    use super::super::errno::{EAGAIN, EINVAL};
    use super::{AtomicBool, AtomicU64, Counter, MOST, Object, Readiness, Watchers};

    fn counter(value: u64, is_semaphore: bool) -> Counter {
        let is_nonblocking = AtomicBool::new(true);
        Counter { value: AtomicU64::new(value), is_semaphore, is_nonblocking, watchers: Watchers::new() }
    }

    #[test]
    fn a_read_takes_all_or_one_and_a_full_counter_takes_no_more() {
        let mut buffer = [0; 9];
        for (is_semaphore, taken, left) in [(false, 5, 0), (true, 1, 4)] {
            let counter = counter(3, is_semaphore);
            assert_eq!(counter.write(&2_u64.to_ne_bytes()), Ok(8));
            assert_eq!(counter.read(&mut buffer[..7]), Err(EINVAL));
            assert_eq!(counter.read(&mut buffer), Ok(8));
            assert_eq!(u64::from_ne_bytes(*buffer.first_chunk().expect("8 bytes")), taken);
            assert_eq!(counter.readiness().contains(Readiness::READABLE), left > 0);
            assert_eq!(counter.write(&MOST.to_ne_bytes()), if left > 0 { Err(EAGAIN) } else { Ok(8) });
            assert_eq!(counter.readiness().contains(Readiness::WRITABLE), left > 0);
            assert_eq!(counter.write(&u64::MAX.to_ne_bytes()), Err(EINVAL));
        }
        assert_eq!(counter(0, false).read(&mut buffer), Err(EAGAIN));
    }
}
