//! Errors of the network as C numbers them.

use crate::devices::console::linked;
use crate::posix::errno::{
    EADDRINUSE, EADDRNOTAVAIL, EAGAIN, ECONNREFUSED, ECONNRESET, EHOSTUNREACH, EMSGSIZE, ENETUNREACH, ENOBUFS,
    ENOPROTOOPT, ENOTCONN, ETIMEDOUT, Errno,
};
use unikernel_net::{Error, Reason};

/// The number of an error. Those of look-ups have numbers of their own.
pub(super) fn errno(error: Error) -> Errno {
    match error {
        Error::WouldBlock => EAGAIN,
        Error::NoRoute | Error::Unreachable(Reason::NetworkUnreachable) => ENETUNREACH,
        Error::AddressInUse => EADDRINUSE,
        Error::AddressNotAvailable => EADDRNOTAVAIL,
        Error::MessageTooLarge | Error::Unreachable(Reason::TooLarge { .. }) => EMSGSIZE,
        Error::NotConnected => ENOTCONN,
        Error::Refused | Error::Unreachable(Reason::PortUnreachable) => ECONNREFUSED,
        Error::Unreachable(Reason::ProtocolUnreachable) => ENOPROTOOPT,
        Error::Unreachable(_) => EHOSTUNREACH,
        Error::TimedOut => ETIMEDOUT,
        Error::NoMemory => ENOBUFS,
        // A connection that had to give way is one that was reset.
        _ => ECONNRESET,
    }
}

/// The error of what needs a feature of the runtime that is off, after a line that says so.
#[cold]
pub(super) fn without(feature: &str, error: Errno) -> Errno {
    linked::write(b"unikernel: a call of `std::net` needs the feature `");
    linked::write(feature.as_bytes());
    linked::write(b"` of `unikernel-rt`, which is off\n");
    error
}
