//! Pipes: bytes that one end writes and the other reads.

use super::descriptors::{self, Kind, O_CLOEXEC, O_NONBLOCK, O_RDONLY, O_WRONLY, Object, Status};
use super::errno::{EFAULT, EINVAL, EPIPE, Errno, status};
use super::readiness::{Readiness, Watchers};
use crate::sync::{Lock, Name};
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;

/// Bytes of a pipe at most, as on Linux.
const CAPACITY: usize = 64 << 10;
/// What is written whole or not at all, if it is no more than that.
const PIPE_BUF: usize = 4096;

/// What both ends of a pipe share.
struct Pipe {
    state: Lock<State, State>,
    watchers: Watchers,
}

struct State {
    bytes: VecDeque<u8>,
    has_reader: bool,
    has_writer: bool,
}

impl Name for State {
    const NAME: &'static str = "state of a pipe";
}

impl Pipe {
    /// Reads what there is: nothing once nobody writes. `keeps` it for the next read where that is asked for.
    fn read(&self, buffer: &mut [u8], waits: bool, keeps: bool) -> Result<usize, Errno> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.watchers.wait(waits, || {
            self.state.with(|State { bytes, has_reader, has_writer }| {
                let count = buffer.len().min(bytes.len());
                let (front, back) = bytes.as_slices();
                let from_front = count.min(front.len());
                buffer[..from_front].copy_from_slice(&front[..from_front]);
                buffer[from_front..count].copy_from_slice(&back[..count - from_front]);
                if !keeps {
                    bytes.drain(..count);
                }
                (count > 0 || !*has_writer || !*has_reader).then_some(count)
            })
        })?;
        if count > 0 && !keeps {
            self.watchers.wake();
        }
        Ok(count)
    }

    /// Writes all where it may wait, and otherwise what there is room for.
    fn write(&self, bytes: &[u8], waits: bool) -> Result<usize, Errno> {
        let mut done = 0;
        while done < bytes.len() {
            let rest = &bytes[done..];
            let written = self.watchers.wait(waits, || {
                self.state.with(|State { bytes, has_reader, has_writer }| {
                    let room = CAPACITY - bytes.len();
                    if !*has_reader || !*has_writer {
                        return Some(Err(EPIPE));
                    }
                    (room >= rest.len().min(PIPE_BUF)).then(|| {
                        let count = rest.len().min(room);
                        bytes.extend(&rest[..count]);
                        Ok(count)
                    })
                })
            });
            match written.and_then(|outcome| outcome) {
                Ok(count) => done += count,
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            }
            self.watchers.wake();
        }
        Ok(done)
    }
}

/// The end that reads.
pub(super) struct Reader {
    pipe: Arc<Pipe>,
    is_nonblocking: AtomicBool,
}

impl Reader {
    /// Reads without taking what it reads, where it `keeps` that, and without waiting, where it must not.
    pub(super) fn read_with(&self, buffer: &mut [u8], waits: bool, keeps: bool) -> Result<usize, Errno> {
        self.pipe.read(buffer, waits && !self.is_nonblocking.load(Ordering::Relaxed), keeps)
    }

    /// Reads nothing any more.
    pub(super) fn close(&self) {
        self.pipe.state.with(|state| state.has_reader = false);
        self.pipe.watchers.wake();
    }
}

impl Object for Reader {
    fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.read_with(buffer, true, false)
    }

    fn status(&self) -> Result<Status, Errno> {
        Ok(Status { kind: Kind::Pipe, ..Status::default() })
    }

    fn readiness(&self) -> Readiness {
        self.pipe.state.with(|State { bytes, has_writer, .. }| {
            let closed = Readiness::READ_CLOSED | Readiness::WRITE_CLOSED;
            Readiness::READABLE.only_if(!bytes.is_empty()) | closed.only_if(!*has_writer)
        })
    }

    fn watch(&self, waker: &Waker) {
        self.pipe.watchers.add(waker);
    }

    fn set_nonblocking(&self, is_on: bool) {
        self.is_nonblocking.store(is_on, Ordering::Relaxed);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.close();
    }
}

/// The end that writes.
pub(super) struct Writer {
    pipe: Arc<Pipe>,
    is_nonblocking: AtomicBool,
}

impl Writer {
    /// Writes, without waiting where it must not.
    pub(super) fn write_with(&self, bytes: &[u8], waits: bool) -> Result<usize, Errno> {
        self.pipe.write(bytes, waits && !self.is_nonblocking.load(Ordering::Relaxed))
    }

    /// Writes nothing any more.
    pub(super) fn close(&self) {
        self.pipe.state.with(|state| state.has_writer = false);
        self.pipe.watchers.wake();
    }

    pub(super) fn has_reader(&self) -> bool {
        self.pipe.state.with(|state| state.has_reader)
    }
}

impl Object for Writer {
    fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        self.write_with(bytes, true)
    }

    fn status(&self) -> Result<Status, Errno> {
        Ok(Status { kind: Kind::Pipe, ..Status::default() })
    }

    fn readiness(&self) -> Readiness {
        self.pipe.state.with(|State { bytes, has_reader, .. }| {
            let has_room = bytes.len() + PIPE_BUF <= CAPACITY;
            Readiness::WRITABLE.only_if(has_room || !*has_reader) | Readiness::FAILED.only_if(!*has_reader)
        })
    }

    fn watch(&self, waker: &Waker) {
        self.pipe.watchers.add(waker);
    }

    fn set_nonblocking(&self, is_on: bool) {
        self.is_nonblocking.store(is_on, Ordering::Relaxed);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

/// Both ends of a new pipe.
pub(super) fn new(is_nonblocking: bool) -> (Reader, Writer) {
    let state = State { bytes: VecDeque::new(), has_reader: true, has_writer: true };
    let pipe = Arc::new(Pipe { state: Lock::new(state), watchers: Watchers::new() });
    let reader = Reader { pipe: pipe.clone(), is_nonblocking: AtomicBool::new(is_nonblocking) };
    (reader, Writer { pipe, is_nonblocking: AtomicBool::new(is_nonblocking) })
}

/// Opens two objects, and tells their descriptors; neither where there is no place for both.
///
/// # Safety
/// `to` is valid for a write, or null.
pub(super) unsafe fn open_both(to: *mut [c_int; 2], one: Opened, other: Opened) -> Result<(), Errno> {
    if to.is_null() {
        return Err(EFAULT);
    }
    let one = descriptors::open(one.0, one.1)?;
    let other = descriptors::open(other.0, other.1).inspect_err(|_| descriptors::forget(one))?;
    // SAFETY: the caller's promise.
    unsafe { to.write([one, other]) };
    Ok(())
}

/// An object with the flags of its descriptor.
pub(super) type Opened = (Arc<dyn Object>, c_int);

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pipe2(to: *mut [c_int; 2], flags: c_int) -> c_int {
    if flags & !(O_NONBLOCK | O_CLOEXEC) != 0 {
        return status(Err(EINVAL));
    }
    let (reader, writer) = new(flags & O_NONBLOCK != 0);
    // SAFETY: the caller's promise.
    status(unsafe { open_both(to, (Arc::new(reader), O_RDONLY | flags), (Arc::new(writer), O_WRONLY | flags)) })
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn pipe(to: *mut [c_int; 2]) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { pipe2(to, 0) }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::super::errno::{EAGAIN, EPIPE};
    use super::{CAPACITY, Object, PIPE_BUF, Readiness, new};
    use std::vec;

    #[test]
    fn what_is_written_is_read_in_order() {
        let (reader, writer) = new(true);
        let mut buffer = [0; 1000];
        let (mut written, mut read) = (0_usize, 0_usize);
        assert_eq!(reader.read(&mut buffer), Err(EAGAIN));
        for round in 0..1000 {
            let bytes: vec::Vec<u8> = (written..written + round % 997).map(|number| number as u8).collect();
            written += writer.write(&bytes).unwrap_or(0);
            let peeked = reader.read_with(&mut buffer[..round % 800], true, true);
            assert_eq!(reader.read(&mut buffer[..round % 800]), peeked);
            let count = peeked.unwrap_or(0);
            assert!(buffer[..count].iter().zip(read..).all(|(byte, number)| *byte == number as u8));
            read += count;
        }
        assert!(read > 100_000 && written >= read);
    }

    #[test]
    fn a_full_pipe_takes_no_part_of_what_is_to_be_whole() {
        let (reader, writer) = new(true);
        let bytes = vec![7; CAPACITY + 1];
        assert_eq!(writer.write(&bytes), Ok(CAPACITY));
        assert_eq!(writer.write(&[1]), Err(EAGAIN));
        assert_eq!(reader.read(&mut vec![0; PIPE_BUF - 1]), Ok(PIPE_BUF - 1));
        assert_eq!((writer.write(&bytes[..PIPE_BUF]), writer.readiness()), (Err(EAGAIN), Readiness::NONE));
        assert_eq!(reader.read(&mut [0]), Ok(1));
        assert_eq!((writer.readiness(), writer.write(&bytes)), (Readiness::WRITABLE, Ok(PIPE_BUF)));
    }

    #[test]
    fn an_end_learns_that_the_other_is_gone() {
        let (reader, writer) = new(true);
        assert_eq!(writer.write(b"last"), Ok(4));
        drop(writer);
        let closed = Readiness::READ_CLOSED | Readiness::WRITE_CLOSED;
        assert_eq!(reader.readiness(), Readiness::READABLE | closed);
        let mut buffer = [0; 8];
        assert_eq!((reader.read(&mut buffer), reader.read(&mut buffer)), (Ok(4), Ok(0)));
        assert_eq!(reader.readiness(), closed);
        let (reader, writer) = new(true);
        drop(reader);
        assert_eq!((writer.write(b"x"), writer.write(b"")), (Err(EPIPE), Ok(0)));
        assert_eq!(writer.readiness(), Readiness::WRITABLE | Readiness::FAILED);
    }
}
