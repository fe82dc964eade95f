//! Network errors.

use crate::TimedOut;
use core::fmt;
use embedded_io::ErrorKind;

/// An error of a socket or of a look-up. The names are those of [`std::io::ErrorKind`] where it has one.
///
/// [`std::io::ErrorKind`]: https://doc.rust-lang.org/std/io/enum.ErrorKind.html
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// All sockets, listeners or look-ups are in use. The options of `net(...)` say how many there are.
    NoFreeSocket,
    /// Another socket is bound to the port.
    AddressInUse,
    /// The address to bind to is not one of this machine.
    AddressNotAvailable,
    /// There is no route to the address, its protocol is not linked, or a router says so.
    NetworkUnreachable,
    /// The host does not answer on its network, or a router says that it is not to be reached.
    HostUnreachable,
    /// The peer refused the connection.
    ConnectionRefused,
    /// The peer reset the connection, or it was given up because the peer did not answer.
    ConnectionReset,
    /// The socket has no peer, or its sending side was shut down.
    NotConnected,
    /// The datagram does not fit into the buffer, or a name is longer than DNS allows.
    MessageTooLarge,
    /// There is no such name, or it has no address of the wanted family.
    NoSuchHost,
    /// No name server can tell: those that have answered have failed.
    NameServerFailed,
    /// The peer, or a name server, did not answer in time.
    TimedOut,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Error::NoFreeSocket => "no free socket",
            Error::AddressInUse => "address in use",
            Error::AddressNotAvailable => "address not available",
            Error::NetworkUnreachable => "network unreachable",
            Error::HostUnreachable => "host unreachable",
            Error::ConnectionRefused => "connection refused",
            Error::ConnectionReset => "connection reset",
            Error::NotConnected => "not connected",
            Error::MessageTooLarge => "message too large",
            Error::NoSuchHost => "no such host",
            Error::NameServerFailed => "name server failed",
            Error::TimedOut => "timed out",
        })
    }
}

impl core::error::Error for Error {}

impl From<TimedOut> for Error {
    fn from(_: TimedOut) -> Self {
        Error::TimedOut
    }
}

impl From<unikernel_net::Error> for Error {
    fn from(error: unikernel_net::Error) -> Self {
        use unikernel_net::{Error as Core, Reason};
        match error {
            Core::NoMemory | Core::WouldBlock => Error::NoFreeSocket,
            Core::AddressInUse => Error::AddressInUse,
            Core::AddressNotAvailable => Error::AddressNotAvailable,
            Core::NoRoute | Core::Unreachable(Reason::NetworkUnreachable) => Error::NetworkUnreachable,
            Core::MessageTooLarge | Core::InvalidName | Core::Unreachable(Reason::TooLarge { .. }) => {
                Error::MessageTooLarge
            }
            Core::NotConnected => Error::NotConnected,
            Core::Unreachable(Reason::PortUnreachable) | Core::Refused => Error::ConnectionRefused,
            Core::Unreachable(_) => Error::HostUnreachable,
            Core::TimedOut => Error::TimedOut,
            Core::NoSuchName | Core::NoAddress => Error::NoSuchHost,
            Core::ServerFailed | Core::Truncated => Error::NameServerFailed,
            // A connection that had to give way.
            _ => Error::ConnectionReset,
        }
    }
}

impl embedded_io::Error for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Error::NoFreeSocket => ErrorKind::OutOfMemory,
            Error::AddressInUse => ErrorKind::AddrInUse,
            Error::AddressNotAvailable | Error::NetworkUnreachable | Error::HostUnreachable => {
                ErrorKind::AddrNotAvailable
            }
            Error::ConnectionRefused => ErrorKind::ConnectionRefused,
            Error::ConnectionReset => ErrorKind::ConnectionReset,
            Error::NotConnected => ErrorKind::NotConnected,
            Error::MessageTooLarge => ErrorKind::InvalidInput,
            Error::NoSuchHost => ErrorKind::NotFound,
            Error::NameServerFailed => ErrorKind::Other,
            Error::TimedOut => ErrorKind::TimedOut,
        }
    }
}
