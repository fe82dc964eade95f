//! The functions of C on sockets, but for those that receive and send, and for options.

use super::__unikernel_declare_net_to_use_std_sockets;
use super::addresses::{self, AF_INET, AF_INET6, Family, Raw};
use super::errors::without;
use super::settings::Settings;
use super::socket::{Protocol, Socket};
use crate::posix::descriptors::{O_CLOEXEC, O_NONBLOCK, O_RDWR, object, open};
use crate::posix::errno::{EAFNOSUPPORT, EINVAL, ENOTSOCK, EPROTONOSUPPORT, Errno, fail, status};
use core::any::Any;
use core::ffi::{c_int, c_void};

pub(super) const SOCK_STREAM: c_int = 1;
pub(super) const SOCK_DGRAM: c_int = 2;
pub(super) const IPPROTO_TCP: c_int = 6;
pub(super) const IPPROTO_UDP: c_int = 17;
const SOCK_NONBLOCK: c_int = O_NONBLOCK;
const SOCK_CLOEXEC: c_int = O_CLOEXEC;

/// Does something with the socket that a descriptor is open on.
pub(super) fn with_socket<R>(file: c_int, act: impl FnOnce(&Socket) -> Result<R, Errno>) -> Result<R, Errno> {
    let object = object(file)?;
    let object: &dyn Any = &*object;
    act(object.downcast_ref().ok_or(ENOTSOCK)?)
}

fn new(domain: c_int, kind: c_int, protocol: c_int) -> Result<c_int, Errno> {
    if !__unikernel_declare_net_to_use_std_sockets() {
        return Err(EAFNOSUPPORT);
    }
    let flags = kind & (SOCK_NONBLOCK | SOCK_CLOEXEC);
    let family = match domain {
        AF_INET => Family::V4,
        AF_INET6 if cfg!(feature = "ipv6") => Family::V6,
        AF_INET6 => return Err(without("ipv6", EAFNOSUPPORT)),
        _ => return Err(EAFNOSUPPORT),
    };
    let protocol = match (kind & !flags, protocol) {
        #[cfg(feature = "tcp")]
        (SOCK_STREAM, 0 | IPPROTO_TCP) => Protocol::Tcp(super::tcp::Tcp::new(family)),
        #[cfg(not(feature = "tcp"))]
        (SOCK_STREAM, 0 | IPPROTO_TCP) => return Err(without("tcp", EPROTONOSUPPORT)),
        #[cfg(feature = "udp")]
        (SOCK_DGRAM, 0 | IPPROTO_UDP) => Protocol::Udp(super::udp::Udp::new(family)),
        #[cfg(not(feature = "udp"))]
        (SOCK_DGRAM, 0 | IPPROTO_UDP) => return Err(without("udp", EPROTONOSUPPORT)),
        _ => return Err(EPROTONOSUPPORT),
    };
    let settings = Settings { is_nonblocking: flags & SOCK_NONBLOCK != 0, ..Settings::DEFAULT };
    open(Socket::new(family, protocol, settings), O_RDWR | flags)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int {
    new(domain, kind, protocol).unwrap_or_else(fail)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn bind(file: c_int, address: *const c_void, length: u32) -> c_int {
    status(with_socket(file, |socket| {
        // SAFETY: the caller's promise.
        let address = unsafe { addresses::read(address, length, socket.family) }?;
        socket.bind(address.ok_or(EAFNOSUPPORT)?)
    }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn listen(file: c_int, backlog: c_int) -> c_int {
    // A negative one is the most that there is.
    status(with_socket(file, |socket| socket.listen(usize::try_from(backlog).unwrap_or(usize::MAX))))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn connect(file: c_int, address: *const c_void, length: u32) -> c_int {
    status(with_socket(file, |socket| {
        // SAFETY: the caller's promise.
        socket.connect(unsafe { addresses::read(address, length, socket.family) }?)
    }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn accept4(file: c_int, address: *mut c_void, length: *mut u32, flags: c_int) -> c_int {
    let outcome = with_socket(file, |socket| {
        if flags & !(SOCK_NONBLOCK | SOCK_CLOEXEC) != 0 {
            return Err(EINVAL);
        }
        let (accepted, peer) = socket.accept(flags & SOCK_NONBLOCK != 0)?;
        // SAFETY: the caller's promise.
        unsafe { addresses::write(&Raw::new(peer, socket.family), address, length) }?;
        open(accepted, O_RDWR | flags)
    });
    outcome.unwrap_or_else(fail)
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn accept(file: c_int, address: *mut c_void, length: *mut u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { accept4(file, address, length, 0) }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn getsockname(file: c_int, address: *mut c_void, length: *mut u32) -> c_int {
    status(with_socket(file, |socket| {
        // SAFETY: the caller's promise.
        unsafe { addresses::write(&Raw::new(socket.local(), socket.family), address, length) }
    }))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn getpeername(file: c_int, address: *mut c_void, length: *mut u32) -> c_int {
    status(with_socket(file, |socket| {
        // SAFETY: the caller's promise.
        unsafe { addresses::write(&Raw::new(socket.peer()?, socket.family), address, length) }
    }))
}
