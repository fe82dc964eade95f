//! Pairs of sockets that are connected to each other, within the program: two pipes.

use super::descriptors::{Kind, O_CLOEXEC, O_NONBLOCK, O_RDWR, Object, Status, buffer, bytes, object};
use super::errno::{EAFNOSUPPORT, EINVAL, ENOTSUP, EPROTONOSUPPORT, ESOCKTNOSUPPORT, Errno, result, status};
use super::pipe::{self, Reader, Writer};
use super::readiness::Readiness;
use alloc::sync::Arc;
use core::ffi::{c_int, c_void};
use core::task::Waker;

/// A socket of a pair.
struct Local {
    input: Reader,
    output: Writer,
}

impl Object for Local {
    fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.input.read(buffer)
    }

    fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        self.output.write(bytes)
    }

    fn status(&self) -> Result<Status, Errno> {
        Ok(Status { kind: Kind::Socket, ..Status::default() })
    }

    fn readiness(&self) -> Readiness {
        let input = self.input.readiness() & (Readiness::READABLE | Readiness::READ_CLOSED);
        let output = self.output.readiness() & Readiness::WRITABLE;
        input
            | output
            | Readiness::READABLE.only_if(input.contains(Readiness::READ_CLOSED))
            | Readiness::WRITE_CLOSED.only_if(!self.output.has_reader())
    }

    fn watch(&self, waker: &Waker) {
        self.input.watch(waker);
        self.output.watch(waker);
    }

    fn receive_bytes(&self, buffer: &mut [u8], flags: c_int) -> Result<usize, Errno> {
        self.input.read_with(buffer, waits(flags)?, flags & MSG_PEEK != 0)
    }

    fn send_bytes(&self, bytes: &[u8], flags: c_int) -> Result<usize, Errno> {
        self.output.write_with(bytes, waits(flags)?)
    }

    fn close_directions(&self, of_reading: bool, of_writing: bool) -> Result<(), Errno> {
        if of_reading {
            self.input.close();
        }
        if of_writing {
            self.output.close();
        }
        Ok(())
    }

    fn set_nonblocking(&self, is_on: bool) {
        self.input.set_nonblocking(is_on);
        self.output.set_nonblocking(is_on);
    }
}

fn pair(is_nonblocking: bool) -> (Local, Local) {
    let ((one_reads, other_writes), (other_reads, one_writes)) = (pipe::new(is_nonblocking), pipe::new(is_nonblocking));
    (Local { input: one_reads, output: one_writes }, Local { input: other_reads, output: other_writes })
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn socketpair(family: c_int, kind: c_int, protocol: c_int, to: *mut [c_int; 2]) -> c_int {
    const AF_UNIX: c_int = 1;
    const AF_INET: c_int = 2;
    const AF_INET6: c_int = 10;
    const SOCK_STREAM: c_int = 1;
    let flags = kind & (O_NONBLOCK | O_CLOEXEC);
    let outcome = match (family, kind & !flags, protocol) {
        (AF_UNIX, SOCK_STREAM, 0 | AF_UNIX) => {
            let (one, other) = pair(flags & O_NONBLOCK != 0);
            // SAFETY: the caller's promise.
            unsafe { pipe::open_both(to, (Arc::new(one), O_RDWR | flags), (Arc::new(other), O_RDWR | flags)) }
        }
        (AF_UNIX, SOCK_STREAM, _) => Err(EPROTONOSUPPORT),
        (AF_UNIX, _, _) => Err(ESOCKTNOSUPPORT),
        (AF_INET | AF_INET6, ..) => Err(ENOTSUP),
        _ => Err(EAFNOSUPPORT),
    };
    status(outcome)
}

const MSG_PEEK: c_int = 2;
const MSG_DONTWAIT: c_int = 0x40;
const MSG_NOSIGNAL: c_int = 0x4000;

/// Whether it may wait.
fn waits(flags: c_int) -> Result<bool, Errno> {
    if flags & !(MSG_PEEK | MSG_DONTWAIT | MSG_NOSIGNAL) != 0 {
        return Err(ENOTSUP);
    }
    Ok(flags & MSG_DONTWAIT == 0)
}

// These three are of all sockets.

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn recv(file: c_int, to: *mut c_void, count: usize, flags: c_int) -> isize {
    // SAFETY: the caller's promise.
    result(object(file).and_then(|object| object.receive_bytes(unsafe { buffer(to, count) }?, flags)))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn send(file: c_int, from: *const c_void, count: usize, flags: c_int) -> isize {
    // SAFETY: the caller's promise.
    result(object(file).and_then(|object| object.send_bytes(unsafe { bytes(from, count) }?, flags)))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn shutdown(file: c_int, how: c_int) -> c_int {
    const SHUT_RD: c_int = 0;
    const SHUT_WR: c_int = 1;
    const SHUT_RDWR: c_int = 2;
    status(object(file).and_then(|object| match how {
        SHUT_RD..=SHUT_RDWR => object.close_directions(how != SHUT_WR, how != SHUT_RD),
        _ => Err(EINVAL),
    }))
}
