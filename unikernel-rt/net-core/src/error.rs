//! Why a call failed.

use crate::report::Reason;
use core::fmt;

/// An error of the network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// No route leads to the address, or no address of ours can be the source.
    NoRoute,
    /// The address or the port is in use.
    AddressInUse,
    /// No card has the address.
    AddressNotAvailable,
    /// The memory that was handed in is in use.
    NoMemory,
    /// The datagram is longer than the path takes.
    MessageTooLarge,
    /// The handle is of a socket that was closed.
    BadHandle,
    /// There is nothing to give, or no room to take it; a wake follows.
    WouldBlock,
    /// The socket has no peer.
    NotConnected,
    /// The peer, or a router, says that it cannot be.
    Unreachable(Reason),
    /// The peer refused the connection.
    Refused,
    /// The peer has reset the connection.
    Reset,
    /// The peer did not answer in time.
    TimedOut,
    /// The name is empty, too long, or has a part that no name has.
    InvalidName,
    /// There is no such name.
    NoSuchName,
    /// The name has no address of the family that is wanted.
    NoAddress,
    /// The name servers cannot answer, or do not want to.
    ServerFailed,
    /// The answer is longer than a datagram: it is to be asked for by TCP.
    Truncated,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Error::NoRoute => "no route to host",
            Error::AddressInUse => "address in use",
            Error::AddressNotAvailable => "address not available",
            Error::NoMemory => "out of buffer space",
            Error::MessageTooLarge => "message too large",
            Error::BadHandle => "socket is closed",
            Error::WouldBlock => "operation would block",
            Error::NotConnected => "not connected",
            Error::Unreachable(Reason::NetworkUnreachable) => "network unreachable",
            Error::Unreachable(Reason::HostUnreachable) => "host unreachable",
            Error::Unreachable(Reason::ProtocolUnreachable) => "protocol unreachable",
            Error::Unreachable(Reason::PortUnreachable) => "port unreachable",
            Error::Unreachable(Reason::Prohibited) => "communication prohibited",
            Error::Unreachable(Reason::TooLarge { .. }) => "packet too large for the path",
            Error::Unreachable(Reason::TimeExceeded) => "time to live exceeded",
            Error::Refused => "connection refused",
            Error::Reset => "connection reset by peer",
            Error::TimedOut => "timed out",
            Error::InvalidName => "invalid name",
            Error::NoSuchName => "no such name",
            Error::NoAddress => "name has no address of this family",
            Error::ServerFailed => "name server failed",
            Error::Truncated => "answer does not fit a datagram",
        })
    }
}

impl core::error::Error for Error {}
