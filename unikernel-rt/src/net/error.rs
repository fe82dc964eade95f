//! What can go wrong on the network.

use core::fmt;
use embedded_io::ErrorKind;

/// Why something on the network did not work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// All sockets are in use; the declaration says how many there are.
    NoSocket,
    /// The port is taken.
    AddressInUse,
    /// The address cannot be reached, or not from here.
    Unreachable,
    /// The other side does not want the connection.
    Refused,
    /// The connection has ended without a farewell: the other side has reset it, or has not answered for too long.
    Reset,
    /// It is closed on this side.
    Closed,
    /// It does not fit into a packet, or into the buffer that is there for it.
    TooLarge,
    /// There is no such name.
    NoSuchName,
    /// It took too long.
    TimedOut,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Error::NoSocket => "all sockets are in use",
            Error::AddressInUse => "the port is in use",
            Error::Unreachable => "the address cannot be reached",
            Error::Refused => "the connection was refused",
            Error::Reset => "the connection was reset",
            Error::Closed => "the connection is closed",
            Error::TooLarge => "it is too large",
            Error::NoSuchName => "there is no such name",
            Error::TimedOut => "it took too long",
        })
    }
}

impl core::error::Error for Error {}

impl embedded_io::Error for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Error::NoSocket => ErrorKind::OutOfMemory,
            Error::AddressInUse => ErrorKind::AddrInUse,
            Error::Unreachable => ErrorKind::AddrNotAvailable,
            Error::Refused => ErrorKind::ConnectionRefused,
            Error::Reset => ErrorKind::ConnectionReset,
            Error::Closed => ErrorKind::NotConnected,
            Error::TooLarge => ErrorKind::InvalidInput,
            Error::NoSuchName => ErrorKind::NotFound,
            Error::TimedOut => ErrorKind::TimedOut,
        }
    }
}
